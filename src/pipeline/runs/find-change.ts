// The change that a run is asked for, and how it stands.
import { standingOf } from '../../core/due.ts';
import { Failure } from '../../core/failure.ts';
import type { Watched } from '../../core/resource.ts';
import type { RunChange } from '../../core/run.ts';
import { type HistoryEntry, readChange } from '../../state/history.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Rooms } from '../rooms.ts';
import type { ChangeStanding } from './run-verbs.ts';

/** A change with the value that was recorded before it. */
interface FoundChange {
  readonly entry: HistoryEntry;
  readonly previous: string | null;
}

/** The newest change, or that of the commit which a prefix of its oid names; null where nothing was recorded so far.
 * `or below`: a commit that records no change stands for the newest one below it. Throws a Failure (`not-found`) where the
 * prefix names nothing of the kind. */
export async function findChange(
  resource: Watched,
  { prefix, meant }: { readonly prefix: string | null; readonly meant: 'its own' | 'or below' },
  { repository }: Pick<Rooms, 'repository'>,
): Promise<FoundChange | null> {
  let entry: HistoryEntry | null = null;
  let reached = prefix === null;
  for await (const commit of repository.firstParents(resource.tip)) {
    const isNamed = prefix !== null && commit.oid.startsWith(prefix.toLowerCase());
    reached ||= isNamed;
    const change = readChange(commit, resource.definition);
    if (change === null) continue;
    if (entry !== null) return { entry, previous: change.value };
    if (prefix === null || isNamed || (reached && meant === 'or below')) entry = change;
  }
  if (entry !== null) return { entry, previous: null };
  if (prefix === null || (reached && meant === 'or below')) return null;
  throw new Failure('not-found', 'no change of this resource has this commit: spread-cron history lists them', {
    name: resource.name,
    commit: prefix,
  });
}

/** A change as runs know it. */
export function changeFrom(
  { commit, message, value, observedAt }: HistoryEntry,
  { branch }: Pick<Watched, 'branch'>,
  previous: string | null,
): RunChange {
  return { commit, branch, message, value, previous, observedAt };
}

/** How a change stands by the notes and claims of a snapshot; `patience` as `core/due.ts` has it. */
export async function changeStanding(
  { entry, previous }: FoundChange,
  resource: Watched,
  snapshot: Snapshot,
  { results, memory, clock, patience }: Pick<Rooms, 'results' | 'memory' | 'clock'> & { readonly patience: number },
): Promise<ChangeStanding> {
  const { listing } = snapshot;
  const standing = standingOf(entry, {
    results: await results.of(listing, [entry.commit]),
    claims: await results.claims(listing),
    ours: new Set<string>(),
    agent: memory.agentId,
    now: clock.now(),
    patience,
    retriesWhenLost: resource.definition.run?.retriesWhenLost ?? 1,
  });
  return { change: changeFrom(entry, resource, previous), standing };
}
