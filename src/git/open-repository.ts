// The resources repository: joins a way to the remote, the mirror and an engine into the contract of repository.ts.
import { describeFailure, Failure, toFailure } from '../core/failure.ts';
import { type Clock, systemClock } from '../system/clock.ts';
import { type Disk, systemDisk } from '../system/disk.ts';
import type { HttpClient } from '../system/http.ts';
import { acquireLock, type Lock } from '../system/lock.ts';
import type { Log } from '../system/log.ts';
import type { Processes } from '../system/process.ts';
import { createCheckout } from './checkout.ts';
import { createCommandTransport } from './command-transport.ts';
import { type ConfiguredCredentials, createCredentials } from './credentials.ts';
import type { Engine } from './engine.ts';
import { createGitEngine } from './engine-git.ts';
import { createIsomorphicEngine } from './engine-isomorphic.ts';
import { createGitCommand, type GitCommand, isGitInstalled } from './git-command.ts';
import { createLocalTransport } from './local-transport.ts';
import { type Mirror, openMirror, replaceMirror, writeFailure } from './mirror.ts';
import { isSameListing, refsOfListing } from './mirror-refs.ts';
import { createObjectReader } from './object-reader.ts';
import { type PushOutcome, pushRefs } from './push.ts';
import { OUR_PREFIXES, toListing } from './ref-listing.ts';
import { parseRemote, type Remote, remoteHost } from './remote-url.ts';
import type { RefListing, RefUpdate, Repository } from './repository.ts';
import { createSmartHttp, type SmartHttp } from './smart-http.ts';
import type { Transport } from './transport.ts';

export interface OpenRepositoryOptions {
  /** Any address that parseRemote admits; credentials in it are used and never shown. */
  readonly url: string;
  /** Directory of the bare mirror; made where there is none. Its lock is the file of that name with `.lock` behind it. */
  readonly directory: string;
  readonly http: HttpClient;
  readonly processes: Processes;
  readonly log: Log;
  /** The environment that the git command gets. */
  readonly env: Readonly<Record<string, string>>;
  readonly credentials?: ConfiguredCredentials | undefined;
  /** Default: git where it is installed, else isomorphic-git. */
  readonly engine?: 'git' | 'isomorphic-git' | undefined;
  /** Refs in one push; default 5,000, 3 on GitLab, 5 on Bitbucket. */
  readonly maxPushRefs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly disk?: Disk | undefined;
}

