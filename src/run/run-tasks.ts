// Carries out a graph of tasks: what is ready starts, within the bound; a failure ends the others unless told otherwise.
import type { RunStatus, TaskStatus } from '../core/run.ts';
import type { TaskDefinition } from '../core/run-definition.ts';
import type { Clock } from '../system/clock.ts';
import type { TaskEnd } from './executor.ts';

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
  /** Carries out one try of a task. `failed` is the first task that failed, for `when: failure` and `on_error`. */
  start(
    task: TaskDefinition,
    context: { readonly attempt: number; readonly failed: TaskState | null },
    signal: AbortSignal,
  ): Promise<TaskEnd>;
  /** Told of every change of any task's state, with all of them in the order of the graph. */
  onChange(states: readonly TaskState[]): void;
  readonly clock: Clock;
}

export interface TasksEnd {
  readonly status: Extract<RunStatus, 'success' | 'failed' | 'cancelled' | 'timed-out'>;
  /** Of the first task that failed; 0 on success; null where none ended by itself. */
  readonly exitCode: number | null;
  readonly tasks: readonly TaskState[];
}
