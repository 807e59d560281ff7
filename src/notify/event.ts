// The moments when somebody is told, as one JSON object each: the objects that `on_event` hands out.
import type { EventKind } from '../core/event-kind.ts';
import type { ErrorReport, Transition } from '../core/health.ts';
import { formatInstant } from '../core/instant.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { ResultStatus } from '../core/result.ts';
import { ON_ERROR_TASK, type RunRecord, type RunStatus, type TaskStatus } from '../core/run.ts';

/** Fields are added, never renamed; absent values are null. */
export interface Event {
  readonly event: EventKind;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** URL of the resources repository, without credentials. */
  readonly repository: string;
  /** Null for events of the repository as a whole. */
  readonly resource: string | null;
  readonly branch: string | null;
  readonly message: string | null;
  readonly value: string | null;
  readonly previous: string | null;
  readonly commit: string | null;
  readonly error: ErrorReport | null;
  readonly failing_since: string | null;
  /** Of events of runs: the run's id, how it ended, and the names of the tasks that failed. Null for other events. */
  readonly run: string | null;
  readonly status: RunStatus | null;
  readonly exit_code: number | null;
  readonly duration_ms: number | null;
  readonly failed_tasks: readonly string[] | null;
}

/** The fields of runs, for events of something else. */
const NO_RUN = { run: null, status: null, exit_code: null, duration_ms: null, failed_tasks: null } as const;

/** The events of one outcome: a pushed change, and the start or end of failing. A re-baseline is no news. */
export function eventsOfOutcome(outcome: CheckOutcome, repository: string, now: number): readonly Event[] {
  const kinds: EventKind[] = [];
  const change = outcome.outcome === 'new' || outcome.outcome === 'changed';
  if (change && outcome.pushed && outcome.rebaselined !== true) kinds.push('changed');
  if (outcome.transition !== undefined) kinds.push(outcome.transition);
  const { resource, branch, message, value, previous, commit, error, failing_since } = outcome;
  return kinds.map((event) => ({
    event,
    at: formatInstant(now),
    repository,
    resource,
    branch,
    message,
    value,
    previous,
    commit,
    error,
    failing_since,
    ...NO_RUN,
  }));
}

/** The event of the remote as a whole: nothing could be pushed or listed for a while, or can be again. */
export function eventsOfRemote(
  transition: Transition,
  error: ErrorReport | null,
  repository: string,
  now: number,
): readonly Event[] {
  if (transition === null) return [];
  return [
    {
      event: transition === 'failing' ? 'push-failing' : 'push-recovered',
      at: formatInstant(now),
      repository,
      resource: null,
      branch: null,
      message: null,
      value: null,
      previous: null,
      commit: null,
      error,
      failing_since: null,
      ...NO_RUN,
    },
  ];
}

/** How a run can end that somebody has to look into; a run that was cancelled or superseded says nothing of the suite. */
const BROKEN: ReadonlySet<RunStatus | ResultStatus | TaskStatus> = new Set(['failed', 'timed-out', 'lost']);

/**
 * The event of a run that ended: it failed, or it succeeded where the one before of the same resource had failed.
 * `before` is the newest earlier run (or result) that was neither cancelled nor superseded; null where there is none.
 */
export function eventsOfRun(
  run: RunRecord,
  before: { readonly status: RunStatus | ResultStatus } | null,
  repository: string,
  now: number,
): readonly Event[] {
  const fixed = run.status === 'success' && before !== null && BROKEN.has(before.status);
  if (!fixed && !BROKEN.has(run.status)) return [];
  const { change, startedAt, finishedAt } = run;
  const failed = run.tasks.filter(({ status, allowFailure }) => BROKEN.has(status) && !allowFailure);
  return [
    {
      event: fixed ? 'run-fixed' : 'run-failed',
      at: formatInstant(now),
      repository,
      resource: run.resource,
      branch: change?.branch ?? null,
      message: change?.message ?? null,
      value: change?.value ?? null,
      previous: change?.previous ?? null,
      commit: change?.commit ?? null,
      error: run.error,
      failing_since: null,
      run: run.id,
      status: run.status,
      exit_code: run.exitCode,
      duration_ms: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
      failed_tasks: failed.map(({ name }) => name).filter((name) => name !== ON_ERROR_TASK),
    },
  ];
}
