// After a round: whoever asked for it is told what happened, by the agent and by a single check alike.
import type { CheckOutcome } from '../core/outcome.ts';
import type { RunRecord, RunStatus } from '../core/run.ts';
import { deliver, type Subscription } from '../notify/deliver.ts';
import { type Event, eventsOfOutcome, eventsOfRemote, eventsOfRun } from '../notify/event.ts';
import type { NotifyContext } from '../notify/notifier.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { reportFailure } from './outcome.ts';
import type { RoundResult } from './round.ts';

/** Milliseconds that deliveries have once we are told to stop: a transition that is counted must be told. */
const GRACE = 10_000;

export type RunBefore = () => Promise<{ readonly status: RunStatus } | null>;

export interface TellTools extends NotifyContext {
  readonly clock: Clock;
  readonly log: Log;
  /** URL of the resources repository, without credentials. */
  readonly repository: string;
  readonly subscriptions: readonly Subscription[];
}

/** Tells what happened in a round. Never rejects: what does not arrive is told in the log. */
export async function tellSubscribers(result: RoundResult, tools: TellTools, signal: AbortSignal): Promise<void> {
  const { clock, repository, subscriptions } = tools;
  if (subscriptions.length === 0) return;
  const now = clock.now();
  const error = result.remoteFailure === null ? null : reportFailure(result.remoteFailure, null);
  const events = [
    ...result.outcomes.flatMap((outcome: CheckOutcome) => eventsOfOutcome(outcome, repository, now)),
    ...eventsOfRemote(result.transition, error, repository, now),
  ];
  await tell(events, tools, signal);
}

/** The same for a run that ended. `before` says how the resource's run before it ended; asked only where somebody listens. */
export async function tellOfRun(run: RunRecord, before: RunBefore, tools: TellTools): Promise<void> {
  const { clock, repository, subscriptions } = tools;
  if (subscriptions.length === 0) return;
  await tell(eventsOfRun(run, await before(), repository, clock.now()), tools, new AbortController().signal);
}

async function tell(events: readonly Event[], tools: TellTools, signal: AbortSignal): Promise<void> {
  const { clock, subscriptions } = tools;
  if (events.length === 0) return;
  const over = new AbortController();
  let delivered = () => {};
  const stop = () => {
    delivered = clock.after(GRACE, () => over.abort());
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await deliver(events, subscriptions, tools, over.signal);
  } finally {
    signal.removeEventListener('abort', stop);
    delivered();
  }
}
