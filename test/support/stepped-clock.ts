// A clock that a test moves on by hand: sleepers wake when their time has come, and not before.
import type { Clock } from '../../src/system/clock.ts';

export interface SteppedClock extends Clock {
  /** Moves the time on and wakes whoever slept until then. */
  advance(milliseconds: number): void;
  /** Resolves as soon as somebody sleeps. */
  sleeping(): Promise<void>;
}

/** `start` is in milliseconds since the epoch. */
export function createSteppedClock(start = 0): SteppedClock {
  let now = start;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  let noticed: (() => void)[] = [];
  const after: Clock['after'] = (milliseconds, wake) => {
    const sleeper = { until: now + milliseconds, wake };
    sleepers.add(sleeper);
    for (const notice of noticed) notice();
    noticed = [];
    return () => sleepers.delete(sleeper);
  };
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const stop = after(milliseconds, resolve);
        signal?.addEventListener('abort', () => {
          stop();
          reject(signal.reason);
        });
      }),
    after,
    advance(milliseconds) {
      now += milliseconds;
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    sleeping: async () => {
      if (sleepers.size === 0) await new Promise<void>((resolve) => noticed.push(resolve));
    },
  };
}
