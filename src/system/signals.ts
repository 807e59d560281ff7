// The door to the signals that stop or reload the program.

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** What a process that was ended by the signal leaves as its status, as shells count. */
export const STOPPED_BY: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface Stopping {
  /** Aborted at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** The signal that came first, null where none has. */
  received(): StopSignal | null;
  /** Gives the signals back their usual meaning. */
  close(): void;
}

/**
 * Stops gently: the first SIGINT or SIGTERM aborts, so that what is running ends in order; `onSecond` is told of the
 * second with the status to end with, for whoever will not wait.
 */
export function stopOnSignals(options: {
  readonly onFirst: (signal: StopSignal) => void;
  readonly onSecond: (status: number) => void;
}): Stopping {
  const controller = new AbortController();
  let first: StopSignal | null = null;
  const stop = (signal: StopSignal) => {
    if (first !== null) return options.onSecond(STOPPED_BY[signal]);
    first = signal;
    options.onFirst(signal);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    received: () => first,
    close() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
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
