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
  await Promise.all(
    subscriptions.map(async ({ kind, target, events: wanted }) => {
      // one after another, so that they arrive in order and a round of a thousand changes starts no thousand processes
      for (const event of events) {
        if (wanted?.has(event.event) === false) continue;
        try {
          await NOTIFIERS[kind].deliver(target, event, context, signal);
        } catch (error) {
          context.log.warn(`warning: nobody was told "${event.event}": ${describeFailure(toFailure(error))}`);
        }
      }
    }),
  );
}
