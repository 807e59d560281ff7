// A stage for the queue: runs go on until the test ends them, on a clock that the test moves.
import type { QueueSettings } from '../../src/core/run-definition.ts';
import {
  createScheduler,
  type QueuedRun,
  type Scheduler,
  type SchedulerOptions,
} from '../../src/run/queue/scheduler.ts';
import { createSteppedClock, type SteppedClock } from './stepped-clock.ts';

export interface RunStage {
  readonly scheduler: Scheduler;
  readonly clock: SteppedClock;
  /** Ids in the order of the starts. */
  readonly started: readonly string[];
  /** Ids that run, with the group whose slot they have. */
  readonly running: ReadonlyMap<string, string | null>;
  /** Why those were asked to end that were. */
  readonly asked: ReadonlyMap<string, unknown>;
  /** Submits a run, made now; what became of it. */
  submit(
    id: string,
    settings?: Partial<QueueSettings>,
    more?: Partial<QueuedRun>,
  ): ReturnType<Scheduler['submit']>['kind'];
  /** Submits, and says whom it superseded. */
  supersededBy(id: string, settings?: Partial<QueueSettings>, more?: Partial<QueuedRun>): readonly string[];
  /** Lets a run end, and what follows happen. */
  end(id: string): Promise<void>;
  /** Moves the clock on, and lets what follows happen. */
  pass(milliseconds: number): Promise<void>;
  /** Lets happen what is under way. */
  turn(): Promise<void>;
}

const SETTINGS: QueueSettings = {
  concurrency: 1,
  groups: [],
  limit: null,
  strategy: 'append',
  partitionLimit: null,
  startDelay: 0,
  startWithin: null,
};

/** Runs are of the resource `core` unless they say so. */
export function createRunStage(options: Partial<SchedulerOptions> = {}): RunStage {
  const clock = createSteppedClock(Date.UTC(2026, 0, 31, 12));
  const started: string[] = [];
  const running = new Map<string, string | null>();
  const asked = new Map<string, unknown>();
  const ends = new Map<string, () => void>();
  const scheduler = createScheduler({
    clock,
    atATime: Number.POSITIVE_INFINITY,
    groups: {},
    execute: (run, group, signal) =>
      new Promise((resolve) => {
        started.push(run.id);
        running.set(run.id, group);
        if (signal.aborted) asked.set(run.id, signal.reason);
        else signal.addEventListener('abort', () => asked.set(run.id, signal.reason), { once: true });
        ends.set(run.id, resolve);
      }),
    ...options,
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const submit: RunStage['submit'] = (id, settings = {}, more = {}) => submitted(id, settings, more).kind;
  const submitted = (id: string, settings: Partial<QueueSettings>, more: Partial<QueuedRun>) => {
    const run = { id, resource: 'core', partition: '', createdAt: clock.now(), ...more };
    return scheduler.submit({ ...run, settings: { ...SETTINGS, ...settings } });
  };
  return {
    scheduler,
    clock,
    started,
    running,
    asked,
    turn,
    submit,
    supersededBy(id, settings = {}, more = {}) {
      const result = submitted(id, settings, more);
      if (result.kind === 'refused') throw new Error(result.why);
      return result.superseded;
    },
    async end(id) {
      const resolve = ends.get(id);
      if (resolve === undefined) throw new Error(`${id} does not run`);
      ends.delete(id);
      running.delete(id);
      resolve();
      await turn();
    },
    async pass(milliseconds) {
      clock.advance(milliseconds);
      await turn();
    },
  };
}
