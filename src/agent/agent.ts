// The long-lived process: rounds at the interval, scheduled resources at their instants, rounds that commands ask for.
// Rounds never overlap; stopping lets a push in flight end and starts nothing new.
import { onAbort } from '../concurrency/on-abort.ts';
import { describeFailure, toFailure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export interface AgentTools {
  /** One round, complete with narration and notifications. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void, signal: AbortSignal): Promise<RoundResult>;
  /** The earliest instant at which a resource with a schedule of its own is due; null where there is none. */
  nextScheduled(result: RoundResult): Promise<number | null>;
  /** Told after every round that looked at the remote: somebody elsewhere watches that this keeps coming. */
  heartbeat(signal: AbortSignal): Promise<void>;
  /** Told when the agent begins to wait for the next round. */
  rest(): void;
  readonly clock: Clock;
  readonly log: Log;
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
  /** One round of all that is due, with the heartbeat after it. */
  once(signal: AbortSignal): Promise<void>;
  /** Resolves when no round is under way. */
  settled(): Promise<unknown>;
  /** A round for a command: after the one under way. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void): Promise<RoundResult>;
}

/** Longest single wait in milliseconds: timers cannot hold more than 24 days, and a clock that was set is noticed. */
const LONGEST_WAIT = 3_600_000;
/** Least wait for a scheduled resource: one that stays due, for whatever reason, must not make the agent spin. */
const LEAST_WAIT = 1000;

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
    let nextRound = clock.monotonic();
    while (!signal.aborted) {
      if (select.kind === 'due') nextRound = clock.monotonic() + jittered(tools);
      const scheduled = await roundAndNext(select, signal);
      tools.rest();
      const untilScheduled = scheduled === null ? Number.POSITIVE_INFINITY : scheduled - clock.now();
      await pause(Math.min(nextRound - clock.monotonic(), Math.max(untilScheduled, LEAST_WAIT)), clock, signal);
      select = clock.monotonic() >= nextRound ? { kind: 'due' } : { kind: 'scheduled' };
    }
  }

  /** The next instant of a scheduled resource. A round that breaks is told, and the next one comes at the interval. */
  async function roundAndNext(select: Selection, signal: AbortSignal): Promise<number | null> {
    try {
      const result = await oneAtATime(select, () => {});
      if (result.snapshot !== null) await tools.heartbeat(signal);
      return await tools.nextScheduled(result);
    } catch (error) {
      tools.log.warn(`error: the round broke: ${describeFailure(toFailure(error))}`);
      return null;
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
    async once(signal) {
      const leave = onAbort(signal, () => stopping.abort());
      try {
        await roundAndNext({ kind: 'due' }, signal);
      } finally {
        leave();
      }
    },
    settled: () => underWay,
    round: oneAtATime,
  };
}

function jittered(tools: AgentTools): number {
  return tools.interval * (1 + tools.jitter * (2 * tools.random() - 1));
}

/** Waits, less than it was told where that is more than a timer should wait. */
async function pause(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return;
  try {
    await clock.sleep(Math.min(milliseconds, LONGEST_WAIT), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
