// Whether a server turned a request away because there were too many, and when it takes requests again: Retry-After, and
// the RateLimit headers of forges and others (GitHub `x-ratelimit-*`, GitLab `ratelimit-*`).
import type { Answer } from './exchange.ts';

export interface RateLimit {
  /** Milliseconds from now until the server takes requests again; undefined where it does not say. */
  readonly wait: number | undefined;
  /** `spent`: the client used up what it may send; `busy`: the server would rather be asked later. */
  readonly why: 'spent' | 'busy';
}

/** Statuses of a server that may be busy. */
export const BUSY: ReadonlySet<number> = new Set([502, 503, 504]);
const FAMILIES = ['ratelimit', 'x-ratelimit'] as const;
/** Larger numbers of seconds are moments since the epoch, smaller ones count from now: both are in use. */
const EARLIEST_MOMENT = 1_000_000_000;

/** Null where the answer has nothing to do with how often the server was asked. `now` is in ms since the epoch. */
export function readRateLimit({ status, headers }: Answer, now: number): RateLimit | null {
  const retryAfter = parseRetryAfter(headers['retry-after'], now);
  const spent = FAMILIES.find((family) => /^\s*0+\b/.test(headers[`${family}-remaining`] ?? ''));
  // GitHub sends 403 for its limits too; without their headers it is about rights.
  const isLimit =
    status === 429 ||
    (status === 403 && (spent ?? retryAfter) !== undefined) ||
    (BUSY.has(status) && retryAfter !== undefined);
  if (!isLimit) return null;
  if (spent === undefined) return { wait: retryAfter, why: 'busy' };
  return { wait: retryAfter ?? parseReset(headers[`${spent}-reset`], now), why: 'spent' };
}

/** Milliseconds from now of a Retry-After header: seconds, or a date (RFC 9110 10.2.3); undefined for anything else. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseReset(value: string | undefined, now: number): number | undefined {
  if (value === undefined || !/^\s*\d+\s*$/.test(value)) return undefined;
  const seconds = Number(value);
  return seconds < EARLIEST_MOMENT ? seconds * 1000 : Math.max(0, seconds * 1000 - now);
}
