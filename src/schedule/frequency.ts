// How often a schedule is due, for whoever reckons what it costs.
import { compileCron, nextInstant } from './cron.ts';

const DAY = 86_400_000;
/** A Monday. */
const WEEK_BEGINS = Date.UTC(2026, 0, 5);

/** Times a day on the average of a week; 0 for an expression that is none. */
export function runsPerDay(expression: string): number {
  const times = compileCron(expression, '');
  if (typeof times === 'string') return 0;
  let count = 0;
  const end = WEEK_BEGINS + 7 * DAY;
  for (let at = nextInstant(times, null, WEEK_BEGINS - 1); at !== null && at < end; at = nextInstant(times, null, at))
    count += 1;
  return Math.round(count / 7);
}
