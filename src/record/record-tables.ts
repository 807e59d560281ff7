// The tables of the run records, and how a run becomes rows and comes back. Column names are part of the format: people
// open the file with the tools of SQLite.
import type { FailureReason } from '../core/failure.ts';
import type { RunReason, RunRecord, RunStatus, TaskRecord, TaskStatus } from '../core/run.ts';

/** Times are milliseconds since the epoch; `variables`, `error`, `overlaid` and `process` are JSON. */
export interface RunRow {
  readonly id: string;
  readonly resource: string;
  readonly change_commit: string | null;
  readonly change_branch: string | null;
  readonly change_message: string | null;
  readonly change_value: string | null;
  readonly change_previous: string | null;
  readonly change_observed_at: number | null;
  readonly attempt: number;
  readonly reason: string;
  readonly user: string | null;
  readonly note: string | null;
  readonly variables: string;
  readonly partition: string;
  readonly status: string;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly exit_code: number | null;
  readonly error: string | null;
  readonly superseded_by: string | null;
  readonly definition: string | null;
  readonly overlaid: string;
  readonly agent: string;
  readonly process: string | null;
  readonly workspace: string | null;
}

/** `depends_on` is JSON, `allow_failure` 0 or 1. */
export interface TaskRow {
  readonly run_id: string;
  readonly position: number;
  readonly name: string;
  readonly status: string;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly exit_code: number | null;
  readonly tries: number;
  readonly depends_on: string;
  readonly allow_failure: number;
  readonly error: string | null;
}

export interface Tables {
  runs: RunRow;
  tasks: TaskRow;
}

/** All of them, in the order of statements. */
export const RUN_COLUMNS = [
  'id',
  'resource',
  'change_commit',
  'change_branch',
  'change_message',
  'change_value',
  'change_previous',
  'change_observed_at',
  'attempt',
  'reason',
  'user',
  'note',
  'variables',
  'partition',
  'status',
  'created_at',
  'started_at',
  'finished_at',
  'exit_code',
  'error',
  'superseded_by',
  'definition',
  'overlaid',
  'agent',
  'process',
  'workspace',
] as const satisfies readonly (keyof RunRow)[];

export const TASK_COLUMNS = [
  'run_id',
  'position',
  'name',
  'status',
  'started_at',
  'finished_at',
  'exit_code',
  'tries',
  'depends_on',
  'allow_failure',
  'error',
] as const satisfies readonly (keyof TaskRow)[];

export function rowOfRun(run: RunRecord): RunRow {
  const { change } = run;
  return {
    id: run.id,
    resource: run.resource,
    change_commit: change?.commit ?? null,
    change_branch: change?.branch ?? null,
    change_message: change?.message ?? null,
    change_value: change?.value ?? null,
    change_previous: change?.previous ?? null,
    change_observed_at: change?.observedAt ?? null,
    attempt: run.attempt,
    reason: run.reason,
    user: run.user,
    note: run.note,
    variables: JSON.stringify(run.variables),
    partition: run.partition,
    status: run.status,
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    exit_code: run.exitCode,
    error: run.error === null ? null : JSON.stringify(run.error),
    superseded_by: run.supersededBy,
    definition: run.definition,
    overlaid: JSON.stringify(run.overlaid),
    agent: run.agent,
    process: run.process === null ? null : JSON.stringify(run.process),
    workspace: run.workspace,
  };
}

export function rowOfTask(run: string, position: number, task: TaskRecord): TaskRow {
  return {
    run_id: run,
    position,
    name: task.name,
    status: task.status,
    started_at: task.startedAt,
    finished_at: task.finishedAt,
    exit_code: task.exitCode,
    tries: task.tries,
    depends_on: JSON.stringify(task.dependsOn),
    allow_failure: task.allowFailure ? 1 : 0,
    error: task.error,
  };
}

/** The run again. Rows are trusted: only this program writes the file, and a damaged one was found before. */
export function runOfRows(row: RunRow, tasks: readonly TaskRow[]): RunRecord {
  return {
    id: row.id,
    resource: row.resource,
    change:
      row.change_commit === null
        ? null
        : {
            commit: row.change_commit,
            branch: row.change_branch ?? '',
            message: row.change_message ?? '',
            value: row.change_value ?? '',
            previous: row.change_previous,
            observedAt: row.change_observed_at ?? 0,
          },
    attempt: row.attempt,
    reason: row.reason as RunReason,
    user: row.user,
    note: row.note,
    variables: JSON.parse(row.variables) as Readonly<Record<string, string>>,
    partition: row.partition,
    status: row.status as RunStatus,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    exitCode: row.exit_code,
    error:
      row.error === null ? null : (JSON.parse(row.error) as { reason: FailureReason; message: string; step: string }),
    supersededBy: row.superseded_by,
    definition: row.definition,
    overlaid: JSON.parse(row.overlaid) as Readonly<Record<string, string | null>>,
    agent: row.agent,
    process: row.process === null ? null : (JSON.parse(row.process) as { pid: number; started: string | null }),
    workspace: row.workspace,
    tasks: tasks.map(taskOfRow),
  };
}

function taskOfRow(row: TaskRow): TaskRecord {
  return {
    name: row.name,
    status: row.status as TaskStatus,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    exitCode: row.exit_code,
    tries: row.tries,
    dependsOn: JSON.parse(row.depends_on) as readonly string[],
    allowFailure: row.allow_failure === 1,
    error: row.error,
  };
}
