// What chains look at: changes of other resources with their results, from the mirror's notes; and who watches whom.
import { chainFailure, chainProblems, unknownResource } from '../core/chain.ts';
import type { Failure } from '../core/failure.ts';
import type { Definition } from '../core/resource.ts';
import type { Result } from '../core/result.ts';
import { watchedResources } from '../extract/sources/result.ts';
import type { ChangeResults } from '../extract/step.ts';
import { changesOf, type HistoryEntry } from '../state/history.ts';
import type { Results } from '../state/results.ts';
import { type Snapshot, watchedIn } from '../state/snapshot.ts';
import { type LookTools, lookAtMirror } from './look.ts';

/** Changes whose results are read together: few at first, since most look at the newest alone. */
const FIRST_BATCH = 4;
const LARGEST_BATCH = 256;

/** Changes of another resource with their results, for a resource that watches it. */
export type ChainDoor = (watcher: string, watched: string) => Promise<AsyncIterable<ChangeResults>>;

/** A chain that leads back to its beginning is a Failure `definition` of everybody in it: it would feed itself for ever. */
export function createChainDoor(tools: LookTools, results: Pick<Results, 'of'>): ChainDoor {
  return async (watcher, watched) => {
    const snapshot = await lookAtMirror(tools);
    const circle = circlesOf(snapshot).get(watcher);
    if (circle !== undefined) throw chainFailure(circle);
    const resource = snapshot.resources.find(({ name }) => name === watched);
    if (resource === undefined)
      throw unknownResource(
        watched,
        snapshot.resources.map(({ name }) => name),
      );
    // what has no branch, or no usable definition, has no results so far
    if (resource.state !== 'watched') return nothing();
    return withResults(changesOf(tools.repository, resource.tip, resource.definition), (commits) =>
      results.of(snapshot.listing, commits),
    );
  };
}

/** Names of the resources that watch results of this one. */
export function watchersOf(name: string, snapshot: Snapshot): readonly string[] {
  return watchedIn(snapshot)
    .filter(({ definition }) => watchesOf(definition).includes(name))
    .map((resource) => resource.name);
}

/** What is wrong with a definition's place in the chains of its repository; null where nothing is. */
export function chainProblem(name: string, definition: Definition, snapshot: Snapshot): Failure | null {
  const circle = circlesOf(snapshot).get(name);
  if (circle !== undefined) return chainFailure(circle);
  const names = new Set(snapshot.resources.map((resource) => resource.name));
  const unknown = watchesOf(definition).find((watched) => !names.has(watched));
  return unknown === undefined ? null : unknownResource(unknown, names);
}

const known = new WeakMap<Snapshot['resources'], ReturnType<typeof chainProblems>>();

function circlesOf(snapshot: Snapshot): ReturnType<typeof chainProblems> {
  const found =
    known.get(snapshot.resources) ??
    chainProblems(
      snapshot.resources.map((resource) => ({
        name: resource.name,
        watches: 'definition' in resource ? watchesOf(resource.definition) : [],
      })),
    );
  known.set(snapshot.resources, found);
  return found;
}

function watchesOf({ extraction }: Definition): readonly string[] {
  return extraction.kind === 'steps' ? watchedResources(extraction.steps) : [];
}

/** Changes with their results, read in growing batches. */
export async function* withResults<Entry extends Pick<HistoryEntry, 'commit'>>(
  changes: AsyncIterable<Entry>,
  of: (commits: readonly string[]) => ReturnType<Results['of']>,
): AsyncGenerator<Entry & { readonly results: readonly Result[] }> {
  let batch: Entry[] = [];
  let size = FIRST_BATCH;
  const resolved = async () => {
    const found = await of(batch.map(({ commit }) => commit));
    const entries = batch.map((entry) => ({ ...entry, results: found.get(entry.commit) ?? [] }));
    batch = [];
    size = Math.min(size * 4, LARGEST_BATCH);
    return entries;
  };
  for await (const change of changes) {
    if (batch.push(change) === size) yield* await resolved();
  }
  if (batch.length > 0) yield* await resolved();
}

async function* nothing(): AsyncGenerator<ChangeResults> {
  // there are no changes to tell of
}