/**
 * Opens the repository; asks nothing of the remote yet. Throws Failures: `refused` (the address), `configuration` (an
 * address that needs the git command, which is not installed), `mirror-damaged` (the directory cannot be written).
 */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const { directory, log, disk = systemDisk, clock = systemClock } = options;
  const remote = parseRemote(options.url);
  const engineName = options.engine ?? ((await isGitInstalled(disk, options.env)) ? 'git' : 'isomorphic-git');
  if (engineName === 'isomorphic-git' && remote.kind !== 'http')
    throw new Failure('configuration', 'this address needs the git command, install git or use an https address', {
      url: remote.url,
    });
  const git = engineName === 'git' ? createGitCommand(options.processes, options.env) : null;
  const mirror = await opened(() => openMirror(directory, disk, clock), directory);
  const { transport, engine } = assemble({ options, remote, git, mirror, disk });
  const maxRefs = options.maxPushRefs ?? largestPush(remote);

  // Ids that a rebuild did not bring: whoever asks for these asks for something that the remote does not have.
  const hopeless = new Set<string>();
  const suspects = new Set<string>();
  const reader = createObjectReader(engine, async (oids) => {
    const fresh = oids.filter((oid) => !hopeless.has(oid));
    if (fresh.length === 0) return;
    for (const oid of fresh) suspects.add(oid);
    await attempt('the damage of the mirror could not be noted', () => mirror.markDamaged());
  });

  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      log.warn(`${what}: ${describeFailure(toFailure(writeFailure(error, directory)))}`);
    }
  };

  const withLock = async <T>(
    purpose: string,
    mode: 'wait' | 'try',
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T> => {
    const lock: Lock = await opened(() => acquireLock(`${directory}.lock`, { purpose, mode }, signal), directory);
    try {
      return await opened(act, directory);
    } finally {
      await lock.release();
    }
  };

  /** Everything fetched anew beside the damaged mirror, which stays readable until the new one takes its place. */
  const rebuild = async (listing: RefListing, signal: AbortSignal): Promise<void> => {
    log.warn(`the mirror of ${remote.url} is damaged and fetched anew`);
    const fresh = `${directory}.fresh`;
    await disk.rm(fresh, { recursive: true, force: true });
    const draft = await openMirror(fresh, disk, clock);
    const wanted = [...new Set(refsOfListing(listing).values())];
    if (wanted.length > 0) await engine.fetch(fresh, wanted, [], signal);
    await draft.refs.write(refsOfListing(listing), listing.defaultBranch);
    await replaceMirror(fresh, directory, disk);
    engine.reset();
    for (const oid of suspects) hopeless.add(oid);
    suspects.clear();
  };

  /** The mirror's listing, or null where it is damaged. */
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
    if (isSameListing(had, listing)) return;
    const known = new Set(refsOfListing(had).values());
    const wanted = new Set([...refsOfListing(listing).values()].filter((oid) => !known.has(oid)));
    try {
      if (wanted.size > 0) await engine.fetch(directory, [...wanted], [...known], signal);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'mirror-damaged' || error.details.code !== undefined)
        throw error;
      return rebuild(listing, signal);
    }
    await mirror.refs.write(refsOfListing(listing), listing.defaultBranch);
    await attempt('the packs of the mirror could not be joined', () => engine.tidy(signal));
  };

  /** What the remote took goes into the mirror; where that fails the next sync fetches it. */
  const remember = async (
    updates: readonly RefUpdate[],
    { results, pack }: PushOutcome,
    signal: AbortSignal,
  ): Promise<void> => {
    const accepted = updates.filter(({ ref }) => results.get(ref)?.kind === 'accepted');
    if (accepted.length === 0) return;
    await attempt('what was pushed is not in the mirror yet', () =>
      withLock('keeps what was pushed', 'wait', signal, async () => {
        if (pack !== null) await mirror.storePack(pack);
        const refs = new Map(await mirror.refs.read());
        for (const { ref, expected, next } of accepted) {
          // The mirror may be older than the push: then it lacks what came between, and the next sync brings that.
          if ((refs.get(ref) ?? null) !== expected) continue;
          if (next === null) refs.delete(ref);
          else refs.set(ref, next);
        }
        await mirror.refs.write(refs, (await mirror.refs.listing()).defaultBranch);
        await attempt('the packs of the mirror could not be joined', () => engine.tidy(signal));
      }),
    );
  };

  let inspected = false;
  return {
    ...reader,
    url: remote.url,
    listRefs: async (signal) => toListing(await transport.list(OUR_PREFIXES, signal)),
    mirroredRefs: () => mirror.refs.listing(),

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

    async push(updates, objects, signal) {
      if (updates.length === 0) return new Map();
      const prefixes = [...new Set([...OUR_PREFIXES, ...updates.map(({ ref }) => ref)])];
      const outcome = await pushRefs(
        {
          send: (piece, pack, during) => transport.push(piece, pack, during),
          list: async (during) => {
            const { refs } = await transport.list(prefixes, during);
            return new Map(refs.map(({ name, oid }) => [name, oid]));
          },
          maxRefs,
        },
        updates,
        objects,
        signal,
      );
      await remember(updates, outcome, signal);
      return outcome.results;
    },

    checkout: createCheckout(reader, disk),
    close: () => engine.close(),
  };
}

interface Parts {
  readonly options: OpenRepositoryOptions;
  readonly remote: Remote;
  readonly git: GitCommand | null;
  readonly mirror: Mirror;
  readonly disk: Disk;
}

function assemble({ options, remote, git, mirror, disk }: Parts): {
  readonly transport: Transport;
  readonly engine: Engine;
} {
  const host = remoteHost(remote) ?? '';
  const fromAddress = remote.kind === 'http' ? remote : { username: null, password: null };
  const credentials = createCredentials({ configured: options.credentials, fromAddress, host, git });
  const { directory, packCount } = mirror;
  const smartHttp: SmartHttp | null =
    remote.kind === 'http' ? createSmartHttp({ url: remote.url, http: options.http, credentials }) : null;
  if (git === null) {
    if (smartHttp === null) throw new Failure('internal', 'no way to this remote without git');
    return { transport: smartHttp, engine: createIsomorphicEngine({ directory, disk, smartHttp }) };
  }
  const engine = createGitEngine({ git, directory, remote, login: credentials.known, packCount });
  if (smartHttp !== null) return { transport: smartHttp, engine };
  if (remote.kind === 'local') return { transport: createLocalTransport(git, remote.url), engine };
  const command = createCommandTransport({ git, url: remote.url, mirror: directory });
  const transport: Transport = {
    list: command.list,
    // `git push` sends from a repository: the objects must be in the mirror first, where nothing refers to them yet.
    async push(updates, pack, signal) {
      if (pack.entries.length > 0) await opened(() => mirror.storePack(pack), directory);
      return command.push(updates, pack, signal);
    },
  };
  return { transport, engine };
}

/** GitLab starts at most four pipelines per push, Bitbucket five. */
function largestPush(remote: Remote): number {
  const host = remoteHost(remote) ?? '';
  if (/(?:^|[.-])gitlab(?:[.-]|$)/.test(host)) return 3;
  return /(?:^|\.)bitbucket(?:\.|$)/.test(host) ? 5 : 5000;
}

/** Acts; trouble with the disk becomes a Failure that says what to do. */
async function opened<T>(act: () => Promise<T>, directory: string): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw writeFailure(error, directory);
  }
}
