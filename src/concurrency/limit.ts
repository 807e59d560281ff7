// A bound on how many pieces of work are under way at once, first come, first served.
import { onAbort } from './on-abort.ts';

/** Runs work as soon as there is room: at once where there is. Work that waits is given up as soon as its signal is
 * aborted. */
export type Limit = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** Work that waits for room; a list of its own, since thousands wait in a round. */
interface Waiting {
  readonly start: () => void;
  state: 'waits' | 'gave up';
  next: Waiting | null;
}

/** At most `concurrency` pieces of work at once. Rejects with the signal's reason where the signal ends the wait. */
export function createLimit(concurrency: number): Limit {
  let running = 0;
  let first: Waiting | null = null;
  let last: Waiting | null = null;

  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    running++;
    try {
      return await work();
    } finally {
      running--;
      startNext();
    }
  };
  const startNext = () => {
    while (first !== null && running < concurrency) {
      const { start, state }: Waiting = first;
      first = first.next;
      if (state === 'waits') start();
    }
    if (first === null) last = null;
  };

  return (work, signal) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (running < concurrency) return run(work);
    return new Promise((resolve, reject) => {
      const start = () => {
        stay?.();
        run(work).then(resolve, reject);
      };
      const waiting: Waiting = { start, state: 'waits', next: null };
      const stay =
        signal &&
        onAbort(signal, () => {
          waiting.state = 'gave up';
          reject(signal.reason);
        });
      if (last === null) first = waiting;
      else last.next = waiting;
      last = waiting;
    });
  };
}
