// The agent as it is run: alone on its state directory, reachable through its socket, telling whoever asked to be told.

import type { Failure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Repository } from '../git/repository.ts';
import { type Event, eventsOfOutcome, eventsOfRemote } from '../notify/event.ts';
import { newsBetween } from '../pipeline/news.ts';
import { reportFailure } from '../pipeline/outcome.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Clock } from '../system/clock.ts';
import { acquireLock } from '../system/lock.ts';
import type { Log } from '../system/log.ts';
import { type AgentTools, createAgent } from './agent.ts';
import { serveControl } from './control.ts';

/** What whoever runs the agent is told, for its narration. */
export interface AgentHooks {
  onOutcome(outcome: CheckOutcome): void;
  /** Branches or definitions came, went, were rewritten or edited since the last look. */
  onNews(news: string): void;
  /** After every round; `snapshot` null where the remote could not be looked at. */
  onRound(snapshot: Snapshot | null, remoteFailure: Failure | null): void;
}

export interface ServeTools extends Pick<AgentTools, 'nextScheduled' | 'interval' | 'jitter' | 'random'> {
  readonly repository: Repository;
  readonly clock: Clock;
  readonly log: Log;
  readonly socketPath: string;
  readonly lockPath: string;
  readonly pid: number;
  /** One round of checks. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void, signal: AbortSignal): Promise<RoundResult>;
  /** Delivers events to the subscribers; never rejects. */
  deliver(events: readonly Event[], signal: AbortSignal): Promise<void>;
  /** Asks the heartbeat URL, where one is configured; never rejects. */
  heartbeat(signal: AbortSignal): Promise<void>;
}

/** Polls until the signal is aborted. Throws a Failure `locked` where another process works on the state directory. */
export async function serveAgent(tools: ServeTools, hooks: AgentHooks, signal: AbortSignal): Promise<void> {
  const lock = await acquireLock(tools.lockPath, { purpose: 'spread-cron agent', mode: 'try' }, signal);
  try {
    const agent = createAgent({ ...tools, round: narratedRound(tools, hooks) });
    const control = await serveControl({
      path: tools.socketPath,
      repository: tools.repository.url,
      pid: tools.pid,
      round: agent.round,
    });
    try {
      await agent.run(signal);
    } finally {
      await control.close();
    }
  } finally {
    await lock.release();
  }
}

/** A round that tells the hooks and the subscribers what happens. */
function narratedRound(tools: ServeTools, hooks: AgentHooks): AgentTools['round'] {
  const { repository, clock } = tools;
  let latest: Snapshot | null = null;
  return async (select, onOutcome, signal) => {
    const events: Event[] = [];
    const result = await tools.round(
      select,
      (outcome) => {
        hooks.onOutcome(outcome);
        onOutcome(outcome);
        events.push(...eventsOfOutcome(outcome, repository.url, clock.now()));
      },
      signal,
    );
    if (result.snapshot !== null) {
      const news = latest === null ? [] : await newsBetween(latest, result.snapshot, repository);
      for (const line of news) hooks.onNews(line);
      latest = result.snapshot;
    }
    const error = result.remoteFailure === null ? null : reportFailure(result.remoteFailure, null);
    events.push(...eventsOfRemote(result.transition, error, repository.url, clock.now()));
    hooks.onRound(result.snapshot, result.remoteFailure);
    await tools.deliver(events, signal);
    return result;
  };
}
