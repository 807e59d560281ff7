// The agent as it is run: reachable through its socket, telling whoever asked to be told.
import type { Failure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Repository } from '../git/repository.ts';
import { newsBetween } from '../pipeline/news.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Clock } from '../system/clock.ts';
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
  /** The agent begins to wait: a moment for what takes time. */
  onRest(): void;
}

export interface ServeTools extends Pick<AgentTools, 'nextScheduled' | 'interval' | 'jitter' | 'random'> {
  readonly repository: Repository;
  readonly clock: Clock;
  readonly log: Log;
  readonly socketPath: string;
  readonly pid: number;
  /** One round of checks. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void, signal: AbortSignal): Promise<RoundResult>;
  /** Tells the subscribers what happened in a round; never rejects. */
  tellSubscribers(result: RoundResult, signal: AbortSignal): Promise<void>;
  /** Asks the heartbeat URL, where one is configured; never rejects. */
  heartbeat(signal: AbortSignal): Promise<void>;
}

/** Serves until the signal is aborted. Whoever calls holds the lock of the state directory. */
export async function serveAgent(tools: ServeTools, hooks: AgentHooks, signal: AbortSignal): Promise<void> {
  const agent = createAgent({ ...tools, rest: hooks.onRest, round: narratedRound(tools, hooks) });
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
}

/** A round that tells the hooks and the subscribers what happens. */
function narratedRound(tools: ServeTools, hooks: AgentHooks): AgentTools['round'] {
  let latest: Snapshot | null = null;
  return async (select, onOutcome, signal) => {
    const tell = (outcome: CheckOutcome) => {
      hooks.onOutcome(outcome);
      onOutcome(outcome);
    };
    const result = await tools.round(select, tell, signal);
    if (result.snapshot !== null) {
      const news = latest === null ? [] : await newsBetween(latest, result.snapshot, tools.repository);
      for (const line of news) hooks.onNews(line);
      latest = result.snapshot;
    }
    hooks.onRound(result.snapshot, result.remoteFailure);
    await tools.tellSubscribers(result, signal);
    return result;
  };
}
