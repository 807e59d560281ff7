// The contract of run records: what ran, kept beside the repository. An embedded database implements it.
import type { RunChange, RunRecord, RunStatus } from '../core/run.ts';

export interface RunQuery {
  /** Names and globs of resources; none: all. */
  readonly names?: readonly string[] | undefined;
  readonly statuses?: readonly RunStatus[] | undefined;
  /** Oid of the change commit. */
  readonly commit?: string | undefined;
  readonly limit: number;
  /** Only runs created before this one (its id), for the next page. */
  readonly before?: string | undefined;
}

/** The newest runs of a resource that ended with success, without (`failed`, `timed-out`, `lost`), and either way; null
 * where there is none. */
export interface PreviousRuns {
  readonly last: PreviousRun | null;
  readonly good: PreviousRun | null;
  readonly bad: PreviousRun | null;
}

/** What a run is told of one before it: every run asks, so no more than that is read. */
export type PreviousRun = Pick<
  RunRecord,
  'id' | 'status' | 'createdAt' | 'startedAt' | 'finishedAt' | 'exitCode' | 'overlaid'
> & { readonly change: Pick<RunChange, 'value'> | null };

export interface Records {
  /** Keeps the run as it is now, in place of what was kept of it. Resolves once it would survive a crash; saves that come
   * together are written together, of one run only the last. `soon`: may wait some milliseconds for others, while nobody
   * asks anything. */
  save(run: RunRecord, when?: 'now' | 'soon'): Promise<void>;
  get(id: string): Promise<RunRecord | null>;
  /** Runs whose id begins with a prefix, newest first, at most `limit`. */
  byPrefix(prefix: string, limit: number): Promise<readonly RunRecord[]>;
  /** Newest first by creation. */
  list(query: RunQuery): Promise<readonly RunRecord[]>;
  /** Of the runs of the same resource that were created before this one. */
  previous(run: Pick<RunRecord, 'id' | 'resource' | 'createdAt'>): Promise<PreviousRuns>;
  /** All that wait or run, oldest first. */
  unfinished(): Promise<readonly RunRecord[]>;
  /** Highest attempt recorded for a change; 0 where there is none. */
  attempts(commit: string): Promise<number>;
  /** How many wait and run, by resource; resources without any are left out. */
  counts(): Promise<ReadonlyMap<string, { readonly waiting: number; readonly running: number }>>;
  remove(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
