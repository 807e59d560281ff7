// A round of checks as the verbs ask for it: joins rounds, the recorder and what is shared within a round.
import { formatInstant } from '../core/instant.ts';
import type { Watched } from '../core/resource.ts';
import { dryMemory } from '../state/memory.ts';
import { createRecorder, dryRecorder } from '../state/record.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { DISPATCHES_NOTHING } from './dispatch.ts';
import type { Rooms } from './rooms.ts';
import { type RoundRequest, type RoundResult, runRound } from './round.ts';
import { sharesRequest } from './shared-requests.ts';
import { ALWAYS, createOnce } from './step-context.ts';

export interface RoundMode {
  /** `dry-run` decides and tells but writes nothing. */
  readonly write: 'write' | 'dry-run';
  /** Told as each extraction begins, by the resource's name. */
  readonly onStart?: (resource: string) => void;
}

export function checkRound(rooms: Rooms, request: RoundRequest & RoundMode, signal: AbortSignal): Promise<RoundResult> {
  const { repository, clock, identity } = rooms;
  const dry = request.write === 'dry-run';
  const once = createOnce();
  let snapshot: Snapshot | null = null;
  const isShared = (resource: Watched) => snapshot !== null && sharesRequest(resource, snapshot);
  return runRound(
    {
      ...request,
      onPlan(planned, checks) {
        snapshot = planned;
        request.onPlan?.(planned, checks);
      },
    },
    {
      ...rooms,
      memory: dry ? dryMemory(rooms.memory) : rooms.memory,
      dispatcher: dry ? DISPATCHES_NOTHING : rooms.dispatcher,
      recorder: dry ? dryRecorder() : createRecorder({ repository, identity, clock }),
      // an observation that is made again must not be answered from before the push that was refused
      observe(resource, attempt, during) {
        request.onStart?.(resource.name);
        return rooms.observe(resource, { once: attempt === 1 && isShared(resource) ? once : ALWAYS }, during);
      },
      async notDue(resource, now) {
        const { checkedAt } = rooms.memory.resource(resource.name);
        if (checkedAt === null || checkedAt > now) return null;
        const next = await rooms.nextCheck(resource, checkedAt);
        if (next === null) return 'its schedule has no further instant';
        return next - slackOf(resource) <= now ? null : `not due before ${formatInstant(next)}`;
      },
    },
    signal,
  );
}

/** How much earlier a period may end, in milliseconds: rounds that cron starts every five minutes do not begin to the
 * second, and `every: 5m` means each of them. */
function slackOf({ definition: { timing } }: Watched): number {
  return timing.kind === 'every' ? Math.min(timing.milliseconds / 10, 30_000) : 0;
}
