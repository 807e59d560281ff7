// Ends running work that was cancelled, ran out of time or did too much: asked first, killed after a grace, given up
// where even that does not end it.
import { onAbort } from '../../concurrency/on-abort.ts';
import { Failure } from '../../core/failure.ts';

/** Milliseconds between the request to end and the kill, and between the kill and giving up. */
const GRACE = 2000;
/** Longest time that a timer can wait, in milliseconds; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface Stopper {
  /** Why the work was stopped; undefined where it was not. */
  readonly failure: Failure | undefined;
  /** Resolves when the work is given up, so that nobody waits for what hangs in the kernel. */
  readonly abandoned: Promise<void>;
  /** Stops the work; the first reason counts. */
  because(failure: Failure): void;
  /** The work has ended: nothing is signalled any more. */
  forget(): void;
}

/**
 * Watches over running work: stops it after `timeout` milliseconds, or when the signal is aborted, or when it is told
 * to. `ask` and `kill` signal the work; neither is called after `forget`.
 */
export function createStopper(options: {
  readonly ask: () => void;
  readonly kill: () => void;
  readonly signal: AbortSignal;
  readonly timeout: number | undefined;
  readonly timedOut: () => Failure;
}): Stopper {
  let failure: Failure | undefined;
  let abandon: () => void = () => {};
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  const because = (reason: Failure) => {
    if (failure !== undefined) return;
    failure = reason;
    clearTimeout(timer);
    options.ask();
    timer = setTimeout(() => {
      options.kill();
      timer = setTimeout(abandon, GRACE);
    }, GRACE);
  };
  const cancel = () => because(cancellation(options.signal));
  if (options.timeout !== undefined) {
    timer = setTimeout(() => because(options.timedOut()), Math.min(options.timeout, LONGEST_TIMER));
  }
  const stay = onAbort(options.signal, cancel);
  if (options.signal.aborted) cancel();
  return {
    get failure() {
      return failure;
    },
    abandoned,
    because,
    forget() {
      clearTimeout(timer);
      stay();
    },
  };
}

/** What is thrown where work was cancelled: the reason that was given, where it is a Failure, else `cancelled`. */
export function cancellation(signal: AbortSignal): Failure {
  if (signal.reason instanceof Failure) return signal.reason;
  return new Failure('cancelled', 'cancelled', {}, { cause: signal.reason });
}
