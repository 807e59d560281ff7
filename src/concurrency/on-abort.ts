// Listening to one AbortSignal from a thousand places: one listener for each signal, so that leaving costs the same
// however many listen, and Node sees no leak.

const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back once when the signal is aborted (not where it already is); gives what stops that. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const known = callbacksOf.get(signal);
  const callbacks = known ?? new Set();
  if (known === undefined) {
    callbacksOf.set(signal, callbacks);
    signal.addEventListener(
      'abort',
      () => {
        for (const call of callbacks) call();
        callbacks.clear();
      },
      { once: true },
    );
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
