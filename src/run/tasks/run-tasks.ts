// Carries out a graph of tasks: what is ready starts, within the bound; a failure ends the others unless told otherwise.
import { createInbox } from '../../concurrency/inbox.ts';
import { onAbort } from '../../concurrency/on-abort.ts';
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import { ON_ERROR_TASK, type RunStatus, type TaskStatus } from '../../core/run.ts';
import type { TaskDefinition } from '../../core/run-definition.ts';
import type { Clock } from '../../system/clock.ts';
import type { TaskEnd } from '../executor.ts';
import { createGraphProgress, type Decisions, type TaskOutcome } from './task-graph.ts';

export interface TaskState {
  readonly name: string;
  readonly status: TaskStatus;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
  readonly tries: number;
  readonly error: string | null;
}

export interface TaskGraph {
  readonly tasks: readonly TaskDefinition[];
  readonly onError: { readonly script: readonly string[]; readonly env: Readonly<Record<string, string>> } | null;
  readonly parallel: number | null;
  readonly continueAfterFailure: boolean;
}

export interface RunTasksTools {
  /** Carries out one try of a task; `attempt` counts from 1. `failed` is the first task that failed, for `when: failure`
   * and `on_error`. What it throws is told as a task that could not be started. */
  start(
    task: TaskDefinition,
    context: { readonly attempt: number; readonly failed: TaskState | null },
    signal: AbortSignal,
  ): Promise<TaskEnd>;
  /** Told when the states of tasks have changed, with all of them in the order of the graph; changes that come together
   * are told together, a start before `start` is called. */
  onChange(states: readonly TaskState[]): void;
  readonly clock: Clock;
}

export interface TasksEnd {
  readonly status: Extract<RunStatus, 'success' | 'failed' | 'cancelled' | 'timed-out'>;
  /** Of the first task that failed; 0 on success; null where none ended by itself. */
  readonly exitCode: number | null;
  readonly tasks: readonly TaskState[];
}

/**
 * Carries the graph out to its end; task-graph.ts says what is ready and what a failure does to the others.
 * - A try that failed or took too long is repeated while there are retries; one that was asked to end is not.
 * - What is asked to end is awaited and is `cancelled`, whatever its exit code: scripts trap signals.
 * - `on_error` runs when the tasks have ended and one of them failed: not after a cancel, and not after the time of the
 *   whole run was up, since other agents take a run for lost soon after. What comes of it changes nothing of the run.
 * - An aborted signal ends the run, `timed-out` where its reason is a Failure `timed-out`, else `cancelled`, also where a
 *   task had failed before.
 * Failure `definition` where dependencies are missing or go round in circles. It rejects too where `onChange` throws, when
 * nothing runs any more.
 */
export async function runTasks(graph: TaskGraph, tools: RunTasksTools, signal: AbortSignal): Promise<TasksEnd> {
  const { states, failed, cancelled } = await proceed(graph, tools, signal);
  if (cancelled) {
    const timedOut = signal.reason instanceof Failure && signal.reason.reason === 'timed-out';
    return { status: timedOut ? 'timed-out' : 'cancelled', exitCode: failed?.exitCode ?? null, tasks: states };
  }
  if (failed === null) return { status: 'success', exitCode: 0, tasks: states };
  const after = graph.onError === null ? [] : await handleError(graph.onError, { states, failed }, tools, signal);
  return { status: 'failed', exitCode: failed.exitCode, tasks: [...states, ...after] };
}

async function handleError(
  onError: NonNullable<TaskGraph['onError']>,
  { states, failed }: { readonly states: readonly TaskState[]; readonly failed: TaskState },
  tools: RunTasksTools,
  signal: AbortSignal,
): Promise<readonly TaskState[]> {
  const settings = { dependsOn: [], allowFailure: true, timeout: null, retries: 0, when: 'always' } as const;
  const task: TaskDefinition = { name: ON_ERROR_TASK, ...onError, ...settings };
  const handled = await proceed(
    { tasks: [task], parallel: null, continueAfterFailure: true },
    {
      clock: tools.clock,
      start: (_, { attempt }, during) => tools.start(task, { attempt, failed }, during),
      onChange: (own) => tools.onChange([...states, ...own]),
    },
    signal,
  );
  return handled.states;
}

interface Proceeded {
  readonly states: readonly TaskState[];
  /** The first that failed. */
  readonly failed: TaskState | null;
  readonly cancelled: boolean;
}

/** A try ended; `asked`: it had been asked to. */
interface Ended {
  readonly task: number;
  readonly end: TaskEnd;
  readonly asked: boolean;
}

type Event = 'aborted' | Ended;

