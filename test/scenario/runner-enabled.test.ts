// The runner is enabled where much has happened before, or nothing yet: only what changes from then on is run.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultObject, RunObject } from '../../src/cli/runs/run-object.ts';
import { addCommit, git, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { buildRepository } from '../support/synthetic-repository.ts';
import { longHistories } from '../support/synthetic-resources.ts';
import { type Ran, run, start } from '../support/terminal.ts';

const home = temporaryDirectory();
const server: GitServer = await startGitServer(home.path);
/** Suites write the values that they are run for into files of the resource's name here. */
const ran = join(home.path, 'ran');

const suite = `#!/bin/sh\necho "$SC_VALUE" >> '${ran}/'"$SC_RESOURCE"\n`;
const valuesRun = (name: string): readonly string[] =>
  existsSync(join(ran, name)) ? readFileSync(join(ran, name), 'utf8').trimEnd().split('\n') : [];

beforeAll(() => {
  mkdirSync(ran);
});
afterAll(async () => {
  await server.close();
  home.remove();
});

const optionsOf = (repository: string, state: string) => ({
  words: ['--repository', `${server.url}/${repository}.git`, '--state-dir', join(home.path, `state-${state}`)],
  io: {
    directory: home.path,
    env: { PATH: process.env.PATH ?? '', HOME: home.path, XDG_RUNTIME_DIR: home.path },
  },
});

/** The built command line on a repository, with the state directory of an agent. */
const commandLine =
  (repository: string, state: string) =>
  (...words: string[]): Promise<Ran> => {
    const { words: more, io } = optionsOf(repository, state);
    return run([...words, ...more], io);
  };

const linesOf = <T>({ stdout }: Ran) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

const pushes = () => server.requests.filter((line) => line.startsWith('POST') && line.endsWith('/git-receive-pack'));

/** Commits with a note, and the note. */
function notesOf(origin: string): ReadonlyMap<string, string> {
  const list = git(origin, ['notes', '--ref=spread-cron', 'list']);
  const commits = list === '' ? [] : list.split('\n').map((line) => line.split(' ')[1] ?? '');
  return new Map(commits.map((commit) => [commit, git(origin, ['notes', '--ref=spread-cron', 'show', commit])]));
}

describe('the runner enabled on 34 branches with 17,000 old changes', () => {
  const origin = join(home.path, 'long.git');
  const histories = longHistories({ branches: 34, changes: 500 });
  const names = histories.map(({ resource }) => resource.name);
  const ours = commandLine('long', 'long');
  const agent = (...words: string[]) => ours('agent', '--once', '--runner', 'local', ...words);

  beforeAll(async () => {
    const resources = histories.map(({ resource, value }, index) => ({
      ...resource,
      files: { ...resource.files, [`value-${index}`]: `${value}\n`, 'run-checks': suite },
    }));
    await buildRepository(origin, { layout: 'central', resources });
  });

  /** The outside changes: extractors print new values from now on. */
  function change(values: Readonly<Record<number, string>>): void {
    const clone = join(home.path, 'edit');
    if (!existsSync(clone)) git(home.path, ['clone', '--quiet', '--branch', 'main', origin, clone]);
    for (const [index, value] of Object.entries(values))
      writeFileSync(join(clone, 'branches', names[Number(index)] ?? '', `value-${index}`), `${value}\n`);
    git(clone, ['commit', '--quiet', '--all', '--message', 'Other values']);
    git(clone, ['push', '--quiet', 'origin', 'main']);
  }

  /** The newest change of each, found by git alone. */
  const newestChanges = () =>
    histories.map(({ resource: { name }, message, value }) => {
      const log = git(origin, ['log', '--first-parent', '--format=%H %s', name]).split('\n');
      return log.find((line) => line.slice(41) === `${message} (${value})`)?.slice(0, 40) ?? 'none';
    });

  it('starts no run, and adopts the newest change of each in one push', async () => {
    server.forget();
    const { status, stdout, stderr } = await agent();
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('34 earlier changes are adopted: runs begin with the next ones\n');
    expect(pushes()).toHaveLength(1);
    const notes = notesOf(origin);
    expect([...notes.keys()].sort()).toEqual(newestChanges().sort());
    for (const note of notes.values()) expect(note).toMatch(/^adopted - attempt 0 by \S+ \{"v":1,[^\n]*\}$/);
    expect(linesOf(await ours('runs', '--json'))).toEqual([]);
    expect(names.flatMap(valuesRun)).toEqual([]);
  }, 120_000);

  it('starts none later on either, for this agent or for another one', async () => {
    server.forget();
    for (const state of ['long', 'another']) {
      const { status, stderr } = await commandLine('long', state)('agent', '--once', '--runner', 'local');
      expect([status, stderr.includes('adopted'), stderr.includes('run ')]).toEqual([0, false, false]);
    }
    expect(pushes()).toEqual([]);
    expect(names.flatMap(valuesRun)).toEqual([]);
  }, 120_000);

  it('runs the next real change, and only that', async () => {
    change({ 0: 'next', 3: '9.9-next' });
    expect((await agent()).status).toBe(0);
    expect(names.filter((name) => valuesRun(name).length > 0)).toEqual([names[0], names[3]]);
    expect([valuesRun(names[0] ?? ''), valuesRun(names[3] ?? '')]).toEqual([['next'], ['9.9-next']]);
    const [newest, before] = linesOf<{ results: ResultObject[] }>(
      await ours('history', names[0] ?? '', '--json', '-n', '2'),
    );
    expect(newest?.results).toMatchObject([{ status: 'success', exit_code: 0, attempt: 1 }]);
    expect(before?.results).toMatchObject([{ status: 'adopted', run: null }]);
  }, 120_000);

  it('starts nothing where more than runs.burst are due at a start, until somebody says so', async () => {
    const due = [4, 5, 6, 7, 8, 9];
    change(Object.fromEntries(due.map((index) => [index, 'all at once'])));
    expect((await ours('check')).status).toBe(0);
    for (const _start of [1, 2]) {
      const { status, stderr } = await agent();
      expect(status).toBe(0);
      expect(stderr).toMatch(/^6 changes are due, more than runs\.burst \(5\): nothing starts\..*agent --run-due/m);
    }
    expect(due.flatMap((index) => valuesRun(names[index] ?? ''))).toEqual([]);

    expect((await agent('--run-due')).status).toBe(0);
    expect(due.map((index) => valuesRun(names[index] ?? ''))).toEqual(due.map(() => ['all at once']));
    const runs = linesOf<RunObject>(await ours('runs', '--json', '--status', 'success'));
    expect(runs).toHaveLength(2 + due.length);
    expect(new Set(runs.map(({ attempt, reason }) => `${attempt} ${reason}`))).toEqual(new Set(['1 change']));
  }, 120_000);
});

describe('the runner enabled where the first round finds changes too', () => {
  const origin = join(home.path, 'stale.git');
  const value = join(home.path, 'value-stale');
  const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `stale-${index}`);
  const adoptedNotes = () => [...notesOf(origin).values()].filter((note) => note.startsWith('adopted '));

  /** So many resources whose newest change is of yesterday. */
  async function enableOn(count: number): Promise<Ran> {
    rmSync(origin, { recursive: true, force: true });
    rmSync(ran, { recursive: true, force: true });
    mkdirSync(ran);
    const resources = namesOf(count).map((name) => ({
      name,
      files: { options: `message="New ${name}"\npattern_extractor='cat ${value}'\n`, 'run-checks': suite },
      subjects: [`New ${name} (yesterday)`],
    }));
    await buildRepository(origin, { layout: 'branch', resources });
    writeFileSync(value, 'today\n');
    return commandLine('stale', `stale-${count}`)('agent', '--once', '--runner', 'local');
  }

  it('runs them where they are few', async () => {
    const { status, stderr } = await enableOn(1);
    expect(status).toBe(0);
    expect(stderr).toContain('1 earlier change is adopted: runs begin with the next ones\n');
    expect(valuesRun('stale-0')).toEqual(['today']);
    expect(adoptedNotes()).toHaveLength(1);
  }, 60_000);

  it('starts none where they are many, until somebody says so', async () => {
    const { status, stdout, stderr } = await enableOn(6);
    expect(status).toBe(0);
    expect(stdout.match(/^changed /gm)).toHaveLength(6);
    expect(stderr).toContain('6 earlier changes are adopted');
    expect(stderr).toMatch(/^6 changes are due, more than runs\.burst/m);
    expect(namesOf(6).flatMap(valuesRun)).toEqual([]);

    const ours = commandLine('stale', 'stale-6');
    const due = linesOf<{ due: number }>(await ours('status', '--json')).map((line) => line.due);
    expect(due).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await ours('agent', '--once', '--runner', 'local', '--run-due')).status).toBe(0);
    expect(namesOf(6).flatMap(valuesRun)).toEqual(namesOf(6).map(() => 'today'));
  }, 60_000);
});

