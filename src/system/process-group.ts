// Children as process groups: every child leads a session of its own, so that one signal reaches whatever it started,
// and no group outlives this process.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { Failure } from '../core/failure.ts';

/** A child that leads its own group, with the ends of its pipes that were asked for. */
export interface GroupLeader {
  readonly pid: number;
  /** Null where the child reads from /dev/null. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code, 128 + signal where a signal ended it. By then the rest of its group has been killed. */
  readonly exited: Promise<number>;
}

interface GroupOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: 'pipe' | 'ignore';
  /** See StartCommand. */
  readonly lifeline?: boolean | undefined;
}

/** Groups whose leader has not been seen to end (such a number cannot have been given to somebody else), and whether
 * they are killed when this process exits: those with a lifeline see it end by themselves. */
const living = new Map<number, 'killed' | 'tidies up'>();

/**
 * Starts a child in a new session and process group with exactly the given environment. Rejects with a Failure
 * (`command-failed`) where it cannot be started.
 */
export async function startGroup(options: GroupOptions): Promise<GroupLeader> {
  const child = spawnChild(options);
  if (child.pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw notStarted(options, error);
  }
  return lead(child, child.pid, options.lifeline ? 'tidies up' : 'killed');
}

/** As `startGroup`, at once: the error of a program that cannot be started says less about why. */
export function startGroupNow(options: GroupOptions): GroupLeader {
  const child = spawnChild(options);
  if (child.pid === undefined) {
    // the event repeats what is thrown here
    child.once('error', () => {});
    throw notStarted(options, undefined);
  }
  return lead(child, child.pid, options.lifeline ? 'tidies up' : 'killed');
}

/** Signals a group that `startGroup` made and whose leader lives; does nothing once it has ended. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (living.has(pid)) signalMembers(pid, signal);
}

function spawnChild(options: GroupOptions): ChildProcess {
  try {
    return spawn(options.file, options.args, {
      env: options.env,
      detached: true,
      stdio: [options.stdin, 'pipe', 'pipe', ...(options.lifeline ? (['pipe'] as const) : [])],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  } catch (error) {
    throw notStarted(options, error);
  }
}

function lead(child: ChildProcess, pid: number, atExit: 'killed' | 'tidies up'): GroupLeader {
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Failure('internal', 'the pipes of a child are missing');
  if (living.size === 0) process.on('exit', killAll);
  living.set(pid, atExit);
  // a child that ends before it has read its input is no error of ours: its exit code tells what happened
  for (const stream of [stdin, child.stdio[3]]) stream?.on('error', () => {});
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      signalMembers(pid, 'SIGKILL');
      living.delete(pid);
      if (living.size === 0) process.off('exit', killAll);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  // errors after the start are failed signals, which `signalGroup` does not send through the child
  child.on('error', () => {});
  return { pid, stdin, stdout, stderr, exited };
}

function killAll(): void {
  for (const [pid, atExit] of living) if (atExit === 'killed') signalMembers(pid, 'SIGKILL');
}

/**
 * Signals every member of a process group, whoever made it; does nothing where none is left. Whoever calls knows that
 * the number still means that group: its leader has not been reaped.
 */
export function signalMembers(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // nobody is left in the group, or only what we may not signal (a set-user-id program)
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

function notStarted(options: { readonly file: string; readonly cwd?: string | undefined }, cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (options.cwd !== undefined && !existsSync(options.cwd)) {
    return new Failure('command-failed', 'could not start the program: its directory does not exist', {
      program: options.file,
      directory: options.cwd,
    });
  }
  return new Failure(
    'command-failed',
    'could not start the program: is it installed?',
    { program: options.file, error: code },
    { cause },
  );
}
