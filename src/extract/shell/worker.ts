// One shell worker: a long-lived bash that evaluates one request at a time in a forked subshell (worker-script.ts).
import { randomBytes } from 'node:crypto';
import { Failure } from '../../core/failure.ts';
import { isVariableName, quote } from '../../system/process/bash-words.ts';
import { collectAll, collectTail, eachLine } from '../../system/process/collect.ts';
import { signalMembers } from '../../system/process/group.ts';
import type { NamedPipes } from '../../system/process/named-pipes.ts';
import { createStopper } from '../../system/process/stopper.ts';
import type { Processes } from '../../system/process.ts';
import { frame, LEADER, WORKER } from './worker-script.ts';

export interface ShellRequest {
  readonly work:
    | { readonly kind: 'script'; readonly script: string }
    /** `manual` says what to do with an extractor whose definition turns out to be manual. */
    | { readonly kind: 'classic'; readonly file: string; readonly manual: 'skip' | 'evaluate' };
  /** Absolute. */
  readonly directory: string;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until the evaluation is killed with all that it started. */
  readonly timeout: number;
  /** Largest output in bytes. */
  readonly maxOutput: number;
  /** Limits of the evaluation's processes, where the system has them: of memory each, of processes of this user. */
  readonly limits?: { readonly memoryBytes?: number | undefined; readonly processes?: number | undefined } | undefined;
}

export interface ShellAnswer {
  /** What the evaluation's own shell ended with: its exit status, 128 + signal where a signal ended it. */
  readonly status: number;
  /** What was on stdout when that shell ended, whether or not something still held it open. */
  readonly stdout: Uint8Array;
  /** The last of stderr. */
  readonly stderr: string;
  /** The random id of this evaluation, which frames the output of classic definitions. */
  readonly id: string;
}

/** Thrown where the worker ended before it began with the request: nothing has happened, another may try. */
export class NeverStarted extends Error {}

export interface ShellWorker {
  /** False once it has ended or answered nonsense. */
  readonly usable: boolean;
  /** One at a time. Throws a Failure (`timed-out`, `too-large`, `cancelled`, `command-failed`) or NeverStarted. */
  run(request: ShellRequest, signal: AbortSignal): Promise<ShellAnswer>;
  /** Ends it and whatever it is evaluating; resolves when it has gone. */
  end(): Promise<void>;
}

/** How much of the evaluation's stderr is kept, in bytes. */
const STDERR_LIMIT = 64 * 1024;
/** Longest line that a worker answers. */
const ANSWER_LIMIT = 200;

/** What the worker is evaluating. */
interface Current {
  readonly id: string;
  /** The process group of the evaluation, once it has begun. */
  group: number | undefined;
  readonly begun: () => void;
  readonly ended: (status: number) => void;
  readonly lost: () => void;
}

