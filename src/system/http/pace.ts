// When the next request may go to a host: least time between two, and waits that the server asked for.

import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Clock } from '../clock.ts';

export interface Pace {
  /** Resolves when a request to this host may start, counted from the start of the one before; null where it may now. */
  turn(host: string, minDelay: number, signal: AbortSignal): Promise<void> | null;
  /** Throws a Failure `rate-limited` while the server does not want to be asked by this client. */
  assertWelcome(client: string): void;
  /** The server wants to be left alone for so many milliseconds; an hour at most is believed. */
  stayAway(client: string, milliseconds: number): void;
}

const LONGEST_ABSENCE = 3_600_000;
/** Hosts that are remembered; redirects may lead to ever new ones. */
const MOST_HOSTS = 1000;

export function createPace(clock: Clock): Pace {
  const lastStarts = new Map<string, number>();
  const absences = new Map<string, number>();
  return {
    turn(host, minDelay, signal) {
      const now = clock.monotonic();
      const last = lastStarts.get(host);
      const start = last === undefined ? now : Math.max(now, last + minDelay);
      remember(lastStarts, host, start);
      return start > now ? clock.sleep(start - now, signal) : null;
    },
    assertWelcome(client) {
      const until = absences.get(client);
      if (until === undefined) return;
      if (clock.now() < until) throw absenceFailure(until);
      absences.delete(client);
    },
    stayAway(client, milliseconds) {
      remember(absences, client, clock.now() + Math.min(milliseconds, LONGEST_ABSENCE));
    },
  };
}

function absenceFailure(until: number): Failure {
  return new Failure('rate-limited', 'the server asked to be left alone for a time, it is asked again afterwards', {
    until: formatInstant(until),
  });
}

function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_HOSTS && oldest !== undefined) map.delete(oldest);
}
