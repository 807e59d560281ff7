// The contract of Repository, run against every engine and every way to a remote: what all of them must do alike.
import { describe } from 'vitest';
import type { Way } from '../support/git-world.ts';
import { describeMirror } from './repository-mirror.ts';
import { describePushing } from './repository-pushing.ts';
import { describeReading } from './repository-reading.ts';

export function describeRepository(name: string, way: Way): void {
  describe(name, () => {
    describeReading(way);
    describePushing(way);
    describeMirror(way);
  });
}
