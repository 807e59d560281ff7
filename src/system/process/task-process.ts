// The contract of starting many programs that write much, or leave something behind: each leads a process group of its
// own, and what it writes is taken as it comes.

export interface TaskCommand {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  /**
   * What the program would do in the end: a command of a shell that holds nothing but plain words. Whoever starts the
   * task may carry it out directly, where that is the same and costs less.
   */
  readonly plain?: { readonly kind: 'builtin' | 'program'; readonly words: readonly [string, ...string[]] } | undefined;
  /** Absolute. */
  readonly directory: string;
  /** The complete environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes what is written, in pieces that stay as they are. A promise means: wait before you read on. */
  readonly output: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>;
}

/** A program that was started. Its stdin is /dev/null, and it has no descriptor but the usual three. */
export interface TaskProcess {
  /** Number of its process group, which it leads. */
  readonly group: number;
  /**
   * Its exit code, 128 + signal where a signal ended it; by then the rest of its group has been killed. Null where
   * whoever had started it was killed: then it was killed too.
   */
  readonly ended: Promise<number | null>;
  /** To be called once it has ended; resolves when all that it wrote has been taken. Nothing is taken afterwards. */
  settle(): Promise<void>;
  /** Signals its whole group; does nothing once it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Not even the kill has ended it: from now on it counts as ended, with null. */
  abandon(): void;
}

export interface TaskStarter {
  /** Resolves when it runs. Throws a Failure (`command-failed`) where it cannot be started. */
  start(command: TaskCommand): Promise<TaskProcess>;
  /** Ends whatever was started and still runs. */
  close(): Promise<void>;
}
