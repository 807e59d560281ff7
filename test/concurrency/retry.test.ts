import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, type RetryPolicy, retry } from '../../src/concurrency/retry.ts';

const never = new AbortController().signal;

function policy(overrides: Partial<RetryPolicy> = {}) {
  const sleeps: number[] = [];
  return {
    sleeps,
    tries: 3,
    delay: (attempt: number) => attempt * 10,
    shouldRetry: () => true,
    sleep: async (milliseconds: number) => void sleeps.push(milliseconds),
    ...overrides,
  };
}

describe('retry', () => {
  it('gives the first success and waits only between tries', async () => {
    const asked = policy();
    const result = await retry(
      async (attempt) => {
        if (attempt < 3) throw new Error(`try ${attempt}`);
        return attempt;
      },
      asked,
      never,
    );
    expect([result, asked.sleeps]).toEqual([3, [10, 20]]);
  });

  it('throws the last error when no try is left', async () => {
    const asked = policy();
    let tries = 0;
    const work = async (attempt: number) => {
      tries++;
      throw new Error(`try ${attempt}`);
    };
    await expect(retry(work, asked, never)).rejects.toThrow('try 3');
    expect([tries, asked.sleeps]).toEqual([3, [10, 20]]);
  });

  it('does not try again what is not worth it', async () => {
    const asked = policy({ shouldRetry: (error) => error instanceof RangeError });
    let tries = 0;
    const work = async () => {
      tries++;
      throw tries === 1 ? new RangeError('once') : new TypeError('for good');
    };
    await expect(retry(work, asked, never)).rejects.toThrow('for good');
    expect(tries).toBe(2);
  });

  it('ends with the error that it has when the signal is aborted meanwhile', async () => {
    const stop = new AbortController();
    const work = async () => {
      stop.abort();
      throw new Error('broken');
    };
    await expect(retry(work, policy(), stop.signal)).rejects.toThrow('broken');
  });

  it('ends while it waits when the signal is aborted', async () => {
    const stop = new AbortController();
    const sleep = async () => {
      stop.abort(new Error('enough'));
      stop.signal.throwIfAborted();
    };
    await expect(retry(() => Promise.reject(new Error('broken')), policy({ sleep }), stop.signal)).rejects.toThrow(
      'enough',
    );
  });
});

it('backoff stays between half of the exponential wait and all of it, below the ceiling', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), share, (attempt, random) => {
      const wait = backoff(attempt, { base: 100, ceiling: 5000, random: () => random });
      const whole = Math.min(5000, 100 * 2 ** (attempt - 1));
      expect(wait).toBeGreaterThanOrEqual(whole / 2);
      expect(wait).toBeLessThanOrEqual(whole);
    }),
  );
});
