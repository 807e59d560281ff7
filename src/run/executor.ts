// The contract of an executor: where a run's tasks are carried out. One file per kind in executors/, one line in its
// registry, a test that runs test/contract/executor.ts, a documented example.

/** Takes what a task prints. A promise means: wait before you read on. */
export type TakeOutput = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>;

export interface TaskWork {
  /** Id of the run; every process of the task carries it as SC_RUN_ID. */
  readonly run: string;
  readonly task: string;
  /** Shell lines, one after the other in one shell; the first that fails ends the task. */
  readonly script: readonly string[];
  /** A shell file sourced first, absolute; null for none. */
  readonly source: string | null;
  /** Absolute, exists. */
  readonly directory: string;
  /** The run's own directory: writable also in a sandbox. */
  readonly workspace: string;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds; null for none. */
  readonly timeout: number | null;
  /** Milliseconds between the request to end and the kill. */
  readonly grace: number;
  readonly sandbox: 'none' | 'bubblewrap';
  readonly output: TakeOutput;
}

/** How it ended; `code` is 128 + signal where a signal ended it. By then nothing of it is alive. */
export type TaskEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'timed-out'; readonly code: number | null }
  | { readonly kind: 'cancelled'; readonly code: number | null }
  /** Could not be started, with what to do about it. */
  | { readonly kind: 'not-started'; readonly error: string };

export interface Executor {
  /**
   * Carries a task out to its end. An aborted signal means: SIGINT to all of it, after half the grace SIGTERM, after all
   * of it SIGKILL. What left its group and outlives a task that ended by itself is ended within about a second. Never
   * rejects.
   */
  execute(work: TaskWork, signal: AbortSignal): Promise<TaskEnd>;
  /** Ends everything that is left of runs that were lost or have ended, also what left its process group. Asked of each
   * run of which something is alive, with its workspace. */
  reap(isLeft: (run: string, workspace: string) => boolean): Promise<void>;
  close(): Promise<void>;
}
