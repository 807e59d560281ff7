// A run: one execution for one change commit (attempt 1, 2, …), or one that somebody asked for; made of tasks. What is
// recorded of it, in the words of `runs --json`.
import type { ErrorReport } from './health.ts';

/** `superseded`: a later run took its place in the queue. `lost`: whoever carried it out was killed. */
export const RUN_STATUSES = [
  'waiting',
  'running',
  'success',
  'failed',
  'cancelled',
  'superseded',
  'timed-out',
  'lost',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** `cancelled`: it ran and was ended on purpose (also by a sibling's failure). `skipped`: it never started. */
export const TASK_STATUSES = [
  'waiting',
  'running',
  'success',
  'failed',
  'cancelled',
  'skipped',
  'timed-out',
  'lost',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Names of tasks that no definition may use: what is done before the tasks, and after a failure. */
export const PREPARE_TASK = 'prepare';
export const ON_ERROR_TASK = 'on_error';

/** The change that a run is for. */
export interface RunChange {
  readonly commit: string;
  readonly branch: string;
  readonly message: string;
  readonly value: string;
  readonly previous: string | null;
  /** Author date of the change commit, milliseconds since the epoch. */
  readonly observedAt: number;
}

/** Why a run exists. `lost`: the one before was lost. */
export type RunReason = 'change' | 'request' | 'retry' | 'lost';

export interface TaskRecord {
  readonly name: string;
  readonly status: TaskStatus;
  /** Milliseconds since the epoch; null where it has not come so far. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Of the last try; 128 + signal where a signal ended it; null where it did not end by itself or never started. */
  readonly exitCode: number | null;
  /** How often it was started. */
  readonly tries: number;
  readonly dependsOn: readonly string[];
  readonly allowFailure: boolean;
  /** Why it could not be carried out, where that is not the exit code. */
  readonly error: string | null;
}

/** Everything that is kept of a run, apart from its logs. */
export interface RunRecord {
  /** Twelve hex digits. */
  readonly id: string;
  /** Name of the resource, or of the file that was asked for. */
  readonly resource: string;
  /** Null for a run that was asked for without a change. */
  readonly change: RunChange | null;
  readonly attempt: number;
  readonly reason: RunReason;
  /** Who asked, and the reason they gave; null for runs that a change caused. */
  readonly user: string | null;
  readonly note: string | null;
  /** Run variables as given; secrets are never among them. */
  readonly variables: Readonly<Record<string, string>>;
  /** For `partitioned_replace`; empty where none was given. */
  readonly partition: string;
  readonly status: RunStatus;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Exit code of the task that decided the run; 0 on success; null where no task ended by itself. */
  readonly exitCode: number | null;
  /** Why the run could not be carried out or was ended: target unreachable, patch rejected, … */
  readonly error: ErrorReport | null;
  /** Id of the run that took its place. */
  readonly supersededBy: string | null;
  /** Commit whose tree held the definition; null for a file on disk. */
  readonly definition: string | null;
  /** Blobs of the target that the overlay replaced, by path; null for a path that was new. Empty without overlay. */
  readonly overlaid: Readonly<Record<string, string | null>>;
  /** Id of the agent. */
  readonly agent: string;
  /** The process that carries it out, so that a run whose process died is recognised; null while it waits. */
  readonly process: ProcessMark | null;
  /** Null once the workspace was removed. */
  readonly workspace: string | null;
  readonly tasks: readonly TaskRecord[];
}

/** A process that cannot be mistaken for a later one of the same number. */
export interface ProcessMark {
  readonly pid: number;
  /** Boot id and start time; null where the system does not tell. */
  readonly started: string | null;
}

/** True for a run that will not change any more. */
export function isFinished(status: RunStatus | TaskStatus): boolean {
  return status !== 'waiting' && status !== 'running';
}
