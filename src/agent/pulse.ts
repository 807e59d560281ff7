// Whether the agent gets on, for whoever watches over it from outside: that it answers, and that its rounds move.
import type { Failure } from '../core/failure.ts';
import type { Clock } from '../system/clock.ts';

/** How the agent is, at the moment of asking. */
export interface Pulse {
  /** End of the newest round in milliseconds since the epoch; null where none has ended so far. */
  readonly lastRoundAt: number | null;
  /** Why that round could not look at the remote; null where it could. */
  readonly remoteFailure: Failure | null;
  /** Nothing has moved for longer than slow checks explain: it hangs. */
  readonly late: boolean;
}

export interface PulseRecorder {
  /** A check ended: the round under way moves. */
  beat(): void;
  roundEnded(remoteFailure: Failure | null): void;
  read(): Pulse;
}

/** Least time without a beat that counts as late, in milliseconds: a check may wait for all its limits of time. */
const LEAST_LATE = 15 * 60_000;
/** So many intervals without a beat count as late. */
const LATE_INTERVALS = 3;

/** `interval` is the time between rounds in milliseconds. */
export function recordPulse(clock: Clock, interval: number): PulseRecorder {
  const allowed = Math.max(LATE_INTERVALS * interval, LEAST_LATE);
  let lastBeat = clock.monotonic();
  let lastRound: Omit<Pulse, 'late'> = { lastRoundAt: null, remoteFailure: null };
  const beat = () => {
    lastBeat = clock.monotonic();
  };
  return {
    beat,
    roundEnded(remoteFailure) {
      beat();
      lastRound = { lastRoundAt: clock.now(), remoteFailure };
    },
    read: () => ({ ...lastRound, late: clock.monotonic() - lastBeat > allowed }),
  };
}
