// Delivers events to everyone who asked for them. A delivery that fails is told and forgotten: it never stops a round.
import type { EventKind } from '../core/event-kind.ts';
import { describeFailure, toFailure } from '../core/failure.ts';
import type { Log } from '../system/log.ts';
import type { Event } from './event.ts';
import type { NotifyContext } from './notifier.ts';
import { NOTIFIERS, type NotifierKind } from './registry.ts';

/** One entry of `on_event`: who is told of which events (all of them where `events` is null). */
export interface Subscription {
  readonly kind: NotifierKind;
  readonly target: string;
  readonly events: ReadonlySet<EventKind> | null;
}

export async function deliver(
  events: readonly Event[],
  subscriptions: readonly Subscription[],
  context: NotifyContext & { readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const deliveries = subscriptions.flatMap((subscription) =>
    events
      .filter(({ event }) => subscription.events?.has(event) ?? true)
      .map(async (event) => {
        try {
          await NOTIFIERS[subscription.kind].deliver(subscription.target, event, context, signal);
        } catch (error) {
          context.log.warn(`warning: nobody was told "${event.event}": ${describeFailure(toFailure(error))}`);
        }
      }),
  );
  await Promise.all(deliveries);
}
