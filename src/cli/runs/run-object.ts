// Runs, results and plans as `--json` gives them. Fields are added, never renamed; absent values are null; times are
// RFC 3339 in UTC.
import type { ErrorReport } from '../../core/health.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { RunRecord, TaskRecord } from '../../core/run.ts';
import { runDuration } from './run-words.ts';

/** The objects of `run`, `retry`, `runs`, `show` and `cancel`. */
export interface RunObject {
  readonly run: string;
  readonly resource: string;
  readonly status: RunRecord['status'];
  readonly value: string | null;
  readonly commit: string | null;
  readonly attempt: number;
  readonly reason: RunRecord['reason'];
  readonly user: string | null;
  readonly note: string | null;
  readonly created_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** From start to end; null while it waits or runs. */
  readonly duration_ms: number | null;
  readonly exit_code: number | null;
  readonly error: ErrorReport | null;
  readonly superseded_by: string | null;
  readonly branch: string | null;
  readonly message: string | null;
  readonly previous: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly partition: string | null;
  readonly definition: string | null;
  readonly overlaid: Readonly<Record<string, string | null>>;
  readonly agent: string;
  readonly workspace: string | null;
  readonly tasks: readonly TaskObject[];
}

interface TaskObject {
  readonly name: string;
  readonly status: TaskRecord['status'];
  readonly duration_ms: number | null;
  readonly exit_code: number | null;
  readonly tries: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly depends_on: readonly string[];
  readonly allow_failure: boolean;
  readonly error: string | null;
}

export function runObject(run: RunRecord): RunObject {
  const { change } = run;
  return {
    run: run.id,
    resource: run.resource,
    status: run.status,
    value: change?.value ?? null,
    commit: change?.commit ?? null,
    attempt: run.attempt,
    reason: run.reason,
    user: run.user,
    note: run.note,
    created_at: formatInstant(run.createdAt),
    started_at: instant(run.startedAt),
    finished_at: instant(run.finishedAt),
    duration_ms: runDuration(run),
    exit_code: run.exitCode,
    error: run.error,
    superseded_by: run.supersededBy,
    branch: change?.branch ?? null,
    message: change?.message ?? null,
    previous: change?.previous ?? null,
    variables: run.variables,
    partition: run.partition === '' ? null : run.partition,
    definition: run.definition,
    overlaid: run.overlaid,
    agent: run.agent,
    workspace: run.workspace,
    tasks: run.tasks.map(taskObject),
  };
}

function taskObject(task: TaskRecord): TaskObject {
  return {
    name: task.name,
    status: task.status,
    duration_ms: runDuration(task),
    exit_code: task.exitCode,
    tries: task.tries,
    started_at: instant(task.startedAt),
    finished_at: instant(task.finishedAt),
    depends_on: task.dependsOn,
    allow_failure: task.allowFailure,
    error: task.error,
  };
}

/** The results of `history`. */
export interface ResultObject {
  /** Null where nothing ran (`adopted`), as `attempt`. */
  readonly run: string | null;
  readonly attempt: number | null;
  readonly status: Result['status'];
  readonly agent: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly exit_code: number | null;
  readonly definition: string | null;
  readonly tasks: Result['tasks'];
  readonly variables: Result['variables'];
  readonly remark: string | null;
}

export function resultObject(result: Result): ResultObject {
  return {
    run: result.run === '' ? null : result.run,
    attempt: result.attempt === 0 ? null : result.attempt,
    status: result.status,
    agent: result.agent,
    started_at: instant(result.startedAt),
    finished_at: instant(result.finishedAt),
    duration_ms: runDuration(result),
    exit_code: result.exitCode,
    definition: result.definition,
    tasks: result.tasks,
    variables: result.variables,
    remark: result.remark,
  };
}

function instant(milliseconds: number | null): string | null {
  return milliseconds === null ? null : formatInstant(milliseconds);
}
