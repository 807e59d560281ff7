// Looking at the repository for a command that only reads: never waits for a lock, and shows the mirror's last state
// where the remote cannot be asked.
import { Failure, toFailure } from '../core/failure.ts';
import type { RefListing, Repository } from '../git/repository.ts';
import type { NewestChanges, Tip } from '../state/history.ts';
import { type Snapshot, type Snapshots, watchedIn } from '../state/snapshot.ts';

export interface LookTools {
  readonly repository: Repository;
  readonly snapshots: Snapshots;
  readonly newestChanges: NewestChanges;
}

export interface Look {
  readonly snapshot: Snapshot;
  /** Why what is shown is the mirror's last state; null where the remote was asked just now. */
  readonly stale: Failure | null;
}

/** Throws the remote's Failure where nothing was ever mirrored. */
export function lookForReading(tools: LookTools, signal: AbortSignal): Promise<Look> {
  return againWhereDamaged(async () => {
    const { listing, stale } = await freshestListing(tools.repository, signal);
    return { snapshot: await understand(tools, listing), stale };
  });
}

async function freshestListing(
  repository: Repository,
  signal: AbortSignal,
): Promise<{ readonly listing: RefListing; readonly stale: Failure | null }> {
  let stale: Failure;
  try {
    const listing = await repository.listRefs(signal);
    if (await repository.sync(listing, { lock: 'try' }, signal)) return { listing, stale: null };
    stale = new Failure('locked', 'another process is bringing the mirror up to date');
  } catch (error) {
    stale = toFailure(error);
  }
  const listing = await repository.mirroredRefs();
  if (listing.branches.size === 0) throw stale;
  return { listing, stale };
}

/** Looking for a command that will write: the remote must answer, and the mirror's lock is waited for. */
export function lookForWriting(tools: LookTools, signal: AbortSignal): Promise<Snapshot> {
  return againWhereDamaged(async () => {
    const listing = await tools.repository.listRefs(signal);
    await tools.repository.sync(listing, { lock: 'wait' }, signal);
    return understand(tools, listing);
  });
}

/** What the mirror has now, our own pushes included; asks nobody. */
export function lookAtMirror(tools: LookTools): Promise<Snapshot> {
  return againWhereDamaged(async () => understand(tools, await tools.repository.mirroredRefs()));
}

/** The resources of a listing and their newest changes. */
async function understand(tools: LookTools, listing: RefListing): Promise<Snapshot> {
  const snapshot = await tools.snapshots.of(listing);
  await tools.newestChanges.learn(tipsOf(snapshot));
  return snapshot;
}

/** Damage that only reading finds is mended by the next sync: one more look finds the mirror whole. */
async function againWhereDamaged<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Failure && error.reason === 'mirror-damaged') return look();
    throw error;
  }
}

/** The tips whose newest change a snapshot needs. */
function tipsOf(snapshot: Snapshot): readonly Tip[] {
  return watchedIn(snapshot).map(({ branch, tip, definition }) => ({ branch, tip, messages: definition }));
}
