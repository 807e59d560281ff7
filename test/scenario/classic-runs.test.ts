// Suites as they are in real resources repositories run unchanged, whichever layout their files are in: every shape is a
// resource of one repository, and the built command line does everything.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultObject, RunObject } from '../../src/cli/runs/run-object.ts';
import { type ClassicShape, classicShapes, SECRET, TARGET_FILES } from '../support/classic-shapes.ts';
import { addCommit, type CommitOptions, git, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { type Ran, run as runProgram } from '../support/terminal.ts';

const home = temporaryDirectory();
const server: GitServer = await startGitServer(home.path);
const shapes = classicShapes(`${server.url}/target.git`);
/** What every extractor prints. */
const valueFile = join(home.path, 'value');

afterAll(async () => {
  await server.close();
  home.remove();
});

beforeAll(() => {
  addCommit(makeOrigin(join(home.path, 'target.git')), 'main', { message: 'The target', files: TARGET_FILES });
  writeFileSync(join(home.path, 'key'), SECRET);
});

type Files = NonNullable<CommitOptions['files']>;

const below = (directory: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${directory}/${path}`, content]));

const linesOf = <T>({ stdout }: Ran) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** Files below a directory that hold a text. */
const filesWith = (text: string, directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'utf8').includes(text));

describe.each(['branch', 'central'] as const)('classic suites in the %s layout', (layout) => {
  const directory = join(home.path, layout);
  const origin = join(home.path, `${layout}.git`);
  const state = join(directory, 'state');
  const evidence = join(directory, 'evidence');

  const spreadCron = (...words: string[]) =>
    runProgram([...words, '--state-dir', state, '--config', join(directory, 'agent.yaml')], {
      directory: home.path,
      env: { PATH: process.env.PATH ?? '', HOME: home.path, XDG_RUNTIME_DIR: directory, AMBIENT: 'of the agent' },
    });

  function makeRepository(): void {
    const settings = shapes.flatMap(({ name, run }) => (run === null ? [] : [{ name, set: { run } }]));
    const filesOf = ({ name, files }: ClassicShape): Files => ({
      ...files,
      options: `message="New ${name}"\npattern_extractor='cat ${valueFile}'\n`,
    });
    const central = shapes.map((shape) => ({ ...below(`branches/${shape.name}`, filesOf(shape)), ...shape.atRoot }));
    addCommit(makeOrigin(origin), 'main', {
      files: Object.assign(
        { 'spread-cron.yaml': JSON.stringify({ match: settings }) },
        ...(layout === 'central' ? central : []),
      ) as Files,
    });
    for (const shape of shapes) {
      const own = layout === 'central' ? {} : { files: { ...filesOf(shape), ...shape.atRoot } };
      addCommit(origin, shape.name, {
        parent: tipOf(origin, 'main'),
        message: `Watch ${shape.name} [skip ci]`,
        ...own,
      });
      addCommit(origin, shape.name, { message: `New ${shape.name} (1)` });
    }
  }

  const runsOf = async (name: string) => linesOf<RunObject>(await spreadCron('runs', name, '--json'));
  const seen = (id: string, name: string) => readFileSync(join(evidence, id, name), 'utf8');
  const seenVariables = (id: string) =>
    Object.fromEntries(
      seen(id, 'env')
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  /** The lines of the note on a change, their JSON. */
  const noteOn = (commit: string): readonly Readonly<Record<string, unknown>>[] =>
    git(origin, ['notes', '--ref=spread-cron', 'show', commit])
      .split('\n')
      .map((line) => ({ text: line, ...(JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>) }));
  const workspaces = () => {
    const [repository = ''] = readdirSync(join(state)).filter((name) => existsSync(join(state, name, 'workspaces')));
    return readdirSync(join(state, repository, 'workspaces'));
  };

  let round: Ran;
  /** What the records had after the first round, and after the one that followed the change. */
  let first: readonly RunObject[];
  let second: readonly RunObject[];

  beforeAll(async () => {
    makeRepository();
    writeFileSync(valueFile, '1\n');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(
      join(directory, 'agent.yaml'),
      JSON.stringify({
        repository: `${server.url}/${layout}.git`,
        runs: { env: { EVIDENCE: evidence } },
        secrets: { SERVICE_ACCOUNT: { file: join(home.path, 'key'), resources: ['secret-file', 'overlaid'] } },
      }),
    );
    await spreadCron('agent', '--once', '--runner', 'local');
    first = linesOf<RunObject>(await spreadCron('runs', '--json'));
    writeFileSync(valueFile, '2\n');
    round = await spreadCron('agent', '--once', '--runner', 'local');
    second = linesOf<RunObject>(await spreadCron('runs', '--json'));
  }, 120_000);

  it('are left alone where the runner comes to old changes', () => {
    expect(first).toEqual([]);
  });

  it('run once each for the next change, and say so', () => {
    expect(round.status).toBe(0);
    expect(second.map(({ resource }) => resource).sort()).toEqual(shapes.map(({ name }) => name).sort());
    expect(round.stderr).not.toContain('warning');
    for (const { name, exitCode } of shapes) {
      expect(round.stdout).toContain(`New ${name} (2)`);
      expect(round.stderr).toMatch(new RegExp(`^run \\w+ of ${name} started: New ${name} \\(2\\)`, 'm'));
      const ended = exitCode === 0 ? 'success' : `failed \\(${exitCode}\\)`;
      expect(round.stderr).toMatch(new RegExp(`^run \\w+ of ${name}: ${ended} in `, 'm'));
    }
  });

  describe.each(shapes)('$name', (shape) => {
    const { name, exitCode } = shape;
    const status = exitCode === 0 ? 'success' : 'failed';
    const commit = () => tipOf(origin, name) ?? '';
    const runForChange = () => second.find(({ resource }) => resource === name) as RunObject;

    it('is carried out for the change, with its exit status in records, note and history', async () => {
      const run = runForChange();
      expect(run).toMatchObject({ value: '2', previous: '1', commit: commit(), reason: 'change', attempt: 1 });
      expect(run).toMatchObject({ status, exit_code: exitCode, error: null, workspace: null });
      expect(Object.fromEntries(run.tasks.map((task) => [task.name, task.status]))).toEqual(shape.tasks);

      const notes = noteOn(commit());
      expect(notes).toMatchObject([{ run: run.run, status, exit_code: exitCode, attempt: 1, tasks: shape.tasks }]);
      expect(notes[0]?.text).toMatch(new RegExp(`^${status} \\S.* attempt 1 by `));
      expect(notes[0]?.definition).toBe(layout === 'branch' ? commit() : tipOf(origin, 'main'));

      const history = linesOf<{ value: string; results: ResultObject[] }>(await spreadCron('history', name, '--json'));
      expect(history).toMatchObject([
        { value: '2', results: [{ run: run.run, status, exit_code: exitCode }] },
        { value: '1', results: [{ run: null, status: 'adopted', exit_code: null }] },
      ]);
    });

    it('saw its environment and its files, and nothing of the agent', () => {
      const run = runForChange();
      for (const [file, text] of Object.entries(shape.evidence))
        expect([file, seen(run.run, file)]).toEqual([file, text]);

      const variables = seenVariables(run.run);
      expect(variables).toMatchObject({
        CI: 'true',
        SPREAD_CRON: 'true',
        GITHUB_REF: `refs/heads/${name}`,
        GITHUB_SHA: commit(),
        SC_RESOURCE: name,
        SC_BRANCH: name,
        SC_MESSAGE: `New ${name}`,
        SC_VALUE: '2',
        SC_PREVIOUS_VALUE: '1',
        SC_COMMIT: commit(),
        SC_ATTEMPT: '1',
        SC_REASON: 'change',
        SC_TASK: 'run-checks',
      });
      const { PROJECT_PATH = '', BRANCH_PATH } = variables;
      expect(BRANCH_PATH).toBe(layout === 'branch' ? PROJECT_PATH : join(PROJECT_PATH, 'branches', name));
      expect(variables.PWD).toBe(BRANCH_PATH);
      expect(variables).not.toHaveProperty('AMBIENT');
      expect(existsSync(PROJECT_PATH)).toBe(false);
    });

    it('runs again when somebody asks, with its output live and its exit code if wanted', async () => {
      const { status: ended, stderr } = await spreadCron('run', name, '--exit-code');
      expect([ended, stderr.includes('warning')]).toEqual([exitCode, false]);
      const [again] = (await runsOf(name)) as [RunObject];
      expect(again).toMatchObject({ attempt: 2, reason: 'request', status, exit_code: exitCode, commit: commit() });
      for (const [file, text] of Object.entries(shape.evidence))
        expect([file, seen(again.run, file)]).toEqual([file, text]);
      expect(noteOn(commit())).toMatchObject([{ attempt: 1 }, { attempt: 2, run: again.run, exit_code: exitCode }]);
      expect(existsSync(dirname(seenVariables(again.run).PROJECT_PATH ?? ''))).toBe(false);
    });
  });

  it.each([
    ['secret-file', 'sa.json'],
    ['overlaid', 'target/key.json'],
  ])('have their secret nowhere afterwards, also where the workspace is kept: %s', async (name, file) => {
    const { stdout, stderr } = await spreadCron('run', name, '--keep');
    expect(stdout.includes('the file says: ')).toBe(name === 'secret-file');
    expect(`${stdout}${stderr}`).not.toContain(SECRET);
    const [run] = (await runsOf(name)) as [RunObject];
    expect(seen(run.run, 'key')).toBe(SECRET);
    const { BRANCH_PATH = '', SC_WORKSPACE } = seenVariables(run.run);
    expect(readdirSync(BRANCH_PATH)).toContain('run-checks');
    expect(existsSync(join(BRANCH_PATH, file))).toBe(false);
    expect(filesWith(SECRET, SC_WORKSPACE ?? '')).toEqual([]);
    expect(run.workspace).toBe(SC_WORKSPACE);
    expect((await spreadCron('show', run.run)).stdout).toContain(run.workspace);
    expect((await spreadCron('logs', run.run)).stdout).not.toContain(SECRET);
    expect(workspaces()).toContain(run.run);
  });

  it('leave no workspace but those that were to be kept', async () => {
    const kept = linesOf<RunObject>(await spreadCron('runs', '--json')).filter(({ workspace }) => workspace !== null);
    expect(kept).toHaveLength(2);
    const left = workspaces().filter((name) => !name.startsWith('.kept-'));
    expect(left.sort()).toEqual(kept.map(({ run }) => run).sort());
  });

  it('run with the files of today, and are retried with those that they had', async () => {
    const [before] = (await runsOf('library')) as [RunObject];
    const changed = { 'lib/report.sh': 'report() { return 9; }\n' };
    const branch = layout === 'central' ? 'main' : 'library';
    const files = git(origin, ['ls-tree', '-r', '--name-only', branch]).split('\n');
    expect(files).toContain('lib/report.sh');
    changeFiles(branch, changed);
    expect((await spreadCron('run', 'library', '--exit-code')).status).toBe(9);
    const { status } = await spreadCron('retry', before.run);
    expect(status).toBe(1);
    const [again] = (await runsOf('library')) as [RunObject];
    expect(again).toMatchObject({ exit_code: 3, reason: 'retry', attempt: before.attempt + 2 });
  });

  /** A commit on a branch that changes some files and keeps the rest. */
  function changeFiles(branch: string, changed: Readonly<Record<string, string>>): void {
    const clone = join(directory, 'edit');
    git(home.path, ['clone', '--quiet', '--branch', branch, origin, clone]);
    for (const [path, text] of Object.entries(changed)) writeFileSync(join(clone, path), text);
    git(clone, ['commit', '--quiet', '--all', '--message', 'Change the suite']);
    git(clone, ['push', '--quiet', 'origin', branch]);
  }
});

describe('what is no suite', () => {
  const origin = join(home.path, 'none.git');
  const spreadCron = (...words: string[]) =>
    runProgram([...words, '--repository', origin, '--state-dir', join(home.path, 'none-state')], {
      directory: home.path,
      env: { PATH: process.env.PATH ?? '', HOME: home.path, XDG_RUNTIME_DIR: home.path },
    });
  const script = { executable: '#!/bin/sh\n' };

  beforeAll(() => {
    const options = `message="New thing"\npattern_extractor='echo 1'\n`;
    addCommit(makeOrigin(origin), 'main', { files: { 'README.md': 'resources' } });
    addCommit(origin, 'nothing', { files: { options } });
    addCommit(origin, 'actions', { files: { options, 'actions.sh': script } });
    addCommit(origin, 'not-executable', { files: { options, 'run-checks': '#!/bin/sh\n' } });
  });

  it.each([
    ['nothing', /^error: nothing to run: add a script run-checks .* spread-cron\.yaml\) \(name nothing\)$/m],
    ['actions', /^error: actions without a target or run-checks run nothing: add run\.target or run-checks /m],
    ['not-executable', /^error: the script is not executable: git update-index --chmod=\+x, then commit .*run-checks/m],
  ])('is told with what to add: %s', async (name, told) => {
    const { status, stderr } = await spreadCron('run', name);
    expect(stderr).toMatch(told);
    expect(status).toBe(2);
  });

  it('is told by the agent too, less where nothing was meant to run', async () => {
    const { status, stderr } = await spreadCron('agent', '--once', '--runner', 'local');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^actions: no run for 1: actions without a target/m);
    expect(stderr).toMatch(/^not-executable: no run for 1: the script is not executable/m);
    expect(stderr).not.toMatch(/^nothing: /m);
  });
});
