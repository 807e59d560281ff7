// One limit for each key, made when it is needed and forgotten when nobody uses it.
import { createLimit, type Limit } from './limit.ts';

/** Like Limit, for the work of one key. */
export type KeyedLimit = <T>(key: string, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** At most `concurrency` pieces of work at once for the same key; different keys do not wait for one another. */
export function createKeyedLimit(concurrency: number): KeyedLimit {
  const lanes = new Map<string, { readonly limit: Limit; users: number }>();
  return async (key, work, signal) => {
    const lane = lanes.get(key) ?? { limit: createLimit(concurrency), users: 0 };
    lanes.set(key, lane);
    lane.users++;
    try {
      return await lane.limit(work, signal);
    } finally {
      lane.users--;
      if (lane.users === 0) lanes.delete(key);
    }
  };
}

/** One piece of work at a time for the same key. */
export function createKeyedMutex(): KeyedLimit {
  return createKeyedLimit(1);
}
