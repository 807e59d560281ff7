// The only door to the time of day and to waiting.
import { onAbort } from '../concurrency/on-abort.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A monotonic reading in milliseconds, for durations. */
  monotonic(): number;
  /** Waits; rejects with an AbortError as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after that time; gives what stops that. */
  after(milliseconds: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
  after,
};

/** Longest time of one timer; a longer one would end at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Node's own promise of a timer listens to the signal once for each, which Node takes for a leak from eleven on. */
function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const stopTimer = after(milliseconds, () => {
      stopListening?.();
      resolve();
    });
    const stopListening =
      signal &&
      onAbort(signal, () => {
        stopTimer();
        reject(abortError(signal));
      });
  });
}

function after(milliseconds: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    timer = left > LONGEST_TIMER ? setTimeout(wait, LONGEST_TIMER, left - LONGEST_TIMER) : setTimeout(act, left);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('the wait was aborted', { cause: signal.reason }), { name: 'AbortError' });
}
