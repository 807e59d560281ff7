// When a resource is due. Answers only: the agent keeps the timers. Times are milliseconds since the epoch.
// Nothing of cron is loaded before the first resource with a cron expression asks.
import { Failure } from '../core/failure.ts';
import type { Timing } from '../core/resource.ts';

type CronModule = typeof import('./cron.ts');

let loading: Promise<CronModule> | undefined;

/** Loads the cron engine once, on first use. */
function cron(): Promise<CronModule> {
  loading ??= import('./cron.ts');
  return loading;
}

/** What is wrong with a schedule of a definition, or null; the vocabulary's `checkSchedule`. */
export async function checkSchedule(schedule: {
  readonly expression: string;
  readonly name: string;
}): Promise<string | null> {
  return (await cron()).checkCron(schedule.expression, schedule.name);
}

/** Of a resource: its timing, its name (which `H` hashes), and the agent's interval in milliseconds for those that name
 * no timing of their own. */
export interface Timed {
  readonly timing: Timing;
  readonly name: string;
  /** 0 where there is no interval: in a single round everything without a timing of its own is due. */
  readonly interval: number;
}

/** The first instant after `after` (the last check) at which a resource is due; null where its schedule has none. */
export async function nextDue(timed: Timed, after: number): Promise<number | null> {
  const { timing, name } = timed;
  switch (timing.kind) {
    case 'interval':
      return after + timed.interval;
    case 'every':
      return after + timing.milliseconds;
    case 'cron': {
      const { nextInstant } = await cron();
      return nextInstant(await timesOf(timing.expression, name), timing.timezone, after);
    }
    default:
      return timing satisfies never;
  }
}

/** The latest instant at or before `now`: what a resource without extract steps has as its value. For `every`, multiples
 * of the period since the epoch, so that all agents agree; for the interval there is none. */
export async function latestDue(timed: Omit<Timed, 'interval'>, now: number): Promise<number | null> {
  const { timing, name } = timed;
  switch (timing.kind) {
    case 'interval':
      return null;
    case 'every':
      return Math.floor(now / timing.milliseconds) * timing.milliseconds;
    case 'cron': {
      const { latestInstant } = await cron();
      return latestInstant(await timesOf(timing.expression, name), timing.timezone, now);
    }
    default:
      return timing satisfies never;
  }
}

/** True where a resource is due now. One that was never checked is due at once; instants that were missed count once. A
 * last check in the future (the clock was put back) does not hold it up. */
export async function isDue(timed: Timed, lastCheckedAt: number | null, now: number): Promise<boolean> {
  if (lastCheckedAt === null || lastCheckedAt > now) return true;
  const next = await nextDue(timed, lastCheckedAt);
  return next !== null && next <= now;
}

async function timesOf(expression: string, name: string) {
  const times = (await cron()).compileCron(expression, name);
  if (typeof times === 'string')
    throw new Failure('definition', 'the schedule cannot be used', { expression, found: times });
  return times;
}
