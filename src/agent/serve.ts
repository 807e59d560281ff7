// The agent as it is run: reachable through its socket, telling whoever asked to be told, running what changed.
import { onAbort } from '../concurrency/on-abort.ts';
import { describeFailure, type Failure, toFailure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Repository } from '../git/repository.ts';
import { newsBetween } from '../pipeline/news.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { OnRun } from '../pipeline/runs/run-verbs.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { type Agent, type AgentTools, createAgent } from './agent.ts';
import { type ControlTools, serveControl } from './control.ts';
import { type PulseRecorder, recordPulse } from './pulse.ts';

/** What whoever runs the agent is told, for its narration. */
export interface AgentHooks {
  onOutcome(outcome: CheckOutcome): void;
  /** Branches or definitions came, went, were rewritten or edited since the last look. */
  onNews(news: string): void;
  /** After every round; `snapshot` null where the remote could not be looked at. */
  onRound(snapshot: Snapshot | null, remoteFailure: Failure | null): void;
  /** A run was accepted, began, went on or ended. */
  onRun: OnRun;
  /** Nothing new starts any more, and these are left. */
  onStopping(left: { readonly running: number; readonly waiting: number }): void;
  /** The agent begins to wait: a moment for what takes time. */
  onRest(): void;
}

/** When the agent ends, and how. */
export interface AgentLife {
  /** `once`: one round, and what it starts to its end. */
  readonly rounds: 'for ever' | 'once';
  /** Aborted when nothing new is to start. */
  readonly stop: AbortSignal;
  /** Aborted when running work is to be cancelled too. */
  readonly cancel: AbortSignal;
  /** Aborted when somebody else is to go on: rounds do until what runs has ended, then this ends. */
  readonly handOver?: AbortSignal | undefined;
}

/** Runs, as the agent starts and stops them. */
export interface AgentRuns extends Omit<ControlTools, 'round' | 'pulse'> {
  /** Starts what is due, before the first round and after each. Never rejects. */
  startDue(signal: AbortSignal): Promise<void>;
  /** Nothing new starts; resolves when nothing runs. */
  stop(how: 'finish' | 'cancel'): Promise<void>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
  /** Calls back with the names of the resources that watch a result, when it is on the remote. */
  onResult(callback: (watchers: readonly string[]) => void): void;
}

export interface ServeTools extends Pick<AgentTools, 'nextScheduled' | 'interval' | 'jitter' | 'random'> {
  readonly repository: Repository;
  readonly clock: Clock;
  readonly log: Log;
  readonly socketPath: string;
  readonly pid: number;
  readonly runs: AgentRuns;
  /** One round of checks. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void, signal: AbortSignal): Promise<RoundResult>;
  /** Tells the subscribers what happened in a round; never rejects. */
  tellSubscribers(result: RoundResult, signal: AbortSignal): Promise<void>;
  /** Asks the heartbeat URL, where one is configured; never rejects. */
  heartbeat(signal: AbortSignal): Promise<void>;
}

const NEVER = new AbortController().signal;

/** Serves until it is told to stop and nothing runs any more. Whoever calls holds the lock of the state directory. */
export async function serveAgent(tools: ServeTools, hooks: AgentHooks, life: AgentLife): Promise<void> {
  const { runs, log } = tools;
  const pulse = recordPulse(tools.clock, tools.interval);
  const agent = createAgent({ ...tools, rest: hooks.onRest, round: narratedRound(tools, hooks, pulse) });
  runs.onResult((watchers) => {
    agent
      .round({ kind: 'named', patterns: watchers }, () => {})
      .catch((error: unknown) => {
        log.warn(`error: the round after a result broke: ${describeFailure(toFailure(error))}`);
      });
  });
  const control = await serveControl(
    { path: tools.socketPath, repository: tools.repository.url, pid: tools.pid },
    {
      ...runs,
      round: agent.round,
      pulse() {
        const read = pulse.read();
        // an agent that stops may wait long for what still runs
        return life.stop.aborted ? { ...read, late: false } : read;
      },
    },
  );
  const handedOver = new AbortController();
  async function handOver(): Promise<void> {
    const { running } = runs.counts();
    if (running > 0) log.info(`the new configuration counts when what runs has ended (${running})`);
    await runs.stop('finish');
    handedOver.abort();
  }
  // at once, and not when the round under way has ended
  const leave = [
    onAbort(life.handOver ?? NEVER, () => void handOver()),
    onAbort(life.stop, () => void runs.stop('finish')),
    onAbort(life.cancel, () => void runs.stop('cancel')),
  ];
  try {
    await runs.startDue(life.stop);
    if (life.rounds === 'once') await liveOnce(agent, runs, life.stop);
    else await agent.run(AbortSignal.any([life.stop, handedOver.signal]));
    await endRuns(runs, hooks, life);
  } finally {
    for (const stopListening of leave) stopListening();
    await control.close();
  }
}

/** One round, its runs, and what their results start. */
async function liveOnce(agent: Agent, runs: AgentRuns, stop: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  if (stop.aborted) return;
  await agent.once(stop);
  do {
    await Promise.race([runs.idle(), stopped]);
    await agent.settled();
    const { running, waiting } = runs.counts();
    if (running + waiting === 0) return;
  } while (!stop.aborted);
}

/** What runs ends by itself, or is cancelled as soon as that is asked for. */
async function endRuns(runs: AgentRuns, hooks: AgentHooks, { cancel }: AgentLife): Promise<void> {
  const left = runs.counts();
  if (left.running > 0) hooks.onStopping(left);
  await runs.stop(cancel.aborted ? 'cancel' : 'finish');
}

/** A round that tells the hooks and the subscribers what happens, and starts what is due then. */
function narratedRound(tools: ServeTools, hooks: AgentHooks, pulse: PulseRecorder): AgentTools['round'] {
  let latest: Snapshot | null = null;
  return async (select, onOutcome, signal) => {
    const tell = (outcome: CheckOutcome) => {
      pulse.beat();
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
    // also where the remote is away: what a crash left is in the records and the mirror
    await tools.runs.startDue(signal);
    await tools.tellSubscribers(result, signal);
    pulse.roundEnded(result.remoteFailure);
    return result;
  };
}