/** The tasks of one graph, from the first start to the last end. */
async function proceed(
  graph: Omit<TaskGraph, 'onError'>,
  tools: RunTasksTools,
  signal: AbortSignal,
): Promise<Proceeded> {
  const { clock } = tools;
  const progress = createGraphProgress(graph.tasks, graph);
  const states: TaskState[] = graph.tasks.map(({ name }) => ({ ...WAITING, name }));
  /** Of every task that runs, also between its tries. */
  const controllers = new Map<number, AbortController>();
  const tries = new Set<Promise<void>>();
  const events = createInbox<Event>();
  let cancelled = false;
  let changed = true;
  const failed = () => states[progress.firstFailed() ?? -1] ?? null;

  const change = (task: number, next: Partial<TaskState>) => {
    states[task] = { ...(states[task] ?? WAITING), ...next };
    changed = true;
  };
  const apply = ({ settled, end }: Decisions, why: () => unknown) => {
    for (const { task, status } of settled) {
      const now = clock.now();
      const times = status === 'success' ? { startedAt: now, finishedAt: now, exitCode: 0 } : {};
      change(task, { status, ...times });
    }
    if (end.length === 0) return;
    const reason = why();
    for (const task of end) controllers.get(task)?.abort(reason);
  };
  const cancel = (reason: unknown) => {
    cancelled = true;
    apply(progress.cancel(), () => reason);
  };

  const carryOut = async (task: number, own: AbortSignal) => {
    const end = own.aborted ? NOT_BEGUN : await startSafely(task, own);
    events.put({ task, end, asked: own.aborted });
  };
  const startSafely = async (task: number, own: AbortSignal): Promise<TaskEnd> => {
    const definition = graph.tasks[task];
    if (definition === undefined) return NOT_BEGUN;
    try {
      return await tools.start(definition, { attempt: states[task]?.tries ?? 1, failed: failed() }, own);
    } catch (error) {
      return { kind: 'not-started', error: describeFailure(toFailure(error)) };
    }
  };
  const start = (task: number) => {
    const own = controllers.get(task)?.signal;
    if (own === undefined) return;
    const done = carryOut(task, own).finally(() => tries.delete(done));
    tries.add(done);
  };

  /** True where it is to be tried again. */
  const takeEnd = ({ task, end, asked }: Ended): boolean => {
    const { name = '', retries = 0 } = graph.tasks[task] ?? {};
    const count = states[task]?.tries ?? 1;
    const ending = controllers.get(task)?.signal.aborted === true;
    const own = asked ? 'cancelled' : outcomeOf(end);
    const another = isFailure(own) && count <= retries;
    if (another && !ending) {
      change(task, { tries: count + 1 });
      return true;
    }
    // it would have been tried again, had it not been asked to end meanwhile
    const outcome = another ? 'cancelled' : own;
    const result =
      end.kind === 'not-started' ? { exitCode: null, error: asked ? null : end.error } : { exitCode: end.code };
    controllers.delete(task);
    change(task, { status: outcome, finishedAt: clock.now(), ...result });
    const why = () => new Failure('cancelled', 'another task of the run failed', { task: name });
    apply(progress.settle(task, outcome), why);
    // nobody asked: the executor is closing, and will carry nothing else out
    if (outcome === 'cancelled' && !ending) cancel(new Failure('cancelled', 'a task was ended', { task: name }));
    return false;
  };

  const stopListening = onAbort(signal, () => {
    for (const controller of controllers.values()) controller.abort(signal.reason);
    events.put('aborted');
  });
  try {
    if (signal.aborted) cancel(signal.reason);
    else apply(progress.begin(), () => null);
    for (let again: number[] = []; ; ) {
      const starts = again;
      for (let task = progress.next(); task !== null; task = progress.next()) {
        controllers.set(task, new AbortController());
        change(task, { status: 'running', startedAt: clock.now(), tries: 1 });
        starts.push(task);
      }
      if (changed) tools.onChange([...states]);
      changed = false;
      for (const task of starts) start(task);
      if (progress.over()) break;
      again = [];
      for (const event of await events.take()) {
        if (event !== 'aborted') {
          if (takeEnd(event)) again.push(event.task);
        } else if (!progress.over()) cancel(signal.reason);
      }
    }
  } finally {
    stopListening();
    // none is left, unless a change could not be told
    for (const controller of controllers.values()) controller.abort();
    await Promise.all(tries);
  }
  return { states, failed: failed(), cancelled };
}

const WAITING: TaskState = {
  name: '',
  status: 'waiting',
  startedAt: null,
  finishedAt: null,
  exitCode: null,
  tries: 0,
  error: null,
};

const NOT_BEGUN: TaskEnd = { kind: 'cancelled', code: null };

function outcomeOf(end: TaskEnd): TaskOutcome {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? 'success' : 'failed';
    case 'not-started':
      return 'failed';
    case 'timed-out':
    case 'cancelled':
      return end.kind;
    default:
      return end satisfies never;
  }
}

function isFailure(outcome: TaskOutcome): boolean {
  return outcome === 'failed' || outcome === 'timed-out';
}
