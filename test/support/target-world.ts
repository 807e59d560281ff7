// A target repository with a history, and a cache that clones it: what tests of targets and of preparing a run need.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetDefinition } from '../../src/core/run-definition.ts';
import { createGitCommand } from '../../src/git/git-command.ts';
import { createTargetCache, type TargetCache, type TargetCacheOptions } from '../../src/git/target-cache.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttpClient } from '../../src/system/http/client.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { addCommit, GIT_ENV, git, makeOrigin, temporaryDirectory } from './git-origin.ts';
import { type GitServer, type GitServerOptions, startGitServer } from './git-server.ts';

export interface TargetWorld {
  readonly path: string;
  /** The bare target on disk: three commits on main (the second tagged v1), one more on the branch `feature/x`. */
  readonly origin: string;
  readonly server: GitServer;
  /** The target by HTTP. */
  readonly url: string;
  /** Directory of the caches. */
  readonly caches: string;
  readonly commits: readonly [first: string, tagged: string, tip: string, feature: string];
  readonly warnings: string[];
  /** What the last checkouts told. */
  readonly told: string[];
  cache(options?: Partial<TargetCacheOptions>): TargetCache;
  /** Checks out into a new directory and gives its path. */
  checkout(target?: Partial<TargetDefinition>, cache?: TargetCache, signal?: AbortSignal): Promise<string>;
  /** A new path for a checkout. */
  place(): string;
  close(): Promise<void>;
}

const NEVER = new AbortController().signal;

export const WHOLE_TARGET: Omit<TargetDefinition, 'repository'> = {
  ref: null,
  depth: null,
  filter: null,
  sparse: [],
  submodules: false,
  lfs: false,
};

export async function makeTargetWorld(serverOptions: GitServerOptions = {}): Promise<TargetWorld> {
  const { path, remove } = temporaryDirectory();
  const origin = makeOrigin(join(path, 'target.git'));
  git(origin, ['config', 'uploadpack.allowFilter', 'true']);
  const first = addCommit(origin, 'main', { message: 'first', files: { 'README.md': 'one', 'src/a': 'a1' } });
  const tagged = addCommit(origin, 'main', {
    message: 'second',
    files: { 'README.md': 'two', 'src/a': 'a2', 'src/deep/b': 'b', 'docs/c': 'c' },
  });
  git(origin, ['tag', '-a', '-m', 'version 1', 'v1', tagged]);
  const tip = addCommit(origin, 'main', {
    message: 'third',
    files: {
      'README.md': 'three',
      'src/a': 'a2',
      'src/deep/b': 'b',
      'docs/c': 'c',
      run: { executable: '#!/bin/sh\n' },
      link: { link: 'README.md' },
    },
  });
  const feature = addCommit(origin, 'feature/x', { message: 'feature', parent: tip, files: { 'README.md': 'x' } });
  const server = await startGitServer(path, serverOptions);
  const http = createHttpClient({ clock: systemClock, userAgent: 'test', privateAddresses: 'allow', env: {} });
  const warnings: string[] = [];
  const told: string[] = [];
  let places = 0;
  const url = `${server.url}/target.git`;
  const world: TargetWorld = {
    path,
    origin,
    server,
    url,
    caches: join(path, 'caches'),
    commits: [first, tagged, tip, feature],
    warnings,
    told,
    cache: (options = {}) =>
      createTargetCache({
        directory: world.caches,
        git: createGitCommand(createProcesses(), GIT_ENV),
        http,
        log: { warn: (line) => warnings.push(line), info: () => {}, debug: () => {} },
        clock: systemClock,
        ...options,
      }),
    place: () => join(path, 'runs', String(++places), 'target'),
    async checkout(target = {}, cache = world.cache(), signal = NEVER) {
      const directory = world.place();
      await cache.checkout(
        { repository: url, ...WHOLE_TARGET, ...target },
        directory,
        (line) => told.push(line),
        signal,
      );
      return directory;
    },
    async close() {
      await http.close();
      await server.close();
      remove();
    },
  };
  return world;
}

/** The bare repositories of a cache directory, absolute. */
export function storesIn(caches: string): readonly string[] {
  if (!existsSync(caches)) return [];
  return readdirSync(caches).flatMap((name) =>
    name.includes('.lock')
      ? []
      : readdirSync(join(caches, name))
          .filter((store) => store.endsWith('.git'))
          .map((store) => join(caches, name, store)),
  );
}