describe.each(['one agent that lives on', 'a start for every round'] as const)(
  'the runner enabled before there is any value, by %s',
  (how) => {
    const repository = how === 'a start for every round' ? 'empty-once' : 'empty-agent';
    const origin = join(home.path, `${repository}.git`);
    const value = join(home.path, `value-${repository}`);
    const ours = commandLine(repository, repository);

    beforeAll(() => {
      addCommit(makeOrigin(origin), 'main', { files: { 'README.md': 'resources' } });
      const options = `message="New thing"\npattern_extractor='cat ${value}'\n`;
      addCommit(origin, repository, {
        parent: tipOf(origin, 'main'),
        files: { options, 'run-checks': { executable: suite } },
      });
      writeFileSync(value, '');
    });

    const notedOnBase = () => notesOf(origin).get(tipOf(origin, 'main') ?? '');

    it('runs the first change', async () => {
      if (how === 'a start for every round') {
        expect((await ours('agent', '--once', '--runner', 'local')).status).toBe(0);
        expect(notedOnBase()).toMatch(/^adopted /);
        writeFileSync(value, 'first\n');
        expect((await ours('agent', '--once', '--runner', 'local')).status).toBe(0);
      } else {
        const { words, io } = optionsOf(repository, repository);
        const agent = start(['agent', '--runner', 'local', '--interval', '1h', ...words], io);
        await agent.until('watching 1 resource');
        writeFileSync(value, 'first\n');
        const { status, stdout } = await ours('check');
        expect([status, stdout]).toEqual([0, expect.stringContaining('New thing (first)')]);
        await agent.until('success in ');
        agent.child.kill('SIGINT');
        expect((await agent.ended).status).toBe(0);
      }
      expect(valuesRun(repository)).toEqual(['first']);
      const history = linesOf<{ results: ResultObject[] }>(await ours('history', repository, '--json'));
      expect(history).toMatchObject([{ value: 'first', results: [{ status: 'success', attempt: 1 }] }]);
    }, 60_000);
  },
);
