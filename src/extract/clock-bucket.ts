// Date buckets: which day, week, month … a moment belongs to in a time zone, written after a strftime format.
import { Failure } from '../core/failure.ts';
import { zoneOf } from '../core/zone.ts';

/** Days of the week as they are written, Monday first as in ISO 8601. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

type Weekday = (typeof WEEKDAYS)[number];

export interface BucketOptions {
  /** A format, see `checkFormat`. */
  readonly format: string;
  /** Name of the time zone database, such as `Europe/London`. */
  readonly timezone: string;
  /** Minutes after midnight, local time: earlier on any day there is nothing. */
  readonly notBefore?: number | undefined;
  /** Days on which there is something; absent means all. */
  readonly days?: readonly Weekday[] | undefined;
}

export type Bucket =
  | { readonly kind: 'value'; readonly value: string }
  /** The bucket has not begun. */
  | { readonly kind: 'nothing'; readonly why: string };

/** Local calendar date and time of day. */
interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const MONTHS: readonly string[] =
  'January February March April May June July August September October November December'.split(' ');
const DAYS: readonly string[] = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const DAY = 86_400_000;

/** The fields of a format, with the meaning that `date +FORMAT` gives them in the C locale. */
const FIELDS: Readonly<Record<string, (time: LocalTime) => string>> = {
  Y: (time) => String(time.year),
  y: (time) => pad(time.year % 100),
  C: (time) => pad(Math.floor(time.year / 100)),
  q: (time) => String(Math.ceil(time.month / 3)),
  m: (time) => pad(time.month),
  d: (time) => pad(time.day),
  H: (time) => pad(time.hour),
  M: (time) => pad(time.minute),
  j: (time) => pad(dayOfYear(time), 3),
  u: (time) => String(weekdayOf(time)),
  w: (time) => String(weekdayOf(time) % 7),
  a: (time) => nameOf(DAYS, weekdayOf(time)).slice(0, 3),
  A: (time) => nameOf(DAYS, weekdayOf(time)),
  b: (time) => nameOf(MONTHS, time.month).slice(0, 3),
  B: (time) => nameOf(MONTHS, time.month),
  G: (time) => String(isoWeek(time).year),
  g: (time) => pad(isoWeek(time).year % 100),
  V: (time) => pad(isoWeek(time).week),
  F: (time) => `${time.year}-${pad(time.month)}-${pad(time.day)}`,
  '%': () => '%',
};

/** The bucket of a moment (milliseconds since the epoch). The format and the time zone must have been checked. */
export function bucketAt(now: number, options: BucketOptions): Bucket {
  const time = localTime(now, options.timezone);
  const today = WEEKDAYS[weekdayOf(time) - 1];
  if (options.days !== undefined && today !== undefined && !options.days.includes(today))
    return { kind: 'nothing', why: `not on this day of the week (${today})` };
  if (options.notBefore !== undefined && time.hour * 60 + time.minute < options.notBefore) {
    const from = `${pad(Math.floor(options.notBefore / 60))}:${pad(options.notBefore % 60)}`;
    return { kind: 'nothing', why: `not before ${from} (${options.timezone})` };
  }
  return { kind: 'value', value: formatTime(time, options.format) };
}

/** Throws a Failure (`definition`) for a format with no field or with an unknown one. Fields are those of `date`:
 * `%Y %y %C %q %m %d %H %M %j %u %w %a %A %b %B %G %g %V %F %%`, a `-` after the `%` leaves out leading zeros. */
export function checkFormat(format: string): void {
  const fields = [...format.matchAll(/%(-?)(.?)/gsu)].map(([written, , field]) => ({ written, field: field ?? '' }));
  if (fields.every(({ field }) => field === '%'))
    throw new Failure('definition', 'the format has no field, write one such as %Y%m%d', { format });
  for (const { written, field } of fields) {
    if (['S', 's', 'N', 'T', 'r', 'c', 'X'].includes(field))
      throw new Failure('definition', 'seconds change at every look, the smallest field is %M', { field: written });
    if (!Object.hasOwn(FIELDS, field))
      throw new Failure('definition', 'the format has an unknown field', {
        field: written,
        known: Object.keys(FIELDS).join(' '),
      });
  }
}

function formatTime(time: LocalTime, format: string): string {
  return format.replace(/%(-?)(.)/gsu, (written, bare: string, field: string) => {
    const text = FIELDS[field]?.(time);
    if (text === undefined) return written;
    return bare === '' ? text : text.replace(/^0+(?=\d)/, '');
  });
}

function localTime(now: number, timezone: string): LocalTime {
  const wall = new Date(now + zoneOf(timezone).offsetAt(now));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
  };
}

/** Days since the epoch of a calendar date. */
function dayNumber(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / DAY;
}

function dayOfYear({ year, month, day }: LocalTime): number {
  return dayNumber(year, month, day) - dayNumber(year, 1, 1) + 1;
}

/** 1 for Monday to 7 for Sunday; the epoch was a Thursday. */
function weekdayOf({ year, month, day }: LocalTime): number {
  return ((((dayNumber(year, month, day) + 3) % 7) + 7) % 7) + 1;
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(time: LocalTime): { readonly year: number; readonly week: number } {
  const thursday = dayNumber(time.year, time.month, time.day) - weekdayOf(time) + 4;
  const start = dayNumber(time.year, 1, 1);
  const next = dayNumber(time.year + 1, 1, 1);
  if (thursday < start) return { year: time.year - 1, week: weekOf(thursday - dayNumber(time.year - 1, 1, 1)) };
  if (thursday >= next) return { year: time.year + 1, week: 1 };
  return { year: time.year, week: weekOf(thursday - start) };
}

function weekOf(daysIntoYear: number): number {
  return Math.floor(daysIntoYear / 7) + 1;
}

function nameOf(names: readonly string[], position: number): string {
  return names[position - 1] ?? '';
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, '0');
}
