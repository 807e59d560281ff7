// The heartbeat: a request after every round, so that a service elsewhere notices when they stop coming.
import { describeFailure, toFailure } from '../core/failure.ts';
import type { HttpClient } from '../system/http.ts';
import type { Log } from '../system/log.ts';

/** Asks the URL; where that fails it is told and forgotten. */
export async function heartbeat(
  url: string,
  doors: { readonly http: HttpClient; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  try {
    await doors.http.request({ url, tries: 1 }, signal);
  } catch (error) {
    if (!signal.aborted) doors.log.warn(`warning: the heartbeat did not arrive: ${describeFailure(toFailure(error))}`);
  }
}
