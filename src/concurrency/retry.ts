// Trying again: how often and after which wait, decided by the caller.

export interface RetryPolicy {
  /** Tries in all; 1 means none again. */
  readonly tries: number;
  /** Milliseconds before the next try, after `attempt` (from 1) ended with `error`. */
  readonly delay: (attempt: number, error: unknown) => number;
  readonly shouldRetry: (error: unknown) => boolean;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** What the work gives at its first success; its last error where no try is left or the error is not worth another. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= policy.tries || signal.aborted || !policy.shouldRetry(error)) throw error;
      await policy.sleep(policy.delay(attempt, error), signal);
    }
  }
}

/** Exponential backoff with full jitter in its upper half: between half of `base * 2^(attempt - 1)` and all of it, at
 * most `ceiling` milliseconds. `random` gives a number from 0 up to 1. */
export function backoff(
  attempt: number,
  options: { readonly base: number; readonly ceiling: number; readonly random: () => number },
): number {
  const whole = Math.min(options.ceiling, options.base * 2 ** (attempt - 1));
  return whole / 2 + (whole / 2) * options.random();
}
