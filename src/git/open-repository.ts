// The resources repository: joins a way to the remote, the mirror and an engine into the contract of repository.ts.
import { Failure } from '../core/failure.ts';
import { type Clock, systemClock } from '../system/clock.ts';
import { type Disk, systemDisk } from '../system/disk.ts';
import type { HttpClient } from '../system/http.ts';
import type { Log } from '../system/log.ts';
import type { Processes } from '../system/process.ts';
import { createCheckout } from './checkout.ts';
import { type ConfiguredCredentials, createCredentials } from './credentials.ts';
import type { Engine } from './engine/engine.ts';
import { createGitEngine } from './engine/git.ts';
import { createIsomorphicEngine } from './engine/isomorphic.ts';
import { createObjectReader } from './engine/object-reader.ts';
import { createGitCommand, type GitCommand, isGitInstalled } from './git-command.ts';
import { type Mirror, openMirror, tellWriteFailures } from './mirror/mirror.ts';
import { createMirrorUpkeep } from './mirror/upkeep.ts';
import { pushRefs } from './push.ts';
import { parseRemote, type Remote, remoteHost } from './remote-url.ts';
import type { Repository } from './repository.ts';
import { createCommandTransport } from './transport/command.ts';
import { createLocalTransport } from './transport/local.ts';
import { OUR_PREFIXES, toListing } from './transport/ref-listing.ts';
import { createSmartHttp, type SmartHttp } from './transport/smart-http.ts';
import type { Transport } from './transport/transport.ts';

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
  /** Certificates in PEM that the git command trusts for this remote; the HTTP client has its own way to know them. */
  readonly caFile?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly disk?: Disk | undefined;
}

/**
 * Opens the repository; asks nothing of the remote yet. Throws Failures: `refused` (the address), `configuration` (an
 * address that needs the git command, which is not installed), `not-writable` (the directory).
 */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const { directory, log, disk = systemDisk, clock = systemClock } = options;
  const remote = parseRemote(options.url);
  const engineName = options.engine ?? ((await isGitInstalled(disk, options.env)) ? 'git' : 'isomorphic-git');
  if (engineName === 'isomorphic-git' && remote.kind !== 'http')
    throw new Failure('configuration', 'this address needs the git command, install git or use an https address', {
      url: remote.url,
    });
  const trust = options.caFile === undefined ? {} : { GIT_SSL_CAINFO: options.caFile };
  const git = engineName === 'git' ? createGitCommand(options.processes, { ...trust, ...options.env }) : null;
  const mirror = await tellWriteFailures(directory, () => openMirror(directory, disk, clock));
  const { transport, engine } = assemble({ options, remote, git, mirror, disk });
  const maxRefs = options.maxPushRefs ?? largestPush(remote);

  const upkeep = createMirrorUpkeep({ mirror, engine, disk, clock, log, url: remote.url });
  const reader = createObjectReader(engine, upkeep.noteMissing);

  return {
    ...reader,
    url: remote.url,
    listRefs: async (signal) => toListing(await transport.list(OUR_PREFIXES, signal)),
    mirroredRefs: () => mirror.refs.listing(),

    sync: upkeep.sync,

    async push(updates, objects, signal, { atomic } = { atomic: false }) {
      if (updates.length === 0) return new Map();
      const prefixes = [...new Set([...OUR_PREFIXES, ...updates.map(({ ref }) => ref)])];
      const outcome = await pushRefs(
        {
          send: (piece, pack, during) => transport.push({ updates: piece, pack, atomic }, during),
          list: async (during) => {
            const { refs } = await transport.list(prefixes, during);
            return new Map(refs.map(({ name, oid }) => [name, oid]));
          },
          maxRefs,
          atomic,
        },
        updates,
        objects,
        signal,
      );
      await upkeep.remember(updates, outcome, signal);
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
  const { directory } = mirror;
  const smartHttp: SmartHttp | null =
    remote.kind === 'http' ? createSmartHttp({ url: remote.url, http: options.http, credentials }) : null;
  if (git === null) {
    if (smartHttp === null) throw new Failure('internal', 'no way to this remote without git');
    return { transport: smartHttp, engine: createIsomorphicEngine({ mirror, disk, smartHttp }) };
  }
  const engine = createGitEngine({ git, mirror, remote, login: credentials.known });
  if (smartHttp !== null) return { transport: smartHttp, engine };
  if (remote.kind === 'local') return { transport: createLocalTransport(git, remote.url), engine };
  const command = createCommandTransport({ git, url: remote.url, mirror: directory });
  const transport: Transport = {
    list: command.list,
    // `git push` sends from a repository: the objects must be in the mirror first, where nothing refers to them yet.
    async push(request, signal) {
      const { pack } = request;
      if (pack.entries.length > 0) await tellWriteFailures(directory, () => mirror.storePack(pack));
      return command.push(request, signal);
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
