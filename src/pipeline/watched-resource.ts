// The one resource that a name means, where only one that can be polled and run will do.
import { Failure } from '../core/failure.ts';
import type { Watched } from '../core/resource.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { matchNames } from './match-names.ts';

/** A resource with a branch and a usable definition; a Failure that says what it lacks otherwise. */
export function watchedResource(name: string, snapshot: Snapshot): Watched {
  const [only, second] = matchNames([name], snapshot.resources);
  if (second !== undefined) throw new Failure('usage', 'one resource at a time: write its whole name', { name });
  const resource = snapshot.resources.find((one) => one.name === only);
  switch (resource?.state) {
    case 'watched':
      return resource;
    case 'broken':
      throw resource.failure;
    case 'not-started':
      throw new Failure('not-found', 'the resource is not started: spread-cron start makes its branch', { name });
    default:
      throw new Failure('not-found', 'the branch holds no definition', { name });
  }
}
