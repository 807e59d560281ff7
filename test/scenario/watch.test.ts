// `watch` by the built command line: a page of one's own, without a repository, a forge or a configuration.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git, subjectsOf, temporaryDirectory } from '../support/git-origin.ts';
import { type Running, run, start } from '../support/terminal.ts';
import { startWebServer, type WebServer } from '../support/web.ts';

let home: ReturnType<typeof temporaryDirectory>;
let web: WebServer;

beforeEach(async () => {
  home = temporaryDirectory();
  mkdirSync(join(home.path, 'work'));
  web = await startWebServer();
  release('1.0');
});

afterEach(async () => {
  await web.close();
  home.remove();
});

const release = (version: string) => web.reply('/app', 200, {}, JSON.stringify({ version }));
const work = (...path: string[]) => join(home.path, 'work', ...path);

const surroundings = () => ({
  directory: work(),
  env: { PATH: process.env.PATH ?? '', HOME: home.path, XDG_RUNTIME_DIR: home.path },
});
const words = (more: readonly string[]) => ['watch', `${web.url}/app`, '--name', 'app', ...more];
const watch = (...more: string[]) => run(words(more), surroundings());
const JSON_STEP = ['--step', 'json=$.version'] as const;

async function endedBy(running: Running, signal: NodeJS.Signals) {
  running.child.kill(signal);
  return running.ended;
}

