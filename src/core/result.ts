// A result: how a run ended, as one line of the git note on its change commit. The codec, and how two writers' notes join.
//
// Format of a line: `<status> <duration> attempt <n> by <agent> {"v":1,…}`; the JSON starts at the first `{`.
import type { RunStatus, TaskStatus } from './run.ts';

/** `adopted`: the change was there before the runner was enabled; it counts as a result and nothing ran. */
export type ResultStatus = Exclude<RunStatus, 'waiting'> | 'adopted';

export interface Result {
  readonly run: string;
  readonly attempt: number;
  readonly status: ResultStatus;
  readonly agent: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
  /** Commit whose tree held the definition. */
  readonly definition: string | null;
  readonly tasks: Readonly<Record<string, TaskStatus>>;
  /** Run variables that `public_variables` lists. */
  readonly variables: Readonly<Record<string, string>>;
  /** Subject and author date of the change, so that a rewritten history keeps its results. */
  readonly change: { readonly subject: string; readonly observedAt: number } | null;
  /** Said by hand or by recovery, such as whose claim was taken over. */
  readonly remark: string | null;
}
