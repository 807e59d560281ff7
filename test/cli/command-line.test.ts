// The built command line over a real repository, with and without a terminal: what a person and a cron job see.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git, makeOrigin, subjectsOf, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { groupOf, until } from '../support/processes.ts';
import { canHaveTerminal, run, start, startOnTerminal } from '../support/terminal.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);
const origin = join(directory, 'origin.git');
const clone = join(directory, 'clone');
const value = join(directory, 'value');
const env = {
  PATH: process.env.PATH ?? '',
  HOME: directory,
  XDG_STATE_HOME: join(directory, 'state'),
  XDG_RUNTIME_DIR: directory,
};
const ours = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  run(words, { directory: clone, env: { ...env, ...more } });
const become = (text: string) => writeFileSync(value, text);
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  makeOrigin(origin);
  become('1\n');
  const { status } = await run(['init', 'clone', '--remote', origin], { directory, env });
  expect(status).toBe(0);
  git(clone, ['push', '--quiet', 'origin', 'main']);
  const step = ['--step', `shell=cat ${value}`];
  const added = await ours(['add-resource', 'watched', '--message', 'New thing', '--layout', 'branch', ...step]);
  expect(added).toMatchObject({ status: 0, stdout: 'added     watched\n' });
});

describe('a first day', () => {
  it('began with the value that was shown as a baseline', async () => {
    expect(subjectsOf(origin, 'watched').slice(0, 2)).toEqual(['New thing (1)', 'Watch watched']);
    expect(linesOf((await ours(['history', 'watched', '--json'])).stdout)).toMatchObject([
      { resource: 'watched', value: '1', message: 'New thing', skipped: true },
    ]);
  });

  it('starts the example that init wrote', async () => {
    const { status, stdout } = await ours(['start', 'example']);
    expect([status, stdout]).toEqual([0, 'added     example\n']);
    expect(subjectsOf(origin, 'example')[0]).toMatch(/^A new ISO week \(\d{4}-W\d\d\)$/);
  });

  it('has definitions in which nothing is wrong', async () => {
    const { status, stdout } = await ours(['validate']);
    expect(status).toBe(0);
    expect(stdout).toBe('ok        example   branches/example/resource.yaml\nok        watched   resource.yaml\n');
  });
});

