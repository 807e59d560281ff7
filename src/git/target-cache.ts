// Bare caches of target repositories, shared by all runs: fetched under a lock, then checked out into `target/`.

import { Failure, toFailure } from '../core/failure.ts';
import type { TargetDefinition } from '../core/run-definition.ts';
import type { Clock } from '../system/clock.ts';
import { type Disk, diskErrorCode, systemDisk } from '../system/disk.ts';
import type { HttpClient } from '../system/http.ts';
import { acquireLock, type Lock } from '../system/lock.ts';
import type { Log } from '../system/log.ts';
import type { ConfiguredCredentials } from './credentials.ts';
import type { GitCommand } from './git-command.ts';
import { parseRemote, type Remote, remoteHost } from './remote-url.ts';
import { cachePlace } from './target/cache-place.ts';
import { diskFull } from './target/clone-failure.ts';
import { collectCaches } from './target/collect.ts';
import { fill, isLfsInstalled } from './target/fill.ts';
import { plant, takePacks } from './target/plant.ts';
import { createGitProgress } from './target/progress.ts';
import { accessTo, type RemoteAccess } from './target/remote-access.ts';
import { bringStore, openStore } from './target/store.ts';
import { sweepRepository } from './target/sweep.ts';
import { type WantedRef, wantedRef } from './target/wanted-ref.ts';
import type { RemoteRefs } from './transport/ref-listing.ts';

export interface CheckedOutTarget {
  /** The commit that is in `target/`. */
  readonly commit: string;
}

