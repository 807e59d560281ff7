// The same work asked for several times at once is done once.

/** Joins callers of the same key while its work is under way. */
export type SingleFlight = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Callers with a key that is in flight get the same promise, success or failure; when it has settled nothing is kept.
 * All callers of one key must expect the same type. */
export function createSingleFlight(): SingleFlight {
  const flights = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const flight = flights.get(key);
    if (flight !== undefined) return flight as Promise<T>;
    const started = Promise.resolve()
      .then(work)
      .finally(() => flights.delete(key));
    flights.set(key, started);
    return started;
  };
}
