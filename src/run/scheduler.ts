// The queue of runs: who waits, who starts, who is replaced; per resource, per concurrency group and for the whole agent.
import type { QueueSettings } from '../core/run-definition.ts';
import type { Clock } from '../system/clock.ts';

/** A run as the queue sees it. */
export interface QueuedRun {
  readonly id: string;
  readonly resource: string;
  readonly partition: string;
  readonly settings: QueueSettings;
  /** Milliseconds since the epoch; the start delay counts from it. */
  readonly createdAt: number;
}

export type Submitted =
  | { readonly kind: 'accepted'; readonly superseded: readonly string[] }
  /** The queue is full, or we are stopping; `why` is for people. */
  | { readonly kind: 'refused'; readonly why: string };

export interface SchedulerOptions {
  readonly clock: Clock;
  /** Runs at a time in all. */
  readonly atATime: number;
  /** Slots of concurrency groups; one that is not listed has 1. */
  readonly groups: Readonly<Record<string, number>>;
  /** Carries a run out to its end; `group` is the concurrency group whose slot it has. Never rejects. */
  execute(run: QueuedRun, group: string | null, signal: AbortSignal): Promise<void>;
}

export interface Scheduler {
  submit(run: QueuedRun): Submitted;
  /** Cancels: `waiting` (its place is free now), `running` (asked to end), or null where it is not here. */
  cancel(id: string): 'waiting' | 'running' | null;
  counts(): { readonly waiting: number; readonly running: number };
  /** Ids of those that wait, in the order of their resource's queue. */
  waiting(): readonly string[];
  /** Nothing new starts and nothing is accepted. `finish`: what runs goes on to its end. `cancel`: it is ended. What
   * waited is left waiting. Resolves when nothing runs. May be called again to go from `finish` to `cancel`. */
  stop(how: 'finish' | 'cancel'): Promise<void>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}
