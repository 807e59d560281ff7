// Children as process groups: every child leads a session of its own, so that one signal reaches whatever it started,
// and no group outlives this process.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { Failure } from '../../core/failure.ts';

/** A child that leads its own group, with the ends of its pipes. */
export interface GroupLeader {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code, 128 + signal where a signal ended it. By then the rest of its group has been killed. */
  readonly exited: Promise<number>;
}

interface GroupOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** The complete environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

/** Groups whose leader has not been seen to end (such a number cannot have been given to somebody else), and whether
 * they are killed when this process exits: those with a lifeline see it end by themselves. */
const living = new Map<number, 'killed' | 'tidies up'>();

/**
 * Starts a child in a new session and process group, which reads the input, or /dev/null where there is none. Rejects
 * with a Failure (`command-failed`) where it cannot be started.
 */
export async function startGroup(
  options: GroupOptions & { readonly input: string | Uint8Array | undefined },
): Promise<GroupLeader> {
  const { input } = options;
  if (input !== undefined) return await startFed({ ...options, input });
  const child = spawnChild(options, ['ignore', 'pipe', 'pipe']);
  if (child.pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw notStarted(options, error);
  }
  return lead(child, 'killed');
}

/** Starts a child that is talked to; the error of a program that cannot be started says less about why. */
export function startTalkative(
  options: GroupOptions & {
    /** See StartCommand. */
    readonly lifeline: boolean;
  },
): GroupLeader & { readonly stdin: Writable } {
  const child = spawnChild(options, ['pipe', 'pipe', 'pipe', ...(options.lifeline ? (['pipe'] as const) : [])]);
  if (child.pid === undefined) {
    // the event repeats what is thrown here
    child.once('error', () => {});
    throw notStarted(options, undefined);
  }
  const { stdin } = child;
  if (stdin === null) throw withoutPipes();
  // a child that ends before it has read all is no error of ours: its exit code tells what happened
  for (const stream of [stdin, child.stdio[3]]) stream?.on('error', () => {});
  return { ...lead(child, options.lifeline ? 'tidies up' : 'killed'), stdin };
}

/** True where a process of this id exists, whoever's it is. */
export function isRunning(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Signals a group that `startGroup` made and whose leader lives; does nothing once it has ended. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (living.has(pid)) signalMembers(pid, signal);
}

function spawnChild(options: GroupOptions, stdio: StdioOptions): ChildProcess {
  try {
    return spawn(options.file, options.args, {
      env: options.env,
      detached: true,
      stdio,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  } catch (error) {
    throw notStarted(options, error);
  }
}

/**
 * Feeding a child is execa's: it writes as fast as the child reads, and takes one that stops reading for what it is. Its
 * time-outs and its waiting are not used, they last as long as anybody holds a pipe; and it is loaded only here, for it
 * takes 10 MB.
 */
async function startFed(options: GroupOptions & { readonly input: string | Uint8Array }): Promise<GroupLeader> {
  const { execa } = await import('execa');
  const child = execa(options.file, options.args, {
    env: options.env,
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    input: options.input,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (child.pid === undefined) throw notStarted(options, (await child).cause);
  return lead(child, 'killed');
}

function lead(
  child: Pick<ChildProcess, 'pid' | 'stdin' | 'stdout' | 'stderr' | 'on' | 'once'>,
  atExit: 'killed' | 'tidies up',
): GroupLeader {
  const { pid, stdout, stderr } = child;
  if (pid === undefined || stdout === null || stderr === null) throw withoutPipes();
  if (living.size === 0) process.on('exit', killAll);
  living.set(pid, atExit);
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      signalMembers(pid, 'SIGKILL');
      living.delete(pid);
      if (living.size === 0) process.off('exit', killAll);
      // what is left of the input is for nobody, also where a stray child holds the other end
      child.stdin?.destroy();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  // errors after the start are failed signals, which `signalGroup` does not send through the child
  child.on('error', () => {});
  return { pid, stdout, stderr, exited };
}

function withoutPipes(): Failure {
  return new Failure('internal', 'the pipes of a child are missing');
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
