// The program's second sentence: for a change, make the workspace, clone and customise the target, carry out the tasks,
// and say how it ended. One run from its start to its end.
import { onAbort } from '../concurrency/on-abort.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { PREPARE_TASK, type RunRecord, type TaskRecord } from '../core/run.ts';
import type { RunPlan } from '../core/run-plan.ts';
import type { TaskLog } from '../record/logs.ts';
import type { TakeOutput, TaskEnd } from '../run/executor.ts';
import { type RunTasksTools, runTasks, type TaskState } from '../run/tasks/run-tasks.ts';
import type { WorkspacePlace } from '../run/workspace.ts';
import type { Clock } from '../system/clock.ts';
import { reportFailure } from './outcome.ts';
import { begunRun, endedRun, type Job } from './runs/job.ts';

export interface ExecuteTools {
  readonly clock: Clock;
  /** Tells what became of the run so far, and keeps it: `now`, or soon. Resolves when that was tried; never rejects. */
  changed(run: RunRecord, when: 'now' | 'soon'): Promise<void>;
  /** Makes the workspace with the definition's files and secret files in it. */
  makePlace(job: Job, signal: AbortSignal): Promise<WorkspacePlace>;
  /** Takes away secret files, and the workspace where nobody wants it; resolves to its path where it was kept. */
  clearPlace(run: RunRecord, plan: RunPlan): Promise<string | null>;
  /** Clones and customises; what the overlay replaced. */
  prepare(
    job: Job,
    place: WorkspacePlace,
    output: TakeOutput,
    signal: AbortSignal,
  ): Promise<{ readonly overlaid: RunRecord['overlaid'] }>;
  /** Carries out one try of a task. */
  startTask(
    job: Job,
    place: WorkspacePlace,
    request: {
      readonly task: Parameters<RunTasksTools['start']>[0];
      readonly attempt: number;
      readonly failed: TaskState | null;
    },
    output: TakeOutput,
    signal: AbortSignal,
  ): Promise<TaskEnd>;
  openLog(run: string, task: string, attempt: number): TaskLog;
  /** Not all that the task printed could be written. */
  logFailed(run: string, task: string, error: string): void;
}

/** Never rejects: what goes wrong is how the run ended. */
export async function execute(job: Job, tools: ExecuteTools, signal: AbortSignal): Promise<RunRecord> {
  const { plan } = job;
  const { clock } = tools;
  const deadline = createDeadline(plan.timeout, clock, signal);
  let run = begunRun(job.run, plan, clock.now());
  const now = (next: Partial<RunRecord>) => {
    run = { ...run, ...next };
    void tools.changed(run, 'soon');
  };
  // what a crash leaves of its scripts is known for a run that had begun: no script starts before that is kept
  const kept = tools.changed(run, 'now');
  try {
    const place = await tools.makePlace(job, deadline.signal);
    await kept;
    now({ workspace: place.root });
    if (plan.prepare.length > 0) {
      now({ tasks: withTask(run.tasks, PREPARE_TASK, { status: 'running', startedAt: clock.now(), tries: 1 }) });
      const { overlaid } = await logged(tools, { run: run.id, task: PREPARE_TASK, attempt: 1 }, (output) =>
        tools.prepare(job, place, output, deadline.signal),
      );
      const done = { status: 'success', finishedAt: clock.now(), exitCode: 0 } as const;
      now({ overlaid, tasks: withTask(run.tasks, PREPARE_TASK, done) });
    }
    const before = run.tasks.filter(({ name }) => name === PREPARE_TASK);
    const ended = await runTasks(
      plan,
      {
        clock,
        onChange: (states) => now({ tasks: [...before, ...recordsOf(states, plan)] }),
        start: (task, context, during) =>
          logged(tools, { run: run.id, task: task.name, attempt: context.attempt }, (output) =>
            tools.startTask(job, place, { task, ...context }, output, during),
          ),
      },
      deadline.signal,
    );
    const error = ended.status === 'timed-out' ? reportFailure(timedOut(plan), null) : null;
    run = { ...run, status: ended.status, exitCode: ended.exitCode, error };
    run = { ...run, tasks: [...before, ...recordsOf(ended.tasks, plan)], finishedAt: clock.now() };
  } catch (error) {
    run = endedRun(run, whyEnded(error, deadline.signal, plan, run), clock.now());
  } finally {
    deadline.over();
  }
  return { ...run, workspace: await tools.clearPlace(run, plan) };
}

/** Aborted by whoever cancels, or with a Failure `timed-out` when the run's time is up. */
function createDeadline(milliseconds: number, clock: Clock, signal: AbortSignal) {
  const end = new AbortController();
  const stay = onAbort(signal, () => end.abort(signal.reason));
  if (signal.aborted) end.abort(signal.reason);
  const stop = clock.after(milliseconds, () => end.abort(new Failure('timed-out', 'the run took too long')));
  return {
    signal: end.signal,
    over() {
      stay();
      stop();
    },
  };
}

function whyEnded(error: unknown, signal: AbortSignal, plan: RunPlan, run: RunRecord) {
  const step = run.tasks.some(({ name, status }) => name === PREPARE_TASK && status === 'running')
    ? PREPARE_TASK
    : null;
  if (!signal.aborted) return { status: 'failed', error: reportFailure(toFailure(error), step) } as const;
  if (!isTimeOut(signal)) return { status: 'cancelled', error: null } as const;
  return { status: 'timed-out', error: reportFailure(timedOut(plan), step) } as const;
}

function isTimeOut({ reason }: AbortSignal): boolean {
  return reason instanceof Failure && reason.reason === 'timed-out';
}

function timedOut({ timeout }: RunPlan): Failure {
  return new Failure('timed-out', 'the run took too long: run.timeout says how long it may', { milliseconds: timeout });
}

/** Work whose output becomes the log of a task; the log is complete when this resolves. */
async function logged<T>(
  tools: ExecuteTools,
  { run, task, attempt }: { readonly run: string; readonly task: string; readonly attempt: number },
  work: (output: TakeOutput) => Promise<T>,
): Promise<T> {
  const log = tools.openLog(run, task, attempt);
  try {
    return await work((stream, chunk) => log.write(stream, chunk));
  } finally {
    const { error } = await log.close();
    if (error !== null) tools.logFailed(run, task, error);
  }
}

function withTask(tasks: readonly TaskRecord[], name: string, change: Partial<TaskRecord>): readonly TaskRecord[] {
  return tasks.map((task) => (task.name === name ? { ...task, ...change } : task));
}

/** States as they are recorded; `on_error` is in no graph. */
function recordsOf(states: readonly TaskState[], plan: RunPlan): readonly TaskRecord[] {
  const planned = new Map(plan.tasks.map((task) => [task.name, task]));
  return states.map((state) => {
    const { dependsOn = [], allowFailure = false } = planned.get(state.name) ?? {};
    return { ...state, dependsOn, allowFailure };
  });
}
