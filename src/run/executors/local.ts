// Tasks as processes of this machine: one bash each, in a process group of its own, if wanted in a sandbox.
import { onAbort } from '../../concurrency/on-abort.ts';
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import { findProgram } from '../../system/process/find-program.ts';
import { signalFollowers } from '../../system/process/labelled.ts';

import type { TaskCommand, TaskProcess } from '../../system/process/task-process.ts';
import { createTasks } from '../../system/process/tasks.ts';
import type { Processes } from '../../system/process.ts';
import type { Executor, TaskEnd, TaskWork } from '../executor.ts';
import { plainCommand } from '../local/plain-command.ts';
import { sandboxArguments, sandboxProblem } from '../local/sandbox.ts';
import { createStragglers, type Owner } from '../local/stragglers.ts';
import { type EndingSignal, watchTask } from '../local/task-ending.ts';
import { taskArguments } from '../local/task-script.ts';

export interface LocalExecutorDoors {
  readonly processes: Processes;
  readonly clock: Clock;
  /** What tasks' environments have in common; its PATH is where bash and bubblewrap are looked for. */
  readonly env: Readonly<Record<string, string>>;
  /** Where named pipes are made; default: the system's temporary directory. */
  readonly temporaryDirectory?: string | undefined;
}

/** What a task's first process is started with, or why it cannot be. */
type Prepared =
  | { readonly ok: true; readonly command: Omit<TaskCommand, 'output'> }
  | { readonly ok: false; readonly error: string };

/** No process is started before the first task. */
export function createLocalExecutor(doors: LocalExecutorDoors): Executor {
  const { processes, clock } = doors;
  const tasks = createTasks(doors);
  /** What is being executed, and how it is stopped. */
  const running = new Map<string, Set<AbortController>>();
  const stragglers = createStragglers(clock, (owner) => running.has(keyOf(owner)));
  const bash = lookingFor('bash', doors.env.PATH);
  const bwrap = lookingFor('bwrap', doors.env.PATH);
  let sandboxWorks = false;
  let closed = false;

  async function prepare(work: TaskWork, signal: AbortSignal): Promise<Prepared> {
    const { directory } = work;
    const shell = await bash();
    if (shell === null) return { ok: false, error: 'bash is not installed: tasks are shell lines, install it' };
    const args = taskArguments(work.script, work.source);
    if (args === null) {
      return { ok: false, error: 'the script is too long for a command line (1 MB), or holds a NUL: put it in a file' };
    }
    const env = { ...work.env, SC_RUN_ID: work.run, SC_TASK: work.task };
    if (work.sandbox === 'none') {
      const plain = work.source === null ? plainCommand(work.script) : null;
      return { ok: true, command: { file: shell, args, directory, env, plain: plain ?? undefined } };
    }
    const box = await bwrap();
    const problem = sandboxWorks ? null : await sandboxProblem(box, processes, signal);
    sandboxWorks = problem === null;
    if (problem !== null || box === null) return { ok: false, error: problem ?? '' };
    const visible = work.source === null ? [] : [work.source];
    const walls = sandboxArguments(work.workspace, directory, visible);
    return { ok: true, command: { file: box, args: [...walls, shell, ...args], directory: '/', env } };
  }

  /** From the start of its first process to the end of its last. */
  async function carryOut(work: TaskWork, signal: AbortSignal): Promise<TaskEnd> {
    const owner: Owner = { run: work.run, task: work.task };
    await stragglers.settle(owner);
    const prepared = await prepare(work, signal);
    if (signal.aborted) return { kind: 'cancelled', code: null };
    if (!prepared.ok) return { kind: 'not-started', error: prepared.error };
    const task = await tasks.start({ ...prepared.command, output: work.output });
    const ending = watchTask({
      ...work,
      signal,
      clock,
      send: (what) => send(task, work, what),
      giveUp: () => task.abandon(),
    });
    const code = await task.ended;
    ending.over();
    await task.settle();
    const { reason } = ending;
    if (reason === null && code !== null) {
      stragglers.endSoon(owner);
      return { kind: 'exited', code };
    }
    await stragglers.end([owner]);
    if (reason !== null) return { kind: reason, code };
    return { kind: 'not-started', error: 'the process that had started it was killed, and it with it: run it again' };
  }

  return {
    async execute(work, signal) {
      const key = keyOf(work);
      const stop = new AbortController();
      const stay = onAbort(signal, () => stop.abort());
      if (signal.aborted || closed) stop.abort();
      const executions = running.get(key) ?? new Set();
      running.set(key, executions.add(stop));
      try {
        return await carryOut(work, stop.signal);
      } catch (error) {
        const failure = toFailure(error);
        if (failure.reason === 'cancelled') return { kind: 'cancelled', code: null };
        return { kind: 'not-started', error: describeFailure(failure) };
      } finally {
        stay();
        executions.delete(stop);
        if (executions.size === 0) running.delete(key);
      }
    },
    reap: stragglers.endThose,
    async close() {
      closed = true;
      for (const executions of running.values()) for (const stop of executions) stop.abort();
      await tasks.close();
      await stragglers.close();
    },
  };
}

/** In a sandbox the first process only watches, and what is in there would die with it: it is left out until the kill. */
function send(task: TaskProcess, work: TaskWork, signal: EndingSignal): void {
  if (work.sandbox === 'none' || signal === 'SIGKILL') task.signal(signal);
  else signalFollowers(task.group, signal);
}

/** Looks for a program until it is found: it may be installed while this program runs. */
function lookingFor(name: string, path: string | undefined): () => Promise<string | null> {
  let found: string | null = null;
  return async () => {
    found ??= await findProgram(name, path);
    return found;
  };
}

function keyOf({ run, task }: Owner): string {
  return `${run} ${task ?? ''}`;
}
