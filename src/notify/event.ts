// The moments when somebody is told, as one JSON object each: the objects that `on_event` hands out.
import type { EventKind } from '../core/event-kind.ts';
import type { ErrorReport, Transition } from '../core/health.ts';
import { formatInstant } from '../core/instant.ts';
import type { CheckOutcome } from '../core/outcome.ts';

/** Fields are added, never renamed; absent values are null. */
export interface Event {
  readonly event: EventKind;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** URL of the resources repository, without credentials. */
  readonly repository: string;
  /** Null for events of the repository as a whole. */
  readonly resource: string | null;
  readonly branch: string | null;
  readonly message: string | null;
  readonly value: string | null;
  readonly previous: string | null;
  readonly commit: string | null;
  readonly error: ErrorReport | null;
  readonly failing_since: string | null;
}

/** The events of one outcome: a pushed change, and the start or end of failing. A re-baseline is no news. */
export function eventsOfOutcome(outcome: CheckOutcome, repository: string, now: number): readonly Event[] {
  const kinds: EventKind[] = [];
  const change = outcome.outcome === 'new' || outcome.outcome === 'changed';
  if (change && outcome.pushed && outcome.rebaselined !== true) kinds.push('changed');
  if (outcome.transition !== undefined) kinds.push(outcome.transition);
  const { resource, branch, message, value, previous, commit, error, failing_since } = outcome;
  return kinds.map((event) => ({
    event,
    at: formatInstant(now),
    repository,
    resource,
    branch,
    message,
    value,
    previous,
    commit,
    error,
    failing_since,
  }));
}

/** The event of the remote as a whole: nothing could be pushed or listed for a while, or can be again. */
export function eventsOfRemote(
  transition: Transition,
  error: ErrorReport | null,
  repository: string,
  now: number,
): readonly Event[] {
  if (transition === null) return [];
  return [
    {
      event: transition === 'failing' ? 'push-failing' : 'push-recovered',
      at: formatInstant(now),
      repository,
      resource: null,
      branch: null,
      message: null,
      value: null,
      previous: null,
      commit: null,
      error,
      failing_since: null,
    },
  ];
}
