// Bare caches of target repositories, shared by all runs: fetched under a lock, then checked out into `target/`.
import type { TargetDefinition } from '../core/run-definition.ts';

export interface CheckedOutTarget {
  /** The commit that is in `target/`. */
  readonly commit: string;
}

export interface TargetCache {
  /**
   * Brings the cache of the target's repository up to date and checks its ref out into a new directory, a repository of
   * its own. `onProgress` gets what git tells, line by line. Failures: `unreachable` (the target, or the clone was
   * interrupted), `not-found` (no such repository or ref, with what there is like it), `authentication-failed`,
   * `not-writable` (disk full), `refused`, `cancelled`. After any of them the next run starts from a sound cache.
   */
  checkout(
    target: TargetDefinition,
    directory: string,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<CheckedOutTarget>;
}
