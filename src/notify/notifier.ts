// The contract of a notifier: one file per transport in notifiers/, exporting one value of this type, with one line in
// registry.ts.
import type { HttpClient } from '../system/http.ts';
import type { Processes } from '../system/process.ts';
import type { Event } from './event.ts';

export interface NotifyContext {
  readonly http: HttpClient;
  readonly processes: Processes;
  /** Complete environment for commands: the allow-list, nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces `${secret:NAME}` where the secret may go to that host. */
  readonly resolveSecrets: (text: string, host: string) => string;
}

export interface Notifier {
  /** Delivers one event to its target (a command line, a URL). Throws a Failure where it did not arrive; it may be called
   * for several events at once and must stop when the signal is aborted. */
  deliver(target: string, event: Event, context: NotifyContext, signal: AbortSignal): Promise<void>;
}
