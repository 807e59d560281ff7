import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';

describe('sleeping', () => {
  it('takes the time it says', async () => {
    const start = systemClock.monotonic();
    await systemClock.sleep(20);
    // Timers count whole milliseconds.
    expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(19);
  });

  it('ends when the signal is aborted, before and meanwhile, and says so with an AbortError', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError', cause: new Error('enough') });
    await expect(systemClock.sleep(0, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('for longer than a timer can be does not end at once', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(2 ** 40, stop.signal);
    const first = await Promise.race([sleeping.then(() => 'over'), systemClock.sleep(20).then(() => 'asleep')]);
    stop.abort();
    await expect(sleeping).rejects.toThrow();
    expect(first).toBe('asleep');
  });

  it('a hundred times on one signal is no leak to Node', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const stop = new AbortController();
    await Promise.all(Array.from({ length: 100 }, () => systemClock.sleep(1, stop.signal)));
    // Warnings come with the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });
});
