// What is refused before anything of a run begins: definitions that cannot be meant so, variables and secrets that are
// not to be had, code of others outside a sandbox. Every refusal names the file, the line, the key and what to do.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultWorld, makeFaultWorld, nameOf } from '../support/fault-world.ts';

let world: FaultWorld;

beforeAll(async () => {
  world = await makeFaultWorld();
});
afterAll(() => world.close());
beforeEach(() => world.configure({}));

/** Refused with the exit status 2; what was told. */
async function refused(...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await world.spreadCron('run', ...words);
  expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: '' });
  return stderr;
}

/** The ids of all runs that there are records of. */
async function runs(): Promise<readonly string[]> {
  const { stdout } = await world.spreadCron('runs', '--json', '--count', 'all');
  return [...stdout.matchAll(/^\{"run":"([0-9a-f]+)"/gm)].map(([, id = '']) => id);
}

/** Nothing of the group began a run, whatever it asked for, and nothing of it is left. */
function expectNoRuns(): void {
  let before: readonly string[] = [];
  beforeAll(async () => {
    expect(await world.spreadCron('run', world.file(HELLO))).toMatchObject({ status: 0 });
    before = await runs();
    expect(before.length).toBeGreaterThan(0);
  });
  afterAll(async () => {
    expect(await runs()).toEqual(before);
    await world.expectRecovered();
  });
}

const HELLO = 'run: {tasks: {suite: {script: echo hello}}}\n';

describe('a definition', () => {
  expectNoRuns();

  it.each([
    [
      'a task named like an option',
      'run:\n  tasks:\n    -x: {script: "true"}\n',
      ':3:5: run.tasks.-x: the name of a task begins with a dash',
    ],
    [
      'a task with a slash',
      'run:\n  tasks:\n    a/b: {script: "true"}\n',
      ':3:5: run.tasks.a/b: the name of a task holds a slash',
    ],
    [
      'a task that waits for itself',
      'run:\n  tasks:\n    a: {script: "true", depends_on: a}\n',
      ':3:37: run.tasks.a.depends_on: tasks wait for each other in a circle: a -> a',
    ],
    [
      'a circle',
      'run:\n  tasks:\n    a: {script: "true", depends_on: c}\n    b: {script: "true", depends_on: a}\n    c: {script: "true", depends_on: b}\n',
      'tasks wait for each other in a circle: a -> c -> b -> a',
    ],
    [
      'a task that is not there',
      'run:\n  tasks:\n    a: {script: "true", depends_on: bb}\n',
      ':3:37: run.tasks.a.depends_on: depends on a task that does not exist: bb',
    ],
    [
      'an unknown key',
      'run:\n  timout: 5m\n  tasks: {a: {script: "true"}}\n',
      ':2:3: run.timout: unknown key; did you mean timeout?',
    ],
    [
      'an unknown key of a task',
      'run:\n  tasks:\n    a: {scrpt: "true"}\n',
      ':3:9: run.tasks.a.scrpt: unknown key; did you mean script?',
    ],
    [
      'a duration that is none',
      'run:\n  timeout: 5 parsecs\n  tasks: {a: {script: "true"}}\n',
      ':2:12: run.timeout: not a duration: write it like 90s, 5m, 1h30m or 2d: got "5 parsecs"',
    ],
    [
      'no time at all',
      'run:\n  tasks:\n    a: {script: "true", timeout: 0s}\n',
      ':3:34: run.tasks.a.timeout: too short a duration',
    ],
    ['an overlay above it', 'run:\n  overlay: ../x\n', ':2:12: run.overlay: not a path below the definition'],
    [
      'a target that is an option',
      'run:\n  target: {repository: --upload-pack=x}\n',
      ':2:24: run.target.repository: not a repository URL',
    ],
    ['a variable of its own that programs are found by', 'run:\n  env: {LD_PRELOAD: x}\n', ':2:9: run.env.LD_PRELOAD:'],
  ])('with %s is refused where it is written', async (_what, yaml, told) => {
    const file = world.file(yaml);
    const message = await refused(file);
    expect(message).toContain(`${file}${told.startsWith(':') ? '' : ':'}`);
    expect(message).toContain(told);
    const commit = world.addResource('broken', yaml);
    expect(commit).not.toBe('');
    expect(await refused('broken')).toContain(told.replace(/^:\d+:\d+: /, ''));
  });

  it('that is not there is told by its path', async () => {
    expect(await refused('./nowhere/resource.yaml')).toContain('there is no such file');
  });

  it('that is a directory is told so', async () => {
    mkdirSync(join(world.path, 'folder'), { recursive: true });
    expect(await refused('./folder')).toContain('this is a directory: name the file in it');
  });

  it.each([
    ['an action', 'run: {target: {repository: "https://git.example.com/x.git"}, actions: act}\n', 'act'],
    ['a patch', 'run: {target: {repository: "https://git.example.com/x.git"}, patches: fix.patch}\n', 'fix.patch'],
    ['an overlay', 'run: {target: {repository: "https://git.example.com/x.git"}, overlay: over}\n', 'over'],
  ])('with %s that is missing is refused', async (_what, yaml, name) => {
    const told = await refused(world.file(yaml));
    expect(told).toMatch(/add (?:it|files to it)/);
    expect(told).toContain(name);
  });

  it('whose suite is not executable is refused with the remedy', async () => {
    const file = world.file('message: x\n', { 'run-checks': '#!/bin/sh\n' });
    expect(await refused(file)).toContain(
      'the script is not executable: git update-index --chmod=+x, then commit (path run-checks)',
    );
  });
});

it('a suite that was made executable is carried out', async () => {
  const file = world.file('message: x\n', { 'run-checks': '#!/bin/sh\n' });
  chmodSync(join(file, '..', 'run-checks'), 0o755);
  expect(await world.spreadCron('run', file)).toMatchObject({ status: 0 });
});

describe('a variable', () => {
  expectNoRuns();

  it.each(['SC_VALUE', 'LD_PRELOAD', 'PATH', 'GIT_DIR', 'BASH_ENV'])(
    'called %s is refused by its name, not its value',
    async (name) => {
      const told = await refused(world.file(HELLO), '--var', `${name}=hunter2`);
      expect(told).toContain(`(name ${name})`);
      expect(told).not.toContain('hunter2');
    },
  );
});

describe('a secret', () => {
  afterAll(() => world.expectRecovered());

  const files = 'run: {files: {sa.json: {secret: KEY}}, tasks: {suite: {script: cat sa.json}}}\n';
  const env = 'run: {env: {KEY: "${secret:KEY}"}, tasks: {suite: {script: echo "$KEY"}}}\n';
  let key: string;
  beforeEach(() => {
    key = join(world.path, 'key');
    writeFileSync(key, 'hunter2\n');
  });

  it.each([
    ['as a file', files],
    ['as a variable', env],
  ])('that the agent does not have %s fails the run with the key to set', async (_what, yaml) => {
    const file = world.file(yaml);
    const { status, stdout, stderr } = await world.spreadCron('run', file);
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toContain('the agent configuration has no secret of this name (key secrets.KEY)');
    expect(await world.record(nameOf(file))).toMatchObject({ status: 'failed' });
  });

  it.each([
    ['as a file', files],
    ['as a variable', env],
  ])('that the resource may not have %s fails the run with the key to set', async (_what, yaml) => {
    world.configure({ secrets: { KEY: { file: key, resources: ['others-*'] } } });
    const file = world.file(yaml);
    const { status, stdout, stderr } = await world.spreadCron('run', file);
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toContain('runs of this resource may not have the secret');
    expect(`${stdout}${stderr}`).toContain('key secrets.KEY.resources');
    world.configure({ secrets: { KEY: { file: key, resources: [nameOf(file)] } } });
    expect(await world.spreadCron('run', file)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\*\*\*\n?$/),
    });
  });
});

