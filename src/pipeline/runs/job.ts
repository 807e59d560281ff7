// A run on its way: what is recorded of it, and what it will do.
import type { ErrorReport } from '../../core/health.ts';
import { PREPARE_TASK, type ProcessMark, type RunRecord } from '../../core/run.ts';
import type { RunPlan } from '../../core/run-plan.ts';

export interface Job {
  readonly run: RunRecord;
  readonly plan: RunPlan;
  /** Run variables that may be written into notes. */
  readonly publicVariables: readonly string[];
  /** How often it is started again where it is lost. */
  readonly retriesWhenLost: number;
  /** `lost`: the attempt before was; `waiting`: it waited when its process was killed. Null for a new one. */
  readonly readmitted: 'lost' | 'waiting' | null;
  /** `always`: the change is claimed first even where one agent is all there is. */
  readonly claims: 'always' | 'as-configured';
}

/** Everything that decides a new run besides its plan. */
export type NewRun = Pick<
  RunRecord,
  | 'id'
  | 'resource'
  | 'change'
  | 'attempt'
  | 'reason'
  | 'user'
  | 'note'
  | 'variables'
  | 'partition'
  | 'definition'
  | 'agent'
  | 'createdAt'
> & { readonly process: ProcessMark };

/** The record of a run that waits. */
export function waitingRun(made: NewRun): RunRecord {
  return {
    ...made,
    status: 'waiting',
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    error: null,
    supersededBy: null,
    overlaid: {},
    workspace: null,
    tasks: [],
  };
}

/** The record of a run that begins: its tasks as the plan has them, all waiting. */
export function begunRun(run: RunRecord, plan: RunPlan, now: number): RunRecord {
  const waiting = {
    status: 'waiting' as const,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    tries: 0,
    error: null,
  };
  const prepare = { ...waiting, name: PREPARE_TASK, dependsOn: [], allowFailure: false };
  const tasks = plan.tasks.map(({ name, dependsOn, allowFailure }) => ({ ...waiting, name, dependsOn, allowFailure }));
  return {
    ...run,
    status: 'running',
    startedAt: now,
    tasks: plan.prepare.length === 0 ? tasks : [prepare, ...tasks],
  };
}

/** How a run ends that never came to its tasks, or whose process died: what had not ended is told so. */
export function endedRun(
  run: RunRecord,
  end: { readonly status: 'failed' | 'cancelled' | 'timed-out' | 'lost'; readonly error: ErrorReport | null },
  now: number,
): RunRecord {
  const tasks = run.tasks.map((task) => {
    if (task.status === 'waiting') return { ...task, status: 'skipped' as const };
    if (task.status !== 'running') return task;
    return { ...task, status: end.status, finishedAt: now, error: task.error ?? end.error?.message ?? null };
  });
  return { ...run, status: end.status, finishedAt: now, error: end.error, tasks };
}

/** The step of a run that could not claim its change. */
export const CLAIM_STEP = 'claim';

/** True for a run that never began because its change could not be claimed: no result of the change. */
export function neverBegan({ startedAt, error }: RunRecord): boolean {
  return startedAt === null && error?.step === CLAIM_STEP;
}
