// Everything that the contenders meet: a directory, a web server, a git server, and origins that are built once and
// copied for each contender, so that nobody finds what another one has left.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRepository, countCommits, PLAIN_GIT, tipSubjects } from '../support/synthetic-repository.ts';
import {
  plainMessage,
  plainName,
  plainResources,
  plainValue,
  type ValueSource,
} from '../support/synthetic-resources.ts';
import { type Child, startChild } from './child.ts';

export type Transport = 'path' | 'http';

export interface OriginKind {
  readonly count: number;
  readonly source: ValueSource['kind'];
  readonly transport: Transport;
}

/** A contender's own copy of an origin. */
export interface Origin extends OriginKind {
  readonly directory: string;
  /** What the contender is given. */
  readonly remote: string;
  /** A directory for the contender's state. */
  readonly scratch: string;
  /** Number of commits when it was made. */
  readonly commits: number;
}

export interface World {
  readonly directory: string;
  /** Addresses, without a slash at the end. */
  readonly web: string;
  readonly git: string;
  /** Directory of the files that shell extractors read. */
  readonly values: string;
  /** Environment of every contender: a home of its own, no settings of this machine. */
  readonly env: NodeJS.ProcessEnv;
  /** Makes everything have the values of a generation. */
  setGeneration(generation: number): Promise<void>;
  /** Number of pages that the web server has served since the last call. */
  takeRequests(): Promise<number>;
  makeOrigin(kind: OriginKind): Promise<Origin>;
  removeOrigin(origin: Origin): Promise<void>;
  close(): Promise<void>;
}

/** Change commits that every branch has before the first round. */
const HISTORY = 5;

export async function createWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'spread-cron-bench-'));
  const origins = join(directory, 'origins');
  const values = join(directory, 'values');
  for (const path of [origins, values, join(directory, 'home'), join(directory, 'run')]) await mkdir(path);
  const env = environment(directory);
  const [webServer, gitServer] = await Promise.all([
    startChild('web-server'),
    // In the contenders' environment, so that settings of whoever measures are not part of it.
    startChild('git-server', { env }),
  ]);
  const [web, git] = await Promise.all([webServer.call<string>('listen'), gitServer.call<string>('listen', origins)]);
  const sources: Record<ValueSource['kind'], ValueSource> = {
    http: { kind: 'http', web },
    'classic-http': { kind: 'classic-http', web },
    'classic-file': { kind: 'classic-file', directory: values },
  };
  const built = new Map<string, string>();
  let copies = 0;
  let largest = 0;

  const pristine = async ({ count, source }: OriginKind): Promise<string> => {
    const key = `${source}-${count}`;
    const found = built.get(key);
    if (found !== undefined) return found;
    const path = join(directory, `${key}.git`);
    const resources = plainResources({ count, changes: HISTORY, source: sources[source] });
    await buildRepository(path, { layout: 'branch', resources });
    built.set(key, path);
    return path;
  };

  return {
    directory,
    web,
    git,
    values,
    env,
    setGeneration: async (generation) => {
      await webServer.call('setGeneration', generation);
      const write = (index: number) => writeFile(join(values, String(index)), `${plainValue(index, generation)}\n`);
      for (let index = 0; index < largest; index += 1) await write(index);
    },
    takeRequests: () => webServer.call<number>('takeCount'),
    makeOrigin: async (kind) => {
      if (kind.source === 'classic-file') largest = Math.max(largest, kind.count);
      const from = await pristine(kind);
      copies += 1;
      const name = `origin-${copies}.git`;
      const path = join(origins, name);
      await cp(from, path, { recursive: true });
      const scratch = join(directory, `scratch-${copies}`);
      await mkdir(scratch);
      const remote = kind.transport === 'http' ? `${git}/${name}` : path;
      return { ...kind, directory: path, remote, scratch, commits: await countCommits(path) };
    },
    removeOrigin: async (origin) => {
      for (const path of [origin.directory, origin.scratch]) await rm(path, { recursive: true, force: true });
    },
    close: async () => {
      await Promise.all([webServer, gitServer].map((child: Child) => child.stop()));
      // With retries: a contender that was interrupted may still be writing.
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Throws unless exactly `landed` commits came to the origin and every branch shows the value of the generation. */
export async function assertLanded(origin: Origin, landed: number, generation: number): Promise<void> {
  const commits = (await countCommits(origin.directory)) - origin.commits;
  if (commits !== landed) throw new Error(`${commits} commits landed instead of ${landed}`);
  const subjects = await tipSubjects(origin.directory);
  for (let index = 0; index < origin.count; index += 1) {
    const expected = `${plainMessage(index)} (${plainValue(index, generation)})`;
    const found = subjects.get(plainName(index));
    if (found !== expected) throw new Error(`the tip of ${plainName(index)} is "${found}" instead of "${expected}"`);
  }
}

function environment(directory: string): NodeJS.ProcessEnv {
  const home = join(directory, 'home');
  return {
    ...PLAIN_GIT,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_RUNTIME_DIR: join(directory, 'run'),
    NO_COLOR: '1',
  };
}