describe('policy: untrusted', () => {
  afterAll(() => world.expectRecovered());

  const none = 'run: {sandbox: none, tasks: {suite: {script: echo hello}}}\n';

  it('refuses a run without a sandbox and names the key of the agent', async () => {
    world.configure({ policy: 'untrusted' });
    expect(await refused(world.file(HELLO))).toContain('set runs.sandbox of the agent to bubblewrap');
    world.addResource('outside', HELLO);
    expect(await refused('outside')).toContain('key runs.sandbox');
    expect(await refused('outside', '--plan')).toContain('key runs.sandbox');
    world.configure({});
  });

  it('refuses a definition that wants no sandbox and names its key', async () => {
    world.configure({ policy: 'untrusted', runs: { sandbox: 'bubblewrap' } });
    expect(await refused(world.file(none))).toContain('key run.sandbox');
    world.configure({});
  });

  it('starts no run for a change outside a sandbox, and says so once', async () => {
    world.addResource('known', HELLO);
    // the runner was enabled before: what comes now is due
    expect(await world.spreadCron('run', 'known')).toMatchObject({ status: 0 });
    world.addResource('watched', HELLO);
    world.configure({ policy: 'untrusted', runner: 'local', runs: { burst: 100 } });
    const { stdout, stderr } = await world.spreadCron('agent', '--once');
    expect(`${stdout}${stderr}`.match(/watched: no run for 1: policy: untrusted runs nothing/g)).toHaveLength(1);
    expect((await world.spreadCron('runs', 'watched', '--json')).stdout).toBe('');
    world.configure({});
  });
});
