// Keeps the mirror equal to the remote: brings it up to date, takes in what was pushed, and replaces it when it is damaged.
// One process at a time writes, under the lock file beside the mirror; readers never wait for it.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import type { Disk } from '../../system/disk.ts';
import { acquireLock } from '../../system/lock.ts';
import type { Log } from '../../system/log.ts';
import type { Engine } from '../engine/engine.ts';
import type { PushOutcome } from '../push.ts';
import type { RefListing, RefUpdate, Repository } from '../repository.ts';
import { type Mirror, openMirror, replaceMirror, tellWriteFailures } from './mirror.ts';
import { isSameListing, refsOfListing } from './refs.ts';

export interface MirrorUpkeep {
  readonly sync: Repository['sync'];
  /** Takes what the remote accepted into the mirror; where that fails it is told, and the next sync fetches it. */
  remember(updates: readonly RefUpdate[], outcome: PushOutcome, signal: AbortSignal): Promise<void>;
  /** Reading did not find these objects: unless the remote lacks them too, the next sync rebuilds the mirror. */
  noteMissing(oids: readonly string[]): Promise<void>;
}

export interface MirrorUpkeepOptions {
  readonly mirror: Mirror;
  readonly engine: Engine;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** The remote without credentials, for messages. */
  readonly url: string;
}

export function createMirrorUpkeep({ mirror, engine, disk, clock, log, url }: MirrorUpkeepOptions): MirrorUpkeep {
  const { directory } = mirror;
  // Ids that a rebuild did not bring: whoever asks for these asks for something that the remote does not have.
  const hopeless = new Set<string>();
  const suspects = new Set<string>();
  let inspected = false;

  /** Does what the caller can go on without; a failure is told. */
  const attempt = async (consequence: string, act: () => Promise<void>): Promise<void> => {
    try {
      await tellWriteFailures(directory, act);
    } catch (error) {
      log.warn(`${consequence}: ${describeFailure(toFailure(error))}`);
    }
  };

  const withLock = (purpose: string, mode: 'wait' | 'try', signal: AbortSignal, act: () => Promise<void>) =>
    tellWriteFailures(directory, async () => {
      const lock = await acquireLock(`${directory}.lock`, { purpose, mode }, signal);
      try {
        await act();
      } finally {
        await lock.release();
      }
    });

  /** Everything fetched anew beside the damaged mirror, which stays readable until the new one takes its place. */
  const rebuild = async (listing: RefListing, signal: AbortSignal): Promise<void> => {
    log.warn(`the mirror of ${url} is damaged and fetched anew`);
    const fresh = `${directory}.fresh`;
    await disk.rm(fresh, { recursive: true, force: true });
    const draft = await openMirror(fresh, disk, clock);
    const refs = refsOfListing(listing);
    if (refs.size > 0) await engine.fetch(fresh, [...new Set(refs.values())], [], signal);
    await draft.refs.write(refs, listing.defaultBranch);
    await replaceMirror(fresh, directory, disk);
    engine.reset();
    for (const oid of suspects) hopeless.add(oid);
    suspects.clear();
  };

  /** The mirror's listing, or null where its refs are damaged. */
  const present = async (): Promise<RefListing | null> => {
    try {
      return await mirror.refs.listing();
    } catch (error) {
      if (error instanceof Failure && error.reason === 'mirror-damaged') return null;
      throw error;
    }
  };

  const bringUpToDate = async (listing: RefListing, signal: AbortSignal): Promise<void> => {
    const had = await present();
    if (had === null || (await mirror.isMarkedDamaged()) || !(await mirror.looksWhole()))
      return rebuild(listing, signal);
    // Another process may have done it while we waited for the lock.
    if (isSameListing(had, listing)) return;
    const refs = refsOfListing(listing);
    const known = new Set(refsOfListing(had).values());
    const wanted = [...new Set(refs.values())].filter((oid) => !known.has(oid));
    try {
      if (wanted.length > 0) await engine.fetch(directory, wanted, [...known], signal);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'mirror-damaged') throw error;
      return rebuild(listing, signal);
    }
    await mirror.refs.write(refs, listing.defaultBranch);
    await tidy(signal);
  };

  const tidy = (signal: AbortSignal) =>
    attempt('the packs of the mirror could not be joined', () => engine.tidy(signal));

  return {
    async sync(listing, { lock }, signal) {
      const had = await present();
      const sound = had !== null && !(await mirror.isMarkedDamaged()) && (inspected || (await mirror.looksWhole()));
      inspected = true;
      if (sound && isSameListing(had, listing)) return true;
      try {
        await withLock('brings the mirror up to date', lock, signal, () => bringUpToDate(listing, signal));
        return true;
      } catch (error) {
        if (error instanceof Failure && error.reason === 'locked') return false;
        throw error;
      }
    },

    async remember(updates, { results, pack }, signal) {
      const accepted = updates.filter(({ ref }) => results.get(ref)?.kind === 'accepted');
      if (accepted.length === 0) return;
      const keep = async () => {
        if (pack !== null) await mirror.storePack(pack);
        const refs = new Map(await mirror.refs.read());
        for (const { ref, expected, next } of accepted) {
          // The mirror may be older than the push: then it lacks what came between, and the next sync brings that.
          if ((refs.get(ref) ?? null) !== expected) continue;
          if (next === null) refs.delete(ref);
          else refs.set(ref, next);
        }
        await mirror.refs.write(refs, (await mirror.refs.listing()).defaultBranch);
        await tidy(signal);
      };
      await attempt('what was pushed is not in the mirror yet', () =>
        withLock('keeps what was pushed', 'wait', signal, keep),
      );
    },

    async noteMissing(oids) {
      const fresh = oids.filter((oid) => !hopeless.has(oid));
      if (fresh.length === 0) return;
      for (const oid of fresh) suspects.add(oid);
      await attempt('the damage of the mirror could not be noted', () => mirror.markDamaged());
    },
  };
}
