// The verbs of runs: what the command line asks for, and what it gets back.

import type { Standing } from '../../core/due.ts';
import type { RunChange, RunRecord } from '../../core/run.ts';
import type { RunPlan } from '../../core/run-plan.ts';
import type { LogPiece, LogStream } from '../../record/logs.ts';
import type { RunQuery } from '../../record/records.ts';

/** A run that somebody asks for. */
export interface RunRequest {
  /** Name of a resource, or path of a definition file. */
  readonly target: string;
  /** Change commit (or a prefix of its oid); null: the newest change, or none where the target is a file. Of what is due
   * a commit of another kind stands for the newest change below it: CI knows what was pushed last, and nothing else. */
  readonly commit: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly partition: string;
  readonly user: string;
  /** Why, as the user says. */
  readonly note: string | null;
  readonly workspace: 'keep' | 'as-defined';
  /** `due`: for a change that nobody carries out so far; it is claimed first, however many agents there are. */
  readonly when: 'asked' | 'due';
}

/** How the change of a request stands. */
export interface ChangeStanding {
  /** Null where nothing was recorded yet. */
  readonly change: RunChange | null;
  readonly standing: Standing;
}

/** Told of a run as it proceeds, first when it was accepted. */
export type OnRun = (run: RunRecord) => void;

export interface RunVerbs {
  /** How the change stands that a request is for, by what the notes and claims say now. */
  standing(request: Pick<RunRequest, 'target' | 'commit'>, signal: AbortSignal): Promise<ChangeStanding>;
  /** What a run would do; nothing is done. */
  plan(request: RunRequest, signal: AbortSignal): Promise<RunPlan>;
  /** Runs now, by the live agent where there is one, else by this process; resolves to the finished run. An aborted signal
   * cancels the run (or, by an agent, leaves it running: `cancel` is the verb for that). Throws a Failure `refused` where
   * the queue takes no more. */
  run(request: RunRequest, onRun: OnRun, signal: AbortSignal): Promise<RunRecord>;
  /** Runs the same change or request again, as the next attempt. */
  retry(reference: string, onRun: OnRun, signal: AbortSignal): Promise<RunRecord>;
  runs(query: RunQuery): Promise<readonly RunRecord[]>;
  /** By id prefix, NAME (its latest run) or NAME~1. Failures `not-found` (with the nearest name), `usage` (ambiguous, with candidates). */
  findRun(reference: string): Promise<RunRecord>;
  /** Cancels what waits or runs; the run as it is after that (a running one ends later). Failure `refused` where it has finished. */
  cancel(reference: string, signal: AbortSignal): Promise<RunRecord>;
  /** What a task printed. `follow` goes on until the task ends. */
  log(
    run: string,
    task: string,
    options: { readonly stream?: LogStream | undefined; readonly follow?: boolean | undefined },
    signal: AbortSignal,
  ): AsyncIterable<LogPiece>;
}
