// Cron expressions as sets of wall times, and the instants at which they are due in a time zone.
//
// Daylight saving: a time that the clocks skip is due as much later as they were put forward (02:30 at 03:30); a time
// that comes twice is due the first time only. Expressions for every hour just go on: once an hour, in real time.
// Day of month and day of week: where both are restricted (not `*`), either of them is enough.
import { validateDetailed } from 'node-cron';
import { type Zone, zoneOf } from '../core/zone.ts';
import { expandFields } from './cron-fields.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Zones are at most 14 hours ahead of UTC and 12 behind: a local day lies within these hours of its date in UTC. */
const AHEAD = 14 * 60 * MINUTE;
const BEHIND = 12 * 60 * MINUTE;
/** The rarest satisfiable expression is 29 February, eight years apart around 2100. */
const HORIZON = 9 * 366;

/** When an expression is due, in wall time. */
export interface CronTimes {
  /** Minutes since local midnight, ascending. */
  readonly minutesOfDay: readonly number[];
  readonly everyHour: boolean;
  /** `day` is a local midnight as wall time. */
  matchesDay(day: number): boolean;
}

const compiled = new Map<string, CronTimes | string>();
const REMEMBERED = 10_000;

/** The times of an expression for a resource of this name, or what is wrong with it; remembered. */
export function compileCron(expression: string, name: string): CronTimes | string {
  const expanded = expandFields(expression, name);
  if ('problem' in expanded) return expanded.problem;
  const plain = expanded.fields.join(' ');
  const known = compiled.get(plain);
  if (known !== undefined) return known;
  if (compiled.size >= REMEMBERED) compiled.clear();
  const times = compileFields(expanded.fields);
  compiled.set(plain, times);
  return times;
}

/** What is wrong with an expression, or null. An expression that can never be due is wrong. */
export function checkCron(expression: string, name: string): string | null {
  const times = compileCron(expression, name);
  return typeof times === 'string' ? times : null;
}

/** The first instant after another (milliseconds), or null where there is none within nine years. */
export function nextInstant(times: CronTimes, timezone: string | null, after: number): number | null {
  const zone = zoneOf(timezone);
  const today = wallDay(zone, after);
  // yesterday too: what was due late in a day whose end the clocks skipped, is due today
  for (let count = -1; count <= HORIZON; count++) {
    const day = today + count * DAY;
    if (!times.matchesDay(day)) continue;
    const instants = instantsOfDay(times, zone, day);
    const found = instants.at(instants.countUntil(after));
    if (found !== undefined) return found;
  }
  return null;
}

/** The last instant that is not after another (milliseconds), or null where there is none within nine years. */
export function latestInstant(times: CronTimes, timezone: string | null, now: number): number | null {
  const zone = zoneOf(timezone);
  const today = wallDay(zone, now);
  for (let count = -1; count <= HORIZON; count++) {
    const day = today - count * DAY;
    if (!times.matchesDay(day)) continue;
    const instants = instantsOfDay(times, zone, day);
    const until = instants.countUntil(now);
    if (until > 0) return instants.at(until - 1) ?? null;
  }
  return null;
}

function wallDay(zone: Zone, instant: number): number {
  return Math.floor((instant + zone.offsetAt(instant)) / DAY) * DAY;
}

/** The instants of a local day, ascending. */
interface Instants {
  at(index: number): number | undefined;
  /** How many of them are not after the given instant. */
  countUntil(instant: number): number;
}

function instantsOfDay(times: CronTimes, zone: Zone, day: number): Instants {
  const before = zone.offsetAt(day - AHEAD);
  const after = zone.offsetAt(day + DAY + BEHIND);
  const { minutesOfDay } = times;
  // almost every day: nothing is computed but what is asked for
  if (before === after) {
    const midnight = day - before;
    return {
      at: (index) => {
        const minute = minutesOfDay[index];
        return minute === undefined ? undefined : midnight + minute * MINUTE;
      },
      countUntil: (instant) => countUntil(minutesOfDay, (instant - midnight) / MINUTE),
    };
  }
  const instants = minutesOfDay.flatMap((minute) => {
    const wall = day + minute * MINUTE;
    const candidates = [wall - Math.max(before, after), wall - Math.min(before, after)];
    const valid = candidates.filter((instant) => instant + zone.offsetAt(instant) === wall);
    if (valid.length === 0) return times.everyHour ? [] : [wall - before];
    return times.everyHour ? valid : valid.slice(0, 1);
  });
  const ascending = [...new Set(instants)].sort((a, b) => a - b);
  return { at: (index) => ascending[index], countUntil: (instant) => countUntil(ascending, instant) };
}

/** How many of ascending numbers are at most `limit`. */
function countUntil(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compileFields(fields: readonly string[]): CronTimes | string {
  const checked = validateDetailed(fields.join(' '));
  const [error] = checked.errors;
  if (error !== undefined) return describe(error.field, error.value ?? '');
  if (!checked.valid || checked.fields === undefined) return 'not a cron expression';
  const { minute, hour, dayOfMonth, month, dayOfWeek } = checked.fields;
  const days = new Set(dayOfMonth.map(Number));
  const months = new Set(month.map(Number));
  const weekdays = new Set(dayOfWeek.map(Number));
  const anyDay = /^[*?]$/.test(fields[2] ?? '');
  const anyWeekday = /^[*?]$/.test(fields[4] ?? '');
  const minutesOfDay = hour.flatMap((h) => minute.map((m) => Number(h) * 60 + Number(m))).sort((a, b) => a - b);
  return {
    minutesOfDay,
    everyHour: new Set(hour.map(Number)).size === 24,
    matchesDay(day) {
      const date = new Date(day);
      if (!months.has(date.getUTCMonth() + 1)) return false;
      const byDay = days.has(date.getUTCDate());
      const byWeekday = weekdays.has(date.getUTCDay());
      return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
    },
  };
}

/** The words of node-cron's answer, as ours. */
function describe(field: string, value: string): string {
  if (field === 'dayOfMonth' && /^[\d,\-/*]+$/.test(value))
    return `day of month: ${value} never comes in the given months`;
  const name = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${name}: ${value} is not a cron field`;
}
