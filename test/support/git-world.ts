// An origin, a way to reach it, and a place for mirrors: what a test of the repository needs, and nothing of it stays.
import { join } from 'node:path';
import { type OpenRepositoryOptions, openRepository } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/repository.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttpClient } from '../../src/system/http/client.ts';
import type { HttpClient } from '../../src/system/http.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { GIT_ENV, makeOrigin, temporaryDirectory } from './git-origin.ts';
import { type GitServer, type GitServerOptions, startGitServer } from './git-server.ts';

export interface GitWorld {
  /** Temporary directory of this world. */
  readonly path: string;
  /** The bare origin on disk. */
  readonly origin: string;
  /** Its address for the kind of remote that this world is about. */
  readonly url: string;
  /** The server, where the remote is reached by HTTP. */
  readonly server: GitServer | null;
  readonly http: HttpClient;
  /** What the program warned of. */
  readonly warnings: string[];
  /** Directory of the mirror that `open` uses by default. */
  readonly mirror: string;
  open(options?: Partial<OpenRepositoryOptions>): Promise<Repository>;
  close(): Promise<void>;
}

/** How a Repository reaches its remote, and by which engine. */
export interface Way {
  readonly engine: 'git' | 'isomorphic-git';
  readonly remote:
    | 'http'
    | 'local'
    | { readonly address: (path: string) => string; readonly env: Record<string, string> };
}

/** The world of the test that is running, with a repository opened in it. */
export interface Situation {
  world: GitWorld;
  repository: Repository;
}

/** A signal that is never aborted. */
export const NEVER = new AbortController().signal;

/** A world of its own with an empty origin. */
export async function makeWorld(way: Way, serverOptions: GitServerOptions = {}): Promise<GitWorld> {
  const { path, remove } = temporaryDirectory();
  const origin = makeOrigin(join(path, 'origin.git'));
  const server = way.remote === 'http' ? await startGitServer(path, serverOptions) : null;
  const http = createHttpClient({ clock: systemClock, userAgent: 'test', privateAddresses: 'allow', env: {} });
  const remoteEnv = typeof way.remote === 'object' ? way.remote.env : {};
  const address = typeof way.remote === 'object' ? way.remote.address(origin) : origin;
  const url = server === null ? address : `${server.url}/origin.git`;
  const warnings: string[] = [];
  const opened: Repository[] = [];
  const mirror = join(path, 'state', 'mirror.git');
  return {
    path,
    origin,
    url,
    server,
    http,
    warnings,
    mirror,
    async open(options = {}) {
      const repository = await openRepository({
        url,
        directory: mirror,
        http,
        processes: createProcesses(),
        log: { warn: (message) => warnings.push(message), info: () => {}, debug: () => {} },
        env: { ...GIT_ENV, ...remoteEnv },
        engine: way.engine,
        ...options,
      });
      opened.push(repository);
      return repository;
    },
    async close() {
      await Promise.all(opened.map((repository) => repository.close()));
      await http.close();
      await server?.close();
      remove();
    },
  };
}

/** Lists and brings the mirror up to date, as every round begins. */
export async function refresh(repository: Repository) {
  const listing = await repository.listRefs(NEVER);
  await repository.sync(listing, { lock: 'wait' }, NEVER);
  return listing;
}
