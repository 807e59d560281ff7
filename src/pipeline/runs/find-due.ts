// How the changes of every resource stand: which are due for a run, decided from git alone. For the agent that starts
// them, and for `status` that counts them.
import { type CatchUp, changesNeeded, type Due, dueChanges } from '../../core/due.ts';
import type { Watched } from '../../core/resource.ts';
import { formatSubject } from '../../core/subject.ts';
import { changesOf, type HistoryEntry } from '../../state/history.ts';
import type { Results } from '../../state/results.ts';
import { type Snapshot, watchedIn } from '../../state/snapshot.ts';
import type { Clock } from '../../system/clock.ts';
import type { LookTools } from '../look.ts';

export interface FindDueTools extends Omit<LookTools, 'snapshots'> {
  readonly results: Pick<Results, 'of' | 'ofRewritten' | 'exist' | 'claims'>;
  readonly clock: Clock;
  readonly agentId: string;
  readonly catchUp: CatchUp;
  /** Milliseconds that another agent's running line is believed. */
  readonly patience: number;
}

export interface DueRequest {
  readonly snapshot: Snapshot;
  /** True where a run of ours for this change waits or runs. */
  ours(commit: string): boolean;
  /** The runner is enabled for the first time. */
  readonly firstStart: boolean;
  /** The first look after the agent's start. */
  readonly atStart: boolean;
  /** Changes observed before may belong to a rewritten history; milliseconds since the epoch. */
  readonly rewrittenBefore: number;
  /** Changes of which that was asked, and answered with no: their history has no other result. Grows. */
  readonly notRewritten: Set<string>;
}

export interface FoundDue {
  readonly resource: Watched;
  readonly answer: Due<HistoryEntry>;
  /** True where somebody's claim may run out. */
  readonly claimed: boolean;
}

export async function findDue(request: DueRequest, tools: FindDueTools): Promise<readonly FoundDue[]> {
  const { snapshot, ours, firstStart, atStart } = request;
  const { listing } = snapshot;
  const watched = watchedIn(snapshot);
  const changes = new Map<Watched, readonly HistoryEntry[]>();
  for (const resource of watched) changes.set(resource, await changesFor(resource, tools));
  const all = [...changes].flatMap(([{ branch }, entries]) => entries.map((entry) => ({ ...entry, branch })));
  const found = await tools.results.of(
    listing,
    all.map(({ commit }) => commit),
  );
  const results = await withRewritten(found, all, request, tools);
  const claims = await tools.results.claims(listing);
  return [...changes].map(([resource, entries]) => ({
    resource,
    claimed: entries.some(({ commit }) => claims.has(commit)),
    answer: dueChanges<HistoryEntry>({
      changes: entries,
      results,
      claims,
      ours: new Set(entries.map(({ commit }) => commit).filter(ours)),
      // attempts that only our records know of are counted when a run is made
      attempts: new Map(),
      agent: tools.agentId,
      now: tools.clock.now(),
      patience: tools.patience,
      catchUp: tools.catchUp,
      firstStart,
      atStart,
      retriesWhenLost: resource.definition.run?.retriesWhenLost ?? 1,
    }),
  }));
}

/** As many of the newest changes as the decision looks at. */
async function changesFor(
  resource: Watched,
  { catchUp, newestChanges, repository }: FindDueTools,
): Promise<readonly HistoryEntry[]> {
  const needed = changesNeeded(catchUp);
  const newest = newestChanges.of(resource.branch);
  if (newest === null) return [];
  if (needed === 1) return [newest];
  const found: HistoryEntry[] = [];
  for await (const entry of changesOf(repository, resource.tip, resource.definition)) {
    found.push(entry);
    if (found.length === needed) break;
  }
  return found;
}

/** Older changes without a result may be those of a history that was rewritten: they keep the results that they had.
 * Newer ones are not asked for: it means reading all notes. */
async function withRewritten(
  found: Awaited<ReturnType<Results['of']>>,
  entries: readonly (HistoryEntry & { readonly branch: string })[],
  { snapshot, rewrittenBefore, notRewritten }: DueRequest,
  { results }: FindDueTools,
): Promise<Awaited<ReturnType<Results['of']>>> {
  const without = entries.filter(
    ({ commit, skipped, observedAt }) =>
      !skipped && observedAt < rewrittenBefore && !found.has(commit) && !notRewritten.has(commit),
  );
  if (without.length === 0 || !results.exist(snapshot.listing)) return found;
  const rewritten = await results.ofRewritten(
    snapshot.listing,
    without.map(({ commit, branch, message, value, observedAt }) => ({
      commit,
      branch,
      subject: formatSubject(message, value),
      observedAt,
    })),
  );
  for (const { commit } of without) if (!rewritten.has(commit)) notRewritten.add(commit);
  return rewritten.size === 0 ? found : new Map([...found, ...rewritten]);
}
