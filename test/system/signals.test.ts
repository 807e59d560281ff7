import { describe, expect, it } from 'vitest';
import { onHangUp, type StopSignal, stopInSteps, stopOnSignals } from '../../src/system/signals.ts';

/** Hands a signal to the handlers that the code under test added, as the system would. */
function deliver(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', before: readonly unknown[]): void {
  for (const listener of process.listeners(signal)) if (!before.includes(listener)) listener(signal);
}

const listeners = () => (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap((signal) => process.listeners(signal));

describe('stopping on signals', () => {
  it.each([
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGHUP', 'SIGTERM', 143],
  ] as const)('%s aborts, a %s after it ends at once with %i', (first, second, status) => {
    const before = listeners();
    const told: unknown[] = [];
    const stopping = stopOnSignals({ onFirst: (signal) => told.push(signal), onSecond: (code) => told.push(code) });
    expect([stopping.signal.aborted, stopping.cancel.aborted, stopping.received()]).toEqual([false, false, null]);
    deliver(first, before);
    expect([stopping.signal.aborted, stopping.cancel.aborted, stopping.received()]).toEqual([true, true, first]);
    deliver(second, before);
    expect(told).toEqual([first, status]);
    stopping.close();
    expect(listeners()).toEqual(before);
  });
});

describe('stopping in steps', () => {
  /** What has happened after each signal: nothing new starts, running work is cancelled, the end with a status. */
  const stepsOf = (signals: readonly StopSignal[]) => {
    const before = listeners();
    const last: number[] = [];
    const stopping = stopInSteps({ onLast: (status) => last.push(status) });
    const steps = signals.map((signal) => {
      deliver(signal, before);
      return [stopping.signal.aborted, stopping.cancel.aborted, ...last];
    });
    expect(stopping.received()).toBe(signals[0]);
    stopping.close();
    expect(listeners()).toEqual(before);
    return steps;
  };

  it.each([
    ['SIGINT', 'SIGINT', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 'SIGTERM', 143],
  ] as const)(
    '%s lets running work finish, %s then cancels it, %s then ends at once',
    (first, second, third, status) => {
      expect(stepsOf([first, second, third])).toEqual([
        [true, false],
        [true, true],
        [true, true, status],
      ]);
    },
  );

  it('SIGTERM cancels running work, whatever comes then ends at once', () => {
    expect(stepsOf(['SIGTERM', 'SIGINT'])).toEqual([
      [true, true],
      [true, true, 130],
    ]);
  });

  it('whoever is told that nothing new starts can see whether running work goes on', () => {
    const before = listeners();
    const stopping = stopInSteps({ onLast: () => {} });
    let cancelled: boolean | null = null;
    stopping.signal.addEventListener('abort', () => {
      cancelled = stopping.cancel.aborted;
    });
    deliver('SIGTERM', before);
    expect(cancelled).toBe(true);
    stopping.close();
  });
});

describe('hanging up', () => {
  it('calls back each time, until it is given its usual meaning back', () => {
    const before = process.listeners('SIGHUP');
    let calls = 0;
    const stop = onHangUp(() => {
      calls += 1;
    });
    deliver('SIGHUP', before);
    deliver('SIGHUP', before);
    stop();
    expect(calls).toBe(2);
    expect(process.listeners('SIGHUP')).toEqual(before);
  });
});
