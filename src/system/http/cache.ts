// Kept answers that a server may confirm (304) instead of sending them again: none of megabytes, within a bound, and never
// for longer than a day without a full look.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Answer, Hop } from './exchange.ts';
import { validatorsOf } from './validators.ts';

export interface HttpCacheOptions {
  readonly clock: Clock;
  /** Bytes of the largest body that is kept; default 512 KB, which lists of releases have. */
  readonly maxBody?: number | undefined;
  /** Bytes in all; the answers that were not asked for the longest time go first. Default 16 MB. */
  readonly maxTotal?: number | undefined;
  /** Milliseconds after which the answer is fetched whole again; default one day. */
  readonly maxAge?: number | undefined;
}

/** A kept answer and how to ask whether it still holds. */
interface KeptAnswer {
  readonly validators: Readonly<Record<string, string>>;
  /** The kept answer with the headers that came with the confirmation. */
  confirmedBy(notModified: Answer): Answer;
}

export interface HttpCache {
  /** None where the kept body is larger than `maxSize`. */
  find(hop: Hop, maxSize: number): KeptAnswer | null;
  /** Takes note of what was answered: keeps it, or forgets what was kept. */
  keep(hop: Hop, answer: Answer): void;
  forget(hop: Hop): void;
}

interface Entry {
  readonly answer: Answer;
  readonly validators: Readonly<Record<string, string>>;
  readonly fetchedAt: number;
  readonly size: number;
}

/** What an entry costs besides its body: headers, key, objects. */
const OVERHEAD = 2048;
/** Requests with these are the caller's own affair. */
const OWN_CONDITIONS = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range', 'range'];

export function createHttpCache(options: HttpCacheOptions): HttpCache {
  const { maxBody = 512_000, maxTotal = 16_000_000, maxAge = 86_400_000 } = options;
  /** Least recently used first. */
  const entries = new Map<string, Entry>();
  let total = 0;

  const remove = (key: string) => {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };

  return {
    find(hop, maxSize) {
      const key = keyOf(hop);
      const entry = entries.get(key);
      if (entry === undefined || entry.answer.body.byteLength > maxSize) return null;
      const age = options.clock.now() - entry.fetchedAt;
      if (age < 0 || age >= maxAge) {
        remove(key);
        return null;
      }
      entries.delete(key);
      entries.set(key, entry);
      return {
        validators: entry.validators,
        confirmedBy: ({ headers }) => ({
          ...entry.answer,
          headers: { ...entry.answer.headers, ...ofRequest(headers) },
        }),
      };
    },
    keep(hop, answer) {
      const key = keyOf(hop);
      remove(key);
      const validators =
        isKeepable(hop, answer) && answer.body.byteLength <= maxBody ? validatorsOf(answer.headers) : null;
      if (validators === null) return;
      const size = answer.body.byteLength + OVERHEAD;
      entries.set(key, { answer, validators, fetchedAt: options.clock.now(), size });
      total += size;
      for (const oldest of entries.keys()) {
        if (total <= maxTotal) break;
        remove(oldest);
      }
    },
    forget: (hop) => remove(keyOf(hop)),
  };
}

function isKeepable(hop: Hop, answer: Answer): boolean {
  return (
    answer.status === 200 &&
    hop.method === 'GET' &&
    hop.body === undefined &&
    !OWN_CONDITIONS.some((name) => name in hop.headers) &&
    !/\bno-store\b/i.test(answer.headers['cache-control'] ?? '') &&
    answer.headers.vary?.trim() !== '*'
  );
}

/** Headers of a 304 less those about its own, empty body. */
function ofRequest(headers: Answer['headers']): Answer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('content-') && name !== 'transfer-encoding'),
  );
}

/** A request that is sent again each round is the same object. */
const keys = new WeakMap<Hop, string>();

/** URL and headers, credentials among them: as a digest, since it is kept. */
function keyOf(hop: Hop): string {
  const known = keys.get(hop);
  if (known !== undefined) return known;
  const key = createHash('sha256')
    .update(JSON.stringify([hop.url.href, Object.entries(hop.headers).sort()]))
    .digest('base64');
  keys.set(hop, key);
  return key;
}
