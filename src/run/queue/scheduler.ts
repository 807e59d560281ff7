// The queue of runs: who waits, who starts, who is replaced; per resource, per concurrency group and for the whole agent.
// queue.ts decides; this waits until a delay is over, carries runs out and ends them.
import { Failure } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import { createRunQueue, type QueuedRun, type Start, type Submitted } from './queue.ts';

export type { QueuedRun, Submitted } from './queue.ts';

export interface SchedulerOptions {
  readonly clock: Clock;
  /** Runs at a time in all. */
  readonly atATime: number;
  /** Slots of concurrency groups; one that is not listed has 1. */
  readonly groups: Readonly<Record<string, number>>;
  /** Carries a run out to its end; `group` is the concurrency group whose slot it has. Called after `submit` has returned.
   * Never rejects. */
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
  /** Resolves when nothing waits and nothing runs; after `stop`, when nothing runs. */
  idle(): Promise<void>;
}

/** Everything happens on an event: a submission, the end of a run, a cancel, or the one timer for the delay that is over
 * next. A run that is asked to end has its slots until it has ended. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock } = options;
  const queue = createRunQueue(options);
  const running = new Map<string, AbortController>();
  let timer: { readonly at: number; readonly stop: () => void } | null = null;
  let awaited: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  let stopping = false;

  const carryOut = async ({ run, group }: Start, signal: AbortSignal) => {
    // whoever submitted it notes down first that it was accepted
    await Promise.resolve();
    try {
      await options.execute(run, group, signal);
    } finally {
      running.delete(run.id);
      queue.ended(run.id);
      proceed();
    }
  };
  const startReady = (monotonic: number) => {
    if (stopping) return;
    for (let start = queue.next(monotonic); start !== null; start = queue.next(monotonic)) {
      const controller = new AbortController();
      running.set(start.run.id, controller);
      void carryOut(start, controller.signal);
    }
  };
  /** One timer, for whichever delay is over first; one that comes too early sets the next. */
  const setTimer = () => {
    const at = stopping ? null : queue.nextDue();
    if (at !== null && timer !== null && timer.at <= at) return;
    timer?.stop();
    timer = at === null ? null : { at, stop: clock.after(Math.max(0, at - clock.monotonic()), isOver) };
  };
  const isOver = () => {
    timer = null;
    proceed();
  };
  const proceed = () => {
    startReady(clock.monotonic());
    setTimer();
    const reached = awaited.filter(({ holds }) => holds());
    if (reached.length === 0) return;
    awaited = awaited.filter((one) => !reached.includes(one));
    for (const { resolve } of reached) resolve();
  };
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      awaited.push({ holds, resolve });
      proceed();
    });
  const isQuiet = () => running.size === 0 && (stopping || queue.size() === 0);

  return {
    submit(run) {
      if (stopping) {
        const left = `${running.size} running and ${queue.size()} waiting are left`;
        return { kind: 'refused', why: `nothing new is accepted while stopping: ${left}` };
      }
      const at = { now: clock.now(), monotonic: clock.monotonic() };
      queue.learn(run);
      startReady(at.monotonic);
      const submitted = queue.submit(run, at);
      proceed();
      return submitted;
    },
    cancel(id) {
      const controller = running.get(id);
      if (controller !== undefined) {
        controller.abort(new Failure('cancelled', 'the run was cancelled'));
        return 'running';
      }
      if (!queue.cancel(id)) return null;
      proceed();
      return 'waiting';
    },
    counts: () => ({ waiting: queue.size(), running: running.size }),
    waiting: () => queue.waiting(),
    stop(how) {
      stopping = true;
      if (how === 'cancel') {
        for (const controller of running.values()) controller.abort(new Failure('cancelled', 'the agent is stopping'));
      }
      return until(() => running.size === 0);
    },
    idle: () => until(isQuiet),
  };
}
