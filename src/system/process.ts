// The contract of the door to other programs. Every child runs in its own process group, which is killed whole when it
// ends, is cancelled or runs out of time; nothing it started outlives it (less a child that leaves the group itself).
import type { Readable, Writable } from 'node:stream';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** The complete environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array | undefined;
  /** Milliseconds until the group is killed. */
  readonly timeout?: number | undefined;
  /** Largest stdout in bytes; more kills the group. stderr keeps its last 64 KB. */
  readonly maxOutput?: number | undefined;
  /** Told of stderr as it comes; it is kept as well. */
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
}

export interface Finished {
  /** Exit code; 128 + signal where a signal ended it. */
  readonly code: number;
  readonly stdout: Uint8Array;
  /** Last 64 KB, decoded. */
  readonly stderr: string;
}

export interface Processes {
  /** Runs to the end. A non-zero code is data. Throws a Failure: `command-failed` (could not start), `timed-out`,
   * `too-large`, `cancelled`. */
  run(command: Command, signal: AbortSignal): Promise<Finished>;
  /** Starts a child that is talked to; its stderr goes to the given callback line by line. */
  start(command: StartCommand, onStderr: (line: string) => void): LongLived;
}

export interface StartCommand extends Omit<Command, 'stdin' | 'timeout' | 'maxOutput' | 'onStderr'> {
  /** Gives the child a descriptor 3 that reads its end when this process ends, however it ends. Such a child tidies up
   * by itself then and is not killed. */
  readonly lifeline?: boolean | undefined;
}

/** A child that lives on and is talked to (git cat-file, shell workers). */
export interface LongLived {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Exit code once it has ended. */
  readonly exited: Promise<number>;
  /** Kills the whole group. */
  kill(): void;
}
