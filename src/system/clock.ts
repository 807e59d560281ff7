// The only door to the time of day and to waiting.
import { onAbort } from '../concurrency/on-abort.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A monotonic reading in milliseconds, for durations. */
  monotonic(): number;
  /** Waits; rejects with an AbortError as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
};

/** Longest time of one timer; a longer one would end at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Node's own promise of a timer listens to the signal once for each, which Node takes for a leak from eleven on. */
async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  for (let left = milliseconds; ; left -= LONGEST_TIMER) {
    await sleepOnce(Math.min(left, LONGEST_TIMER), signal);
    if (left <= LONGEST_TIMER) return;
  }
}

function sleepOnce(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const timer = setTimeout(() => {
      stopListening?.();
      resolve();
    }, milliseconds);
    const stopListening =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            clearTimeout(timer);
            reject(abortError(signal));
          });
  });
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('the wait was aborted', { cause: signal.reason }), { name: 'AbortError' });
}
