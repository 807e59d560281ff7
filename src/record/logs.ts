// The contract of logs: what the tasks of runs printed, as files that grow live and are never loaded whole.

export type LogStream = 'stdout' | 'stderr';

/** A piece of a log. Lines that were cut out of the middle are one piece that says so, on `stderr`. */
export interface LogPiece {
  readonly stream: LogStream;
  /** When it was printed, milliseconds since the epoch. */
  readonly at: number;
  /** Bytes as printed, secrets masked; not cut to lines. */
  readonly bytes: Uint8Array;
}

export interface TaskLog {
  /** Takes output; a promise means that the disk is behind: wait for it. Never rejects: a full disk is told by `close`. */
  write(stream: LogStream, chunk: Uint8Array): void | Promise<void>;
  /** Ends the log: the last is written, then it is compressed in the background. */
  close(): Promise<{ readonly bytes: number; readonly cut: number; readonly error: string | null }>;
}

export interface Logs {
  /** Begins the log of a try of a task of a run, counted from 1. Where a try of that number has left a log it is the next. */
  open(run: string, task: string, attempt: number): TaskLog;
  /** Both streams in the order they were printed, or one of them. With `follow` goes on until the task's log is closed
   * or the signal is aborted; without, ends at what is there. Nothing printed yet, or no such task: nothing. */
  read(
    run: string,
    task: string,
    options: { readonly stream?: LogStream | undefined; readonly follow?: boolean | undefined },
    signal: AbortSignal,
  ): AsyncIterable<LogPiece>;
  /** The last bytes of one stream, for `failed_task_stderr` and errors. */
  tail(run: string, task: string, stream: LogStream, bytes: number): Promise<Uint8Array>;
  remove(run: string): Promise<void>;
  /** Resolves when what was closed is compressed. */
  idle(): Promise<void>;
}
