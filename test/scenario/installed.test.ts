// What `install` writes, taken at its word: the line that cron would run and the command that systemd would start, each in
// the environment that they would have, over a real repository.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git, makeOrigin, subjectsOf, temporaryDirectory } from '../support/git-origin.ts';
import { listenTo, PROGRAM, run } from '../support/terminal.ts';

const isRoot = process.getuid?.() === 0;
const { path: home, remove } = temporaryDirectory();
afterAll(remove);
const origin = join(home, 'origin.git');
const value = join(home, 'value');
const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home };
const ours = (words: readonly string[]) => run(words, { directory: home, env });
const become = (text: string) => writeFileSync(value, text);

/** What cron and systemd give to those who say nothing. */
const MINIMAL = { HOME: home, LOGNAME: 'somebody', SHELL: '/bin/sh', PATH: '/usr/bin:/bin' };

beforeAll(async () => {
  makeOrigin(origin);
  become('1\n');
  expect((await ours(['init', 'clone', '--remote', origin])).status).toBe(0);
  git(join(home, 'clone'), ['push', '--quiet', 'origin', 'main']);
  const step = ['--step', `shell=cat ${value}`];
  const words = ['add-resource', 'watched', '--message', 'New thing', '--repository', origin, ...step];
  expect((await ours(words)).status).toBe(0);
});

/** A crontab is kept where only the crontab program may write: it gets a spool of the test's own. */
const spool = join(home, 'spool');
const SPOOL = '/var/spool/cron/crontabs';
const inSpool = (words: readonly string[]) => ['--dev-bind', '/', '/', '--bind', spool, SPOOL, ...words];
mkdirSync(spool, { mode: 0o1730 });
chmodSync(spool, 0o1730);
const canCron =
  spawnSync('bwrap', inSpool(['crontab', '-l']), { encoding: 'utf8' }).stderr?.includes('no crontab') === true;
if (!canCron) console.error('crontab, bwrap or root is absent: THE REAL CRONTAB IS NOT TESTED');

describe.skipIf(!canCron)('the entry in the real crontab', () => {
  const crontab = (words: readonly string[], input?: string) =>
    execFileSync('bwrap', inSpool(['crontab', ...words]), { encoding: 'utf8', input });
  const install = (words: readonly string[]) =>
    spawnSync('bwrap', inSpool([process.execPath, PROGRAM, ...words]), { encoding: 'utf8', cwd: home, env });

  it('is taken by it, beside the other entries, and does a round when it is run', () => {
    crontab(['-'], '# mine\n@daily true\n');
    const installed = install(['install', '--cron', '--repository', 'origin.git', '--state-dir', '100% state']);
    expect([installed.status, installed.stdout]).toEqual([0, 'wrote      crontab\n']);
    const text = crontab(['-l']);
    expect(text.startsWith('# mine\n@daily true\n')).toBe(true);
    const [, command = ''] = /^\d-59\/5 \* \* \* \* (.*)$/m.exec(text) ?? [];
    become('2\n');
    const told = execFileSync('/bin/sh', ['-c', command.replaceAll('\\%', '%')], {
      env: MINIMAL,
      encoding: 'utf8',
      cwd: '/',
    });
    expect(told).toMatch(/^changed {4}watched {2}New thing \(2\) /);
    expect(subjectsOf(origin, 'watched')[0]).toBe('New thing (2)');
  });

  it('goes without a trace', () => {
    expect(install(['uninstall', '--cron'])).toMatchObject({ status: 0, stdout: 'removed    crontab\n' });
    expect(crontab(['-l'])).toBe('# mine\n@daily true\n');
  });
});

describe('the command of the service', () => {
  it('is an agent that answers, reads its configuration again, and stops', async () => {
    const config = join(home, 'agent.yaml');
    writeFileSync(config, `repository: ${origin}\ninterval: 1h\n`);
    const words = ['install', '--systemd', '--user', '--config', 'agent.yaml', '--state-dir', 'state'];
    expect((await ours([...words, '--print'])).stdout).toContain('\nExecStart=');
    const text = (await ours([...words, '--print'])).stdout;
    const [, started = ''] = /^ExecStart=(.*)$/m.exec(text) ?? [];
    const [, path = ''] = /^Environment="?(PATH=[^"\n]*)/m.exec(text) ?? [];
    expect(started).not.toMatch(/["\\%$]/);
    const [file = '', ...args] = started.split(' ');
    const environment = { ...MINIMAL, PATH: path.slice('PATH='.length), XDG_RUNTIME_DIR: home };
    const agent = listenTo(spawn(file, args, { cwd: '/', env: environment, stdio: ['ignore', 'pipe', 'pipe'] }));
    await agent.until('watching 1 resource');
    const asked = await ours(['ping', '--config', config, '--state-dir', 'state', '--json']);
    expect(JSON.parse(asked.stdout)).toMatchObject({
      repository: origin,
      pid: agent.child.pid,
      late: false,
      error: null,
    });
    writeFileSync(config, `repository: ${origin}\ninterval: 2h\n`);
    agent.child.kill('SIGHUP');
    await agent.until('configuration read again');
    agent.child.kill('SIGTERM');
    expect((await agent.ended).status).toBe(0);
    expect(await ours(['ping', '--config', config, '--state-dir', 'state'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no agent of this repository runs here: start it with spread-cron agent'),
    });
  });
});

describe('a service of the machine', () => {
  it.skipIf(!isRoot)('is not for other users to install', async () => {
    const nobody = {
      uid: 65534,
      gid: 65534,
      cwd: '/',
      env: { PATH: env.PATH, HOME: '/nonexistent' },
      encoding: 'utf8',
    } as const;
    const words = ['--systemd', '--repository', 'https://git.example.com/r.git', '--state-dir', '/var/lib/spread-cron'];
    for (const command of ['install', 'uninstall']) {
      const { status, stderr } = spawnSync(process.execPath, [PROGRAM, command, ...words], nobody);
      expect([status, stderr]).toEqual([
        2,
        'error: services of the machine are for root to change: run it as root, or say --user for your own\n',
      ]);
    }
  });
});

it('uninstall works also where the configuration is wrong', async () => {
  writeFileSync(join(home, 'broken.yaml'), 'nonsense: 1\n');
  const { status, stderr } = await ours(['uninstall', '--systemd', '--user', '--config', 'broken.yaml']);
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^nothing to remove/)]);
  expect(readFileSync(join(home, 'broken.yaml'), 'utf8')).toBe('nonsense: 1\n');
});
