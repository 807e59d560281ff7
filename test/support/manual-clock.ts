// A clock that stands still until somebody sleeps on it: waiting takes no time, and every wait is written down.
import type { Clock } from '../../src/system/clock.ts';

export interface ManualClock extends Clock {
  /** The waits so far, in milliseconds. */
  readonly sleeps: readonly number[];
  advance(milliseconds: number): void;
}

/** `start` is in milliseconds since the epoch. Sleeping moves the time on by as much and ends at once. */
export function createManualClock(start = Date.UTC(2026, 0, 31, 12)): ManualClock {
  const sleeps: number[] = [];
  let passed = 0;
  const pass = (milliseconds: number) => {
    sleeps.push(milliseconds);
    passed += milliseconds;
  };
  return {
    sleeps,
    advance: (milliseconds) => {
      passed += milliseconds;
    },
    now: () => start + passed,
    monotonic: () => passed,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      pass(milliseconds);
    },
    after(milliseconds, act) {
      let stopped = false;
      pass(milliseconds);
      queueMicrotask(() => {
        if (!stopped) act();
      });
      return () => {
        stopped = true;
      };
    },
  };
}
