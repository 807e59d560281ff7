// A bound on how many pieces of work are under way at once, first come, first served.
import pLimit from 'p-limit';
import { onAbort } from './on-abort.ts';

/** Runs work as soon as there is room. Work that waits is given up as soon as its signal is aborted. */
export type Limit = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** At most `concurrency` pieces of work at once. Rejects with the signal's reason where the signal ends the wait. */
export function createLimit(concurrency: number): Limit {
  const limit = pLimit(concurrency);
  return (work, signal) => {
    if (signal === undefined) return limit(work);
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const stay = onAbort(signal, () => reject(signal.reason));
      limit(async () => {
        stay();
        signal.throwIfAborted();
        return work();
      }).then(resolve, reject);
    });
  };
}
