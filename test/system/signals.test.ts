import { describe, expect, it } from 'vitest';
import { onHangUp, stopOnSignals } from '../../src/system/signals.ts';

/** Hands a signal to the handlers that the code under test added, as the system would. */
function deliver(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', before: readonly unknown[]): void {
  for (const listener of process.listeners(signal)) if (!before.includes(listener)) listener(signal);
}

describe('stopping on signals', () => {
  it.each([
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const)('%s aborts, a %s after it ends at once with %i', (first, second, status) => {
    const before = [...process.listeners('SIGINT'), ...process.listeners('SIGTERM')];
    const told: unknown[] = [];
    const stopping = stopOnSignals({ onFirst: (signal) => told.push(signal), onSecond: (code) => told.push(code) });
    expect([stopping.signal.aborted, stopping.received()]).toEqual([false, null]);
    deliver(first, before);
    expect([stopping.signal.aborted, stopping.received()]).toEqual([true, first]);
    deliver(second, before);
    expect(told).toEqual([first, status]);
    stopping.close();
    expect([...process.listeners('SIGINT'), ...process.listeners('SIGTERM')]).toEqual(before);
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
