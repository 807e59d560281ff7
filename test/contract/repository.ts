// The contract of Repository, run against every engine and every way to a remote: what all of them must do alike.
import { afterEach, beforeEach, describe } from 'vitest';
import { makeWorld, type Situation, type Way } from '../support/git-world.ts';
import { describeMirror } from './repository-mirror.ts';
import { describePushing } from './repository-pushing.ts';
import { describeReading } from './repository-reading.ts';

export function describeRepository(name: string, way: Way): void {
  describe(name, () => {
    const now = {} as Situation;
    beforeEach(async () => {
      now.world = await makeWorld(way);
      now.repository = await now.world.open();
    });
    afterEach(() => now.world.close());

    describeReading(now);
    describePushing(now);
    describeMirror(now);
  });
}