describe('check by a cron job', () => {
  it('says nothing where nothing changed', async () => {
    expect(await ours(['check', 'watched'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('decides but writes nothing in a dry run', async () => {
    become('dry\n');
    const before = tipOf(origin, 'watched');
    const { stdout } = await ours(['check', 'watched', '--dry-run', '--json']);
    expect(linesOf(stdout)).toMatchObject([{ outcome: 'changed', value: 'dry', previous: '1', pushed: false }]);
    expect(tipOf(origin, 'watched')).toBe(before);
  });

  it('tells a change, pushes it, and gives status 4 where that is asked for', async () => {
    become('2\n');
    const { status, stdout, stderr } = await ours(['check', 'watched', '--exit-status']);
    expect(stdout).toMatch(/^changed {4}watched {2}New thing \(2\) {2}was 1 {2}[0-9a-f]{7}\n$/);
    expect([status, stderr]).toEqual([4, '']);
    expect(subjectsOf(origin, 'watched')[0]).toBe('New thing (2)');
  });

  it('gives status 3 where checks fail and that is asked for, and keeps the value', async () => {
    become('two\nlines\n');
    const { status, stdout } = await ours(['check', 'watched', '--failures', '--json']);
    expect(status).toBe(3);
    expect(linesOf(stdout)).toMatchObject([{ outcome: 'failed', value: null, previous: '2', failures: 1 }]);
    const [line] = linesOf((await ours(['status', 'watched', '--json'])).stdout);
    expect(line).toMatchObject({ state: 'failing', value: '2', failures: 1 });
    become('2\n');
    await ours(['check', 'watched']);
  });

  it('gives status 2 for a name that nobody has, and the nearest one', async () => {
    const { status, stderr } = await ours(['check', 'watchd']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*watched/);
  });

  it('gives status 5 where the remote is not there', async () => {
    const nowhere = join(directory, 'nowhere.git');
    const { status, stderr } = await ours(['check', '--repository', nowhere]);
    expect(status).toBe(5);
    expect(stderr).toMatch(/^error: /);
  });
});

describe('try', () => {
  it('says at which step a definition fails, what came in and what to do', async () => {
    writeFileSync(join(directory, 'data.json'), '{"a": 1}');
    const file = join(directory, 'resource.yaml');
    writeFileSync(file, 'message: New\nextract:\n  - file: data.json\n  - json: $.b\n');
    const { status, stdout } = await run(['try', './resource.yaml'], { directory, env });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^2 json .*failed\n {3}came in:\n {3}\{"a": 1\}\n/m);
    expect(stdout).toMatch(/^failed +at step 2 json: /m);
    expect(stdout).toMatch(/^what to do {3}\S/m);
  });
});

describe('stopping', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends a command with what shells make of it, and its steps with it', async (signal, status) => {
    const [file, began] = [join(directory, 'slow.yaml'), join(directory, `began-${signal}`)];
    writeFileSync(file, `message: Slow\nextract:\n  - shell: echo $$ > ${began}; exec sleep 1000\n`);
    const running = start(['try', './slow.yaml'], { directory, env });
    await until(() => existsSync(began) && readFileSync(began, 'utf8') !== '');
    const pid = Number(readFileSync(began, 'utf8'));
    running.child.kill(signal);
    expect((await running.ended).status).toBe(status);
    await until(() => groupOf(pid) === undefined);
  });

  it('ends the agent with 0, after SIGHUP made it read its configuration again', async () => {
    const file = join(directory, 'agent.yaml');
    writeFileSync(file, 'interval: 1h\n');
    const running = start(['agent', '--config', file], { directory: clone, env });
    await running.until('watching 2 resources');
    writeFileSync(file, 'interval: nonsense\n');
    running.child.kill('SIGHUP');
    await running.until('the new configuration is not used');
    writeFileSync(file, 'interval: 2h\n');
    running.child.kill('SIGHUP');
    await running.until('configuration read again');
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
  });
});

describe.skipIf(!canHaveTerminal)('on a terminal', () => {
  const onTerminal = (words: readonly string[], columns = 100, more: Readonly<Record<string, string>> = {}) =>
    startOnTerminal(words, { directory: clone, env: { ...env, ...more }, columns });

  it('check shows progress, clears it, and tells every outcome in colour', async () => {
    const { status, stdout } = await onTerminal(['check', 'watched']).ended;
    expect(status).toBe(0);
    expect(stdout).toContain('looking at the repository');
    expect(stdout).toContain('checked 0/1');
    expect(stdout).toContain('\u001b[2munchanged');
    expect(stdout.split('\r\u001b[2K').at(-1)).toMatch(/^1 checked: 1 unchanged in \d+ms\r\n$/);
  });

  it('NO_COLOR leaves the colours out, FORCE_COLOR keeps them in a pipe', async () => {
    const { stdout } = await onTerminal(['status'], 100, { NO_COLOR: '1' }).ended;
    expect(stdout).not.toContain('\u001b[');
    expect(stdout).toContain('watched');
    expect((await ours(['status'], { FORCE_COLOR: '1' })).stdout).toContain('\u001b[');
    expect((await ours(['status'])).stdout).not.toContain('\u001b[');
  });

  it('tables are as wide as it', async () => {
    const { stdout } = await onTerminal(['config', 'show'], 60, { NO_COLOR: '1' }).ended;
    expect(stdout).toContain('…');
    for (const line of stdout.split('\r\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('remove-resource asks, and takes no for an answer', async () => {
    const running = onTerminal(['remove-resource', 'example']);
    await running.until('with history?');
    running.child.stdin?.write('n');
    const { status, stdout } = await running.ended;
    expect(status).toBe(1);
    expect(stdout).toContain('nothing was removed');
    expect(tipOf(origin, 'example')).not.toBeNull();
  });

  it('add-resource asks for what is missing and shows the value before it asks to push', async () => {
    const running = onTerminal(['add-resource', '--step', `shell=cat ${value}`]);
    await running.until('called?');
    running.child.stdin?.write('asked\r');
    await running.until('change mean?');
    running.child.stdin?.write('New by question\r');
    await running.until('Push this?');
    running.child.stdin?.write('y');
    const { status, stdout } = await running.ended;
    expect(status).toBe(0);
    expect(stdout.indexOf('New by question (2)')).toBeLessThan(stdout.indexOf('Push this?'));
    expect(subjectsOf(origin, 'asked')[0]).toBe('New by question (2)');
  });

  it('Ctrl-C at a question pushes nothing', async () => {
    const running = onTerminal(['add-resource']);
    await running.until('What is watched?');
    running.child.stdin?.write('\u0003');
    expect((await running.ended).stdout).toContain('nothing was added');
  });
});

describe('at the end', () => {
  it('remove-resource takes branches and definitions away', async () => {
    const { status, stdout } = await ours(['remove-resource', 'example', 'watched', '--yes']);
    expect([status, stdout]).toEqual([0, 'removed   example\nremoved   watched\n']);
    expect([tipOf(origin, 'example'), tipOf(origin, 'watched')]).toEqual([null, null]);
    expect(git(origin, ['ls-tree', '-r', '--name-only', 'main'])).not.toContain('branches/example');
  });
});
