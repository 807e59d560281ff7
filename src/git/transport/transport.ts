// How a remote is talked to: list its refs, send a push. Three ways: smart HTTP in process, a local git over its standard
// streams, and the git command as a whole.

import type { PushReport, PushRequest } from './receive-pack.ts';
import type { RemoteRefs } from './ref-listing.ts';

export interface Transport {
  /**
   * The refs whose names begin with one of the prefixes, in one exchange; a remote that cannot filter sends more. Throws
   * Failures: `remote-unreachable`, `authentication-failed`, `not-found`.
   */
  list(prefixes: readonly string[], signal: AbortSignal): Promise<RemoteRefs>;
  /**
   * One push request. Throws as `list` does; after `remote-unreachable` it is not known whether the remote acted on it.
   */
  push(request: PushRequest, signal: AbortSignal): Promise<PushReport>;
}
