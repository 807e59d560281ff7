// The door to the signals that stop or reload the program.

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What a process that was ended by the signal leaves as its status, as shells count. */
export const STOPPED_BY: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

export interface Stopping {
  /** Aborted when nothing new is to start. */
  readonly signal: AbortSignal;
  /** Aborted when running work is to be cancelled too: together with `signal`, or later. */
  readonly cancel: AbortSignal;
  /** The signal that came first, null where none has. */
  received(): StopSignal | null;
  /** Gives the signals back their usual meaning. */
  close(): void;
}

/**
 * Stops gently: the first SIGINT, SIGTERM or SIGHUP (the terminal was closed) aborts both signals, so that what is
 * running ends in order; `onSecond` is told of the second with the status to end with, for whoever will not wait.
 */
export function stopOnSignals(options: {
  readonly onFirst: (signal: StopSignal) => void;
  readonly onSecond: (status: number) => void;
}): Stopping {
  return listenToSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], { ...options, firstOf: () => 'cancel' });
}

/**
 * Stops in steps, for whoever has work of its own running: the first SIGINT aborts `signal`, so that running work
 * finishes; SIGTERM, or a second SIGINT, aborts `cancel` as well; `onLast` is told of the one after that with the status
 * to end with.
 */
export function stopInSteps(options: { readonly onLast: (status: number) => void }): Stopping {
  // SIGHUP means something else to whoever lives on
  return listenToSignals(['SIGINT', 'SIGTERM'], {
    onFirst: () => {},
    onSecond: options.onLast,
    firstOf: (signal) => (signal === 'SIGINT' ? 'finish' : 'cancel'),
  });
}

/** `firstOf` says what the first signal means; whatever comes after it cancels, and what comes after that is last. */
function listenToSignals(
  signals: readonly StopSignal[],
  options: {
    readonly onFirst: (signal: StopSignal) => void;
    readonly onSecond: (status: number) => void;
    readonly firstOf: (signal: StopSignal) => 'finish' | 'cancel';
  },
): Stopping {
  const stopping = new AbortController();
  const cancelling = new AbortController();
  let first: StopSignal | null = null;
  const stop = (signal: StopSignal) => {
    if (cancelling.signal.aborted) return options.onSecond(STOPPED_BY[signal]);
    const means = first === null ? options.firstOf(signal) : 'cancel';
    if (first === null) {
      first = signal;
      options.onFirst(signal);
    }
    // whoever hears that nothing new starts can already see whether running work is cancelled
    if (means === 'cancel') cancelling.abort();
    stopping.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  return {
    signal: stopping.signal,
    cancel: cancelling.signal,
    received: () => first,
    close() {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}

/** Calls back at every SIGHUP instead of ending; the function that is returned gives it its usual meaning back. */
export function onHangUp(callback: () => void): () => void {
  process.on('SIGHUP', callback);
  return () => {
    process.off('SIGHUP', callback);
  };
}
