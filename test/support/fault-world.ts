// Runs by the built command line in a world that goes wrong on demand: a repository with resources, a target, a server in
// front of both, and what must hold after every fault.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { ResultObject, RunObject } from '../../src/cli/runs/run-object.ts';
import { addCommit, type CommitOptions, git, makeOrigin, temporaryDirectory, tipOf } from './git-origin.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { processesMentioning } from './processes.ts';
import { type Ran, type Running, start } from './terminal.ts';

export interface FaultWorld {
  readonly path: string;
  readonly server: GitServer;
  /** The bare resources repository and the bare target, on disk. */
  readonly origin: string;
  readonly target: string;
  /** The target by HTTP. */
  readonly targetUrl: string;
  readonly state: string;
  /** A directory with files of its own; the path of its `resource.yaml`. */
  file(yaml: string, beside?: Readonly<Record<string, string>>): string;
  /** A resource with one change, and what is beside its definition; the change commit. */
  addResource(name: string, yaml: string, beside?: CommitOptions['files']): string;
  /** Keys of the agent's configuration. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  start(...words: readonly string[]): Running;
  spreadCron(...words: readonly string[]): Promise<Ran>;
  /** The record of the newest run of a resource. */
  record(name: string): Promise<RunObject>;
  /** The results in the note on a change. */
  notes(commit: string): readonly ResultObject[];
  /** The database of this repository's runs, or of runs without a repository. */
  database(of?: string): string;
  /** Nothing of any run is alive, no workspace is left, and the next run works. */
  expectRecovered(): Promise<void>;
  close(): Promise<void>;
}

/** The name by which a file of `file` runs is known. */
export const nameOf = (path: string) => dirname(path).split('/').at(-1) ?? '';

export async function makeFaultWorld(): Promise<FaultWorld> {
  const home = temporaryDirectory();
  const { path } = home;
  const server = await startGitServer(path);
  const origin = makeOrigin(join(path, 'origin.git'));
  git(origin, ['config', 'http.receivepack', 'true']);
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  const target = makeOrigin(join(path, 'target.git'));
  addCommit(target, 'main', { files: { 'README.md': 'one\n', way: { link: path } } });
  const state = join(path, 'state');
  const config = join(path, 'agent.yaml');
  let files = 0;

  const begin = (...words: readonly string[]) =>
    start([...words, '--state-dir', state, '--config', config], {
      directory: path,
      env: { PATH: process.env.PATH ?? '', HOME: path, XDG_RUNTIME_DIR: path },
    });
  const linesOf = <T>(text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  const stores = () => (existsSync(state) ? readdirSync(state).map((name) => join(state, name)) : []);

  const world: FaultWorld = {
    path,
    server,
    origin,
    target,
    targetUrl: `${server.url}/target.git`,
    state,
    file(yaml, beside = {}) {
      files += 1;
      const directory = join(path, 'files', `file-${files}`);
      for (const [name, text] of Object.entries({ 'resource.yaml': yaml, ...beside })) {
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        writeFileSync(join(directory, name), text);
      }
      return join(directory, 'resource.yaml');
    },
    addResource(name, yaml, beside = {}) {
      const definition = `message: New ${name}\nextract:\n  - shell: echo 1\n${yaml}`;
      addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition, ...beside } });
      return addCommit(origin, name, { message: `New ${name} (1)` });
    },
    configure(settings) {
      writeFileSync(config, JSON.stringify({ repository: `${server.url}/origin.git`, ...settings }));
    },
    start: begin,
    spreadCron: (...words) => begin(...words).ended,
    async record(name) {
      const { stdout } = await begin('show', name, '--json').ended;
      const [run] = linesOf<RunObject>(stdout);
      if (run === undefined) throw new Error(`no run of ${name}`);
      return run;
    },
    notes: (commit) =>
      git(origin, ['notes', '--ref=spread-cron', 'show', commit])
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as ResultObject),
    database(of = 'origin') {
      const found = stores().find((store) => store.includes(of) && existsSync(join(store, 'runs.db')));
      if (found === undefined) throw new Error('no records');
      return join(found, 'runs.db');
    },
    async expectRecovered() {
      // the program and its tasks alike
      expect(processesMentioning(`HOME=${path}`)).toEqual([]);
      expect(processesMentioning(`${path}/state`)).toEqual([]);
      const left = stores().flatMap((store) => {
        const workspaces = join(store, 'workspaces');
        return existsSync(workspaces) ? readdirSync(workspaces) : [];
      });
      expect(left).toEqual([]);
      const next = await world.spreadCron('run', world.file('run: {tasks: {works: {script: echo it works}}}\n'));
      expect(next).toMatchObject({ status: 0, stdout: 'it works\n' });
    },
    async close() {
      await server.close();
      home.remove();
    },
  };
  world.configure({});
  return world;
}

/** Text of a file; empty where it is not there yet. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