export interface TargetCache {
  /**
   * Brings the cache of the target's repository up to date and checks its ref out into a new directory, a repository of
   * its own. `onProgress` gets what git tells, line by line. Failures: `unreachable` (the target, or the clone was
   * interrupted), `not-found` (no such repository or ref, with what there is like it), `authentication-failed`,
   * `not-writable` (disk full), `refused`, `cancelled`. After any of them the next run starts from a sound cache.
   */
  checkout(
    target: TargetDefinition,
    directory: string,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<CheckedOutTarget>;
  /**
   * Clears away, a few seconds' to minutes' work for when nobody waits: joins packs, and removes caches that were not used
   * for `unusedFor` milliseconds. Those in use are left alone. Gives the names of what was removed.
   */
  collect(unusedFor: number, signal: AbortSignal): Promise<readonly string[]>;
}

/** How long a cache is kept that nobody uses, in milliseconds: what callers of `collect` give by default. */
export const UNUSED_CACHE_PERIOD = 30 * 24 * 3_600_000;

export interface TargetCacheOptions {
  /** Where the caches are; made where there is none. */
  readonly directory: string;
  readonly git: GitCommand;
  /** Lists http(s) remotes. */
  readonly http: HttpClient;
  readonly log: Log;
  readonly clock: Clock;
  /** Configured credentials of a host; else those in the address, or git's own helpers. */
  readonly credentialsOf?: ((host: string) => ConfiguredCredentials | undefined) | undefined;
  /** `copied` where runs are kept apart by a sandbox: a shared file of the cache could be written through `target/`.
   * Default: shared, which costs no time and no space. */
  readonly links?: 'shared' | 'copied' | undefined;
  readonly disk?: Disk | undefined;
}

export function createTargetCache(options: TargetCacheOptions): TargetCache {
  const { directory: root, git, http, log, clock, credentialsOf, links = 'shared', disk = systemDisk } = options;

  // Asked once: whoever installs it starts the agent anew.
  let lfsAnswer: boolean | null = null;
  const hasLfs = async (signal: AbortSignal) => {
    lfsAnswer ??= await isLfsInstalled(git, signal);
    return lfsAnswer;
  };

  /** One attempt; `mirror-damaged` says that the cache has been marked and the next attempt makes it anew. */
  const attempt = async (job: Job, signal: AbortSignal): Promise<CheckedOutTarget> => {
    const { remote, access, target, directory, wanted, listing, tell } = job;
    const place = cachePlace(root, remote, target);
    const onProgress = createGitProgress(tell, clock);
    const lfs = target.lfs ? { storage: place.lfs, installed: await hasLfs(signal) } : null;

    const locked = <T>(act: () => Promise<T>) => withLock(place.lock, remote.url, tell, signal, act);
    const brought = await locked(async () => {
      await disk.mkdir(place.root, { recursive: true });
      await disk.writeFile(place.used, String(clock.now()));
      let store = await openStore(place.repository, disk, clock);
      if (store === null) {
        const said = `the cache of ${remote.url} is damaged and cloned anew`;
        log.warn(said);
        tell(said);
        await disk.rm(place.repository, { recursive: true, force: true });
        store = await openStore(place.repository, disk, clock);
      }
      if (store === null) throw new Failure('internal', 'a new cache of a target cannot be read', { url: remote.url });
      const { depth, filter } = target;
      try {
        const found = await bringStore(
          store,
          wanted,
          listing,
          { git, disk, clock, access, target, onProgress },
          signal,
        );
        const origin = remote.kind === 'local' ? target.repository.trim() : remote.url;
        const plot = { disk, origin, wanted, head: listing.head, depth, filter, lfs: lfs?.installed === true, links };
        await plant(store, found, directory, plot);
        return { ...found, store };
      } catch (error) {
        // half a pack takes the space that the next try needs
        await sweepRepository(place.repository, disk);
        if (error instanceof Failure && error.reason === 'mirror-damaged') await store.markDamaged();
        throw error;
      }
    });
    const { commit, store } = brought;
    try {
      await fill(directory, { git, access, target, commit, lfs, onProgress, tell }, signal);
    } catch (error) {
      if (error instanceof Failure && error.reason === 'mirror-damaged') await locked(() => store.markDamaged());
      throw error;
    }
    // What a partial clone fetched as it checked out serves the next run too.
    if (target.filter !== null) await locked(() => shareBack(directory, store.directory));
    return { commit };
  };

  const shareBack = (directory: string, store: string) =>
    takePacks(`${directory}/.git/objects/pack`, `${store}/objects/pack`, { disk, links });

  const withLock = async <T>(
    path: string,
    url: string,
    tell: (line: string) => void,
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T> => {
    const lock = await lockOf(path, url, tell, signal);
    try {
      return await act();
    } finally {
      await lock.release();
    }
  };

  return {
    async checkout(target, directory, tell, signal) {
      const remote = parseRemote(target.repository);
      const credentials = credentialsOf?.(remoteHost(remote) ?? '');
      const access = accessTo(remote, { git, http, credentials });
      await assertFree(directory, disk);
      try {
        return await withSecondTry(
          async (asked) => {
            const listing = await access.list(target.ref, signal);
            const wanted = wantedRef(listing, target.ref, remote.url);
            return attempt({ remote, access, target: asked, directory, wanted, listing, tell }, signal);
          },
          { target, directory, remote, disk, tell },
        );
      } catch (error) {
        await disk.rm(directory, { recursive: true, force: true });
        if (signal.aborted)
          throw signal.reason instanceof Failure ? signal.reason : new Failure('cancelled', 'cancelled', {});
        throw asFailure(error, directory, remote);
      }
    },

    collect: (unusedFor, signal) => collectCaches({ directory: root, git, disk, clock }, unusedFor, signal),
  };
}

interface Job {
  readonly remote: Remote;
  readonly access: RemoteAccess;
  readonly target: TargetDefinition;
  readonly directory: string;
  readonly wanted: WantedRef;
  readonly listing: RemoteRefs;
  readonly tell: (line: string) => void;
}

/** Once more with a cache made anew; and with everything where the server does not give single commits. */
async function withSecondTry(
  checkout: (target: TargetDefinition) => Promise<CheckedOutTarget>,
  context: Pick<Job, 'target' | 'directory' | 'remote' | 'tell'> & { readonly disk: Disk },
): Promise<CheckedOutTarget> {
  const { target, directory, remote, tell, disk } = context;
  try {
    return await checkout(target);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { reason } = error;
    if (reason !== 'mirror-damaged' && reason !== 'tip-moved') throw error;
    const isShallow = target.depth !== null;
    if (reason === 'tip-moved' && !isShallow) throw noSuchCommit(error, remote);
    if (reason === 'tip-moved') tell('the server does not give this commit by itself: everything is fetched');
    await disk.rm(directory, { recursive: true, force: true });
    try {
      return await checkout(reason === 'tip-moved' ? { ...target, depth: null } : target);
    } catch (second) {
      if (second instanceof Failure && second.reason === 'tip-moved') throw noSuchCommit(second, remote);
      throw second;
    }
  }
}

function noSuchCommit({ details }: Failure, remote: Remote): Failure {
  return new Failure('not-found', 'the target has no such commit that its server would give, correct the ref', {
    url: remote.url,
    ref: details.ref,
  });
}

async function lockOf(path: string, url: string, tell: (line: string) => void, signal: AbortSignal): Promise<Lock> {
  const purpose = `fetches ${url}`;
  try {
    return await acquireLock(path, { purpose, mode: 'try' }, signal);
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'locked') throw error;
    tell(`waits for process ${error.details.pid}, which ${error.details.doing}`);
    return acquireLock(path, { purpose, mode: 'wait' }, signal);
  }
}

/** The directory must be new: what is there belongs to the definition. */
async function assertFree(directory: string, disk: Disk): Promise<void> {
  try {
    const found = await disk.lstat(directory);
    if (found.isDirectory() && (await disk.readdir(directory)).length === 0) return;
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  throw new Failure('refused', 'the definition has a target of its own there: remove it, or let it be the target', {
    directory,
  });
}

function asFailure(error: unknown, directory: string, remote: Remote): Failure {
  const code = diskErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return diskFull(directory);
  if (error instanceof Failure && error.reason === 'mirror-damaged')
    return new Failure('unreachable', 'the target could not be read, it may be damaged', {
      url: remote.url,
      git_said: error.details.git_said,
    });
  if (code !== null && !(error instanceof Failure))
    return new Failure(
      'not-writable',
      'the target could not be written, look at the directory',
      { directory, code },
      { cause: error },
    );
  return toFailure(error);
}
