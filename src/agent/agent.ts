// The long-lived process: rounds at the interval, scheduled resources at their instants, rounds that commands ask for.
// Rounds never overlap; stopping lets a push in flight end and starts nothing new.
import type { CheckOutcome } from '../core/outcome.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { Clock } from '../system/clock.ts';

export interface AgentTools {
  /** One round, complete with narration and notifications. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void, signal: AbortSignal): Promise<RoundResult>;
  /** The earliest instant at which a resource with a schedule of its own is due; null where there is none. */
  nextScheduled(result: RoundResult): Promise<number | null>;
  /** Told after every round that looked at the remote: somebody elsewhere watches that this keeps coming. */
  heartbeat(signal: AbortSignal): Promise<void>;
  readonly clock: Clock;
  /** Milliseconds between rounds, before jitter. */
  readonly interval: number;
  /** Part of the interval by which a round may come earlier or later, 0 to 1. */
  readonly jitter: number;
  /** A random number from 0 to 1. */
  random(): number;
}

export interface Agent {
  /** Polls until the signal is aborted; resolves once the round under way has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** A round for a command: after the one under way. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void): Promise<RoundResult>;
}

/** Longest single wait: timers cannot hold more than 24 days, and a clock that was set is noticed. */
const LONGEST_WAIT = 3_600_000;

export function createAgent(tools: AgentTools): Agent {
  const { clock } = tools;
  const stopping = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();

  function oneAtATime(select: Selection, onOutcome: (outcome: CheckOutcome) => void): Promise<RoundResult> {
    const result = underWay.then(() => tools.round(select, onOutcome, stopping.signal));
    underWay = result.catch(() => undefined);
    return result;
  }

  async function poll(signal: AbortSignal): Promise<void> {
    let select: Selection = { kind: 'due' };
    let nextRound = clock.now();
    while (!signal.aborted) {
      if (select.kind === 'due') nextRound = clock.now() + jittered(tools);
      const result = await oneAtATime(select, () => {});
      if (result.snapshot !== null) await tools.heartbeat(signal);
      const scheduled = await tools.nextScheduled(result);
      const wake = Math.min(nextRound, scheduled ?? nextRound);
      await waitUntil(wake, clock, signal);
      select = clock.now() >= nextRound ? { kind: 'due' } : { kind: 'scheduled' };
    }
  }

  return {
    async run(signal) {
      const stop = () => stopping.abort();
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await poll(stopping.signal);
      } finally {
        signal.removeEventListener('abort', stop);
        await underWay;
      }
    },
    round: oneAtATime,
  };
}

function jittered(tools: AgentTools): number {
  return tools.interval * (1 + tools.jitter * (2 * tools.random() - 1));
}

async function waitUntil(instant: number, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && clock.now() < instant) {
    try {
      await clock.sleep(Math.min(instant - clock.now(), LONGEST_WAIT), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