describe('watch', () => {
  it('watches a page from nothing, runs the command for a change where one stands, and goes on later', async () => {
    const command = ['--run', 'echo building $SC_VALUE; echo "$SC_VALUE" >> seen; pwd >> seen', '--interval', '1s'];
    const first = start(words([...JSON_STEP, ...command]), surroundings());
    await first.until('watching 1 resource');
    release('2.0');
    await first.until('success in');
    const { status, stderr, stdout } = await endedBy(first, 'SIGINT');
    expect(status).toBe(0);
    expect(stderr).toContain('made      app, a resources repository\n');
    expect(stderr).toContain('extracted app   New app (1.0)\n');
    expect(stderr).toContain('its values: spread-cron history app --repository app\n');
    expect(stdout).toMatch(/^changed {4}app {2}New app \(2\.0\) {2}was 1\.0/m);
    expect(stdout).toContain('\nbuilding 2.0\n');
    expect(readFileSync(work('seen'), 'utf8')).toBe(`2.0\n${work()}\n`);

    release('3.0');
    expect(await watch(...JSON_STEP, ...command, '--once')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('New app (3.0)'),
      stderr: expect.not.stringContaining('made'),
    });
    expect(readFileSync(work('seen'), 'utf8')).toContain(`3.0\n${work()}\n`);
    expect(subjectsOf(work('app'), 'app').slice(0, 3)).toEqual(['New app (3.0)', 'New app (2.0)', 'New app (1.0)']);
  });

  it('shows a run that fails, which is no failure of its own', async () => {
    const failing = [...JSON_STEP, '--run', 'echo oh no >&2; exit 7', '--once'];
    await watch(...failing);
    release('2.0');
    const { status, stderr } = await watch(...failing);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^run failed with 7 after /m);
    expect(stderr).toMatch(/of app: failed \(7\) in /);
  });

  it('can run the command for the first value at once', async () => {
    const { stdout } = await watch(...JSON_STEP, '--run', 'echo first: $SC_VALUE', '--run-first', '--once');
    expect(stdout).toContain('first: 1.0\n');
  });

  it('counts any change of the page where no step is given', async () => {
    await watch('--once');
    web.reply('/app', 200, {}, 'something else');
    expect((await watch('--once')).stdout).toMatch(/^changed {4}app {2}New app \([0-9a-f]{64}\) /);
  });

  it('says what is wrong with a step, and goes on with one that is right', async () => {
    const { status, stdout, stderr } = await watch('--step', 'json=$.release', '--once');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('failed    app   at step 2 json: nothing matches');
    expect(stderr).toContain('came in:\n          {"version":"1.0"}\n');
    expect(stderr).not.toContain('--force');
    const right = await watch(...JSON_STEP, '--once');
    expect(right).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('changed   app/branches/app/resource.yaml'),
    });
    expect(right.stderr).toContain('extracted app   New app (1.0)\n');
    expect(git(work('app'), ['log', '--format=%s', 'main'])).toBe('Watch app anew\nWatch app');
  });

  it('leaves alone what somebody is changing, and what is no repository of its own', async () => {
    await watch(...JSON_STEP, '--once');
    const file = work('app/branches/app/resource.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}every: 1h\n`);
    expect((await watch(...JSON_STEP, '--once')).status).toBe(0);
    expect(await watch('--step', 'jq=.version', '--once')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the file has changes that are not committed'),
    });
    expect(readFileSync(file, 'utf8')).toContain('every: 1h\n');

    git(work(), ['init', '-q', 'mine']);
    expect(await watch(...JSON_STEP, '--directory', 'mine')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the directory holds another repository'),
    });
    expect(existsSync(work('mine/branches'))).toBe(false);
    writeFileSync(work('taken'), '');
    expect((await watch(...JSON_STEP, '--directory', 'taken')).stderr).toContain('a file is in the way');
  });

  it('tells commands that can be pasted, wherever the repository is', async () => {
    expect((await watch(...JSON_STEP, '--directory', 'my pages', '--once')).stderr).toContain(
      "its values: spread-cron history app --repository 'my pages'\n",
    );
    mkdirSync(work('empty'));
    const flags = words([...JSON_STEP, '--directory', '.', '--once']);
    const here = await run(flags, { ...surroundings(), directory: work('empty') });
    expect(here.stderr).toContain('made      ., a resources repository\n');
    expect(here.stderr).toContain('its values: spread-cron history app --repository .\n');
  });

  it('refuses to run first what nobody said', async () => {
    expect(await watch(...JSON_STEP, '--run-first', '--once')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--run-first runs what --run says'),
    });
    expect(existsSync(work('app'))).toBe(false);
  });

  it('commits nothing that somebody else has staged, and nowhere but on main', async () => {
    await watch(...JSON_STEP, '--once');
    writeFileSync(work('app/notes'), 'mine\n');
    git(work('app'), ['add', 'notes']);
    const other = ['--step', 'jq=.version', '--once'] as const;
    expect((await watch(...other)).stderr).toContain('other changes are staged there: commit them, or take them back');
    git(work('app'), ['reset', '-q', '--hard']);
    git(work('app'), ['switch', '-q', '-c', 'trial']);
    expect((await watch(...other)).stderr).toContain('definitions are on main: switch to it');
    expect(git(work('app'), ['rev-list', '--count', 'main', 'trial'])).toBe('1');
  });

  it('writes nothing where the definition is wrong, or where the page is watched already', async () => {
    const unknown = await watch('--step', 'jsn=$.version');
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean json?')]);
    const login = await run(['watch', web.url.replace('://', '://ada:s3cret@')], surroundings());
    expect(login).toMatchObject({ status: 2, stderr: expect.stringContaining('a URL with a login') });
    expect(login.stderr).not.toContain('s3cret');
    expect(readdirSync(work())).toEqual([]);

    const first = start(words(JSON_STEP), surroundings());
    await first.until('watching 1 resource');
    const second = await watch('--step', 'jq=.version');
    expect(second).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('it is watched already: end that process'),
    });
    expect(git(work('app'), ['rev-list', '--count', 'main'])).toBe('1');
    expect((await endedBy(first, 'SIGTERM')).status).toBe(0);
  });

  it('has a repository of its own, and says so where another is named', async () => {
    expect(await watch(...JSON_STEP, '--repository', 'https://git.example.com/team/resources')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--directory'),
    });
  });
});
