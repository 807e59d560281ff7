// Time zones: the offset of a zone at an instant. Times are milliseconds; a wall time is a local time read as if it were
// UTC, so that local calendars need no type of their own.

/** Offsets change at quarters of an hour at the finest. */
const BLOCK = 900_000;
/** Offsets remembered per zone; all resources of a zone ask about the same few. */
const REMEMBERED = 4096;

export interface Zone {
  /** Milliseconds to add to an instant to get the wall time. */
  offsetAt(instant: number): number;
}

const UTC: Zone = { offsetAt: () => 0 };
const zones = new Map<string, Zone>();

/** The zone of an IANA name; null is UTC. Throws a RangeError for a name that is unknown: check it before. */
export function zoneOf(timezone: string | null): Zone {
  if (timezone === null || timezone === 'UTC') return UTC;
  const known = zones.get(timezone);
  if (known !== undefined) return known;
  const zone = createZone(timezone);
  zones.set(timezone, zone);
  return zone;
}

/** What is wrong with the name of a time zone, or null. */
export function checkTimezone(timezone: string): string | null {
  // a bare offset would be accepted, but follows no daylight saving and is mistaken for a zone
  if (!/^[A-Za-z]/.test(timezone)) return 'not a time zone: write a name such as Europe/London or UTC';
  try {
    zoneOf(timezone);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return 'an unknown time zone: write a name such as Europe/London or UTC';
    throw error;
  }
}

function createZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const remembered = new Map<number, number>();
  const read = (instant: number): number => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  };
  return {
    offsetAt(instant) {
      const block = Math.floor(instant / BLOCK);
      let offset = remembered.get(block);
      if (offset === undefined) {
        if (remembered.size >= REMEMBERED) remembered.clear();
        offset = read(block * BLOCK);
        remembered.set(block, offset);
      }
      return offset;
    },
  };
}
