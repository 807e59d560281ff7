// The history of a resource with what its runs ended in, side by side: for chains, `history` and pages.
import type { Definition } from '../core/resource.ts';
import type { Result } from '../core/result.ts';
import type { RefListing, Repository } from '../git/repository.ts';
import { changesOf, type HistoryEntry } from './history.ts';
import type { Results } from './results.ts';

/** A change and its results, in the order of their attempts; none where nothing ran. */
export interface ChangeWithResults extends HistoryEntry {
  readonly results: readonly Result[];
}

/** Notes that are read at once: few for who takes the first, more the further one goes. */
const BATCH = { first: 4, largest: 256 } as const;

/** All changes below a tip with the results that the listing's notes have, newest first, lazily. */
export async function* changesWithResults(
  source: {
    readonly repository: Repository;
    readonly results: Pick<Results, 'of'>;
    readonly listing: RefListing;
  },
  tip: string,
  messages: Pick<Definition, 'message' | 'aliases'>,
): AsyncIterable<ChangeWithResults> {
  let size: number = BATCH.first;
  let batch: HistoryEntry[] = [];
  for await (const change of changesOf(source.repository, tip, messages)) {
    batch.push(change);
    if (batch.length < size) continue;
    yield* await joined(source, batch);
    batch = [];
    size = Math.min(BATCH.largest, size * 2);
  }
  yield* await joined(source, batch);
}

async function joined(
  { results, listing }: { readonly results: Pick<Results, 'of'>; readonly listing: RefListing },
  batch: readonly HistoryEntry[],
): Promise<readonly ChangeWithResults[]> {
  const found = await results.of(
    listing,
    batch.map(({ commit }) => commit),
  );
  return batch.map((change) => ({ ...change, results: found.get(change.commit) ?? [] }));
}