/** Starts a worker. `env` is what its bash itself runs in. */
export function startWorker(options: {
  readonly processes: Processes;
  readonly pipes: NamedPipes;
  readonly env: Readonly<Record<string, string>>;
}): ShellWorker {
  const { pipes, env } = options;
  const leader = options.processes.start(
    { file: 'bash', args: ['--norc', '--noprofile', '-c', LEADER, 'bash', WORKER], env, lifeline: true },
    () => {},
  );
  let usable = true;
  let ready = false;
  let current: Current | undefined;

  const killEvaluation = () => {
    if (current?.group !== undefined) signalMembers(current.group, 'SIGKILL');
  };
  /** Kills everything: the evaluation first, for its group is known to be alive only as long as the worker has not reaped it. */
  const discard = () => {
    if (!usable) return;
    usable = false;
    killEvaluation();
    leader.kill();
    current?.lost();
  };

  const hear = (line: string) => {
    const [first, what, number] = line.split(' ');
    if (!ready && first === 'ready') ready = true;
    else if (current === undefined || first !== current.id || !isNumber(number)) discard();
    else if (what === 'started' && current.group === undefined) {
      current.group = Number(number);
      current.begun();
    } else if (what === 'ended' && current.group !== undefined) {
      const { ended } = current;
      current = undefined;
      ended(Number(number));
    } else discard();
  };
  eachLine(leader.stdout, ANSWER_LIMIT, hear);
  /** The worker has gone, and all that it told was heard: what it had begun just before it was killed goes too. */
  const silent = new Promise<void>((resolve) => {
    leader.stdout.once('close', () => {
      discard();
      killEvaluation();
      resolve();
    });
  });
  const exited = leader.exited.then(discard);

  async function run(request: ShellRequest, signal: AbortSignal): Promise<ShellAnswer> {
    const id = randomBytes(12).toString('hex');
    const stopper = createStopper({
      // one that has not begun yet is stopped when it begins
      ask: () => current?.group !== undefined && signalMembers(current.group, 'SIGTERM'),
      kill: () => (current?.group === undefined ? discard() : signalMembers(current.group, 'SIGKILL')),
      signal,
      timeout: request.timeout,
      timedOut: () =>
        new Failure('timed-out', 'the shell ran out of time and was killed', { milliseconds: request.timeout }),
    });
    const stdout = collectAll(request.maxOutput, () =>
      stopper.because(
        new Failure('too-large', 'the shell printed too much and was killed', { limit: request.maxOutput }),
      ),
    );
    const stderr = collectTail(STDERR_LIMIT);
    try {
      const output = await pipes.open(stdout.take);
      const errors = await pipes
        .open(stderr.take)
        .catch((error: unknown) => output.finish().then(() => Promise.reject(error)));
      const status = await new Promise<number>((resolve, reject) => {
        if (stopper.failure !== undefined) throw stopper.failure;
        if (!usable) throw new NeverStarted();
        current = {
          id,
          group: undefined,
          begun: () => {
            if (stopper.failure !== undefined && current?.group !== undefined) signalMembers(current.group, 'SIGKILL');
          },
          ended: resolve,
          lost: () => reject(current?.group === undefined ? new NeverStarted() : endedWorker()),
        };
        void stopper.abandoned.then(discard);
        leader.stdin.write(frame(variablesOf(request, { id, output: output.path, errors: errors.path, env })));
      }).finally(() => Promise.all([output.finish(), errors.finish()]));
      if (stopper.failure !== undefined) throw stopper.failure;
      return { status, stdout: stdout.bytes(), stderr: new TextDecoder().decode(stderr.bytes()), id };
    } catch (error) {
      throw stopper.failure ?? error;
    } finally {
      stopper.forget();
    }
  }

  return {
    get usable() {
      return usable;
    },
    run,
    async end() {
      discard();
      await Promise.all([exited, silent]);
    },
  };
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,10}$/.test(text);
}

function endedWorker(): Failure {
  return new Failure('command-failed', 'the script ended the shell that evaluates it: let it end itself alone');
}

function variablesOf(
  request: ShellRequest,
  made: {
    readonly id: string;
    readonly output: string;
    readonly errors: string;
    readonly env: Readonly<Record<string, string>>;
  },
): Readonly<Record<string, string>> {
  const { work } = request;
  return {
    sc_id: made.id,
    sc_kind: work.kind,
    sc_output: made.output,
    sc_errors: made.errors,
    sc_prepare: preparation(request, made.env),
    ...(work.kind === 'script' ? { sc_text: work.script } : { sc_file: work.file, sc_manual: work.manual }),
  };
}

/** Takes the subshell from the worker's environment to the request's, and into its directory. */
function preparation(request: ShellRequest, workerEnv: Readonly<Record<string, string>>): string {
  const { env, directory, limits } = request;
  const foreign = Object.keys(workerEnv).filter((name) => isVariableName(name) && !Object.hasOwn(env, name));
  const own = Object.entries(env).filter(([name, value]) => isVariableName(name) && workerEnv[name] !== value);
  const lines = [`cd -P -- ${quote(directory)}`];
  if (foreign.length > 0) lines.push(`unset -v ${foreign.join(' ')}`);
  if (own.length > 0) lines.push(`export ${own.map(([name, value]) => `${name}=${quote(value)}`).join(' ')}`);
  if (limits?.memoryBytes !== undefined) lines.push(`ulimit -v ${Math.ceil(limits.memoryBytes / 1024)}`);
  if (limits?.processes !== undefined) lines.push(`ulimit -u ${Math.ceil(limits.processes)}`);
  return lines.join(' && ');
}
