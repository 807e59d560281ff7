import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InstallOptions, runInstall } from '../../../src/cli/commands/install.ts';
import { runUninstall, type UninstallOptions } from '../../../src/cli/commands/uninstall.ts';
import type { InstallDoors } from '../../../src/cli/install/doors.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { failureOf } from '../../support/failures.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';
import { CONFIG, type Given, loadGiven, standIn, standInCrontab, URL } from '../../support/install-standpoint.ts';
import { listen, type Telling } from '../command-tools.ts';

const isRoot = process.getuid?.() === 0;
const signal = new AbortController().signal;
let home: ReturnType<typeof temporaryDirectory>;
let programs: string;
let crontab: string;

beforeEach(() => {
  home = temporaryDirectory();
  programs = join(home.path, 'programs');
  crontab = join(home.path, 'crontab');
  standInCrontab(programs, crontab);
  for (const name of ['systemctl', 'systemd-sysusers'])
    standIn(programs, name, `echo "${name} $*" >> '${join(home.path, 'called')}'`);
});
afterEach(() => home.remove());

function doors(): InstallDoors {
  return {
    node: '/usr/bin/node',
    program: '/usr/lib/spread-cron/dist/main.js',
    directory: home.path,
    environment: { PATH: `${programs}:/usr/bin:/bin`, HOME: home.path },
    processes: createProcesses(),
    system: { manager: 'system', units: join(home.path, 'units'), sysusers: join(home.path, 'sysusers') },
  };
}

const userUnit = (name = 'spread-cron.service') => join(home.path, '.config/systemd/user', name);
const called = () => {
  const file = join(home.path, 'called');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

interface Different extends Given {
  readonly telling?: Telling;
  readonly environment?: Readonly<Record<string, string>>;
}

async function install(options: InstallOptions, { telling, environment, ...given }: Different = {}) {
  const told = listen(telling);
  const here = doors();
  const env = { ...here.environment, ...environment };
  const code = await runInstall(options, await loadGiven(given), { ...told, signal }, { ...here, environment: env });
  return { code, told };
}

async function uninstall(options: UninstallOptions, telling: Telling = {}) {
  const told = listen(telling);
  return { code: await runUninstall(options, { ...told, signal }, doors()), told };
}

describe('install --cron', () => {
  it('adds an entry and leaves the others as they are', async () => {
    writeFileSync(crontab, 'MAILTO=ada\n@daily backup\n');
    const { code, told } = await install({ cron: true });
    expect([code, told.stdout()]).toEqual([0, 'wrote      crontab\n']);
    expect(told.stderr()).toBe(
      `cron checks ${URL} every 5m, and mails what changes\nstate is in ${home.path}/.local/state/spread-cron\n`,
    );
    const text = readFileSync(crontab, 'utf8');
    expect(text.startsWith('MAILTO=ada\n@daily backup\n# >>> spread-cron >>>\n')).toBe(true);
    expect(text).toContain(` check --config ${CONFIG} --state-dir ${home.path}/.local/state/spread-cron\n`);
  });

  it('makes the first crontab, changes nothing the second time, and uninstall removes it again', async () => {
    await install({ cron: true });
    const text = readFileSync(crontab, 'utf8');
    expect((await install({ cron: true })).told.stdout()).toBe('unchanged  crontab\n');
    expect(readFileSync(crontab, 'utf8')).toBe(text);
    const { code, told } = await uninstall({ cron: true });
    expect([code, told.stdout()]).toEqual([0, 'removed    crontab\n']);
    expect(told.stderr()).toBe('left: your other entries, the state directory and the configuration\n');
    expect(existsSync(crontab)).toBe(false);
    expect((await uninstall({ cron: true })).told.stderr()).toMatch(/^nothing to remove/);
  });

  it('replaces an entry with other settings only when told so', async () => {
    await install({ cron: true });
    const other = { text: `repository: ${URL}\ninterval: 1h\n` };
    expect(await failureOf(install({ cron: true }, other))).toMatchObject({
      reason: 'refused',
      message: 'the entry was installed with other settings: compare with --print, then say --force to replace it',
    });
    expect((await install({ cron: true, force: true }, other)).told.stdout()).toBe('replaced   crontab\n');
    expect(readFileSync(crontab, 'utf8').match(/>>> spread-cron >>>/g)).toHaveLength(1);
  });

  it('neither replaces nor removes an entry that somebody changed', async () => {
    await install({ cron: true });
    writeFileSync(crontab, readFileSync(crontab, 'utf8').replace(' check ', ' check -v '));
    expect((await failureOf(install({ cron: true }))).message).toMatch(/was changed since it was installed/);
    expect((await failureOf(uninstall({ cron: true }))).message).toMatch(/say --force to remove it/);
    await uninstall({ cron: true, force: true });
    expect(existsSync(crontab)).toBe(false);
  });

  it('says what to do where there is no crontab program, or where it refuses', async () => {
    standIn(programs, 'crontab', 'echo "you (ada) are not allowed to use this program" >&2; exit 1');
    expect(await failureOf(install({ cron: true }))).toMatchObject({
      reason: 'command-failed',
      details: { crontab_said: 'you (ada) are not allowed to use this program' },
    });
    const failure = await failureOf(install({ cron: true }, { environment: { PATH: home.path } }));
    expect(failure).toMatchObject({
      reason: 'not-found',
      message: 'there is no crontab program: install cron, say --systemd, or --print for the text',
    });
  });

  it('only prints with --print', async () => {
    const { told } = await install({ cron: true, print: true });
    expect(told.stdout()).toMatch(
      /^# crontab\n# >>> spread-cron >>>\n# Written by .*\n\d\S* \* .*\n# <<< spread-cron <<<\n$/,
    );
    expect(existsSync(crontab)).toBe(false);
    const { told: json } = await install({ cron: true, print: true }, { telling: { format: 'json' } });
    expect(json.objects()).toMatchObject([{ path: 'crontab', action: 'none', text: expect.stringContaining('>>>') }]);
  });

  it('tells which proxies it will not have', async () => {
    const { told } = await install({ cron: true }, { environment: { https_proxy: 'http://p.example' } });
    expect(told.stderr()).toContain('set here, but not there: https_proxy; ');
  });
});

describe('install --systemd --user', () => {
  it('writes the service, says what it will do, and what comes next', async () => {
    const { code, told } = await install({ systemd: true, user: true });
    expect([code, told.stdout()]).toEqual([0, `wrote      ${userUnit()}\n`]);
    expect(told.stderr().split('\n')).toEqual([
      `the agent polls ${URL} every 5m; runs are not carried out`,
      `state is in ${home.path}/.local/state/spread-cron`,
      'next:',
      '  systemctl --user daemon-reload',
      '  systemctl --user enable --now spread-cron.service',
      'so that it runs while you are logged out, too: loginctl enable-linger',
      '',
    ]);
    expect(called()).toEqual([]);
    expect(readFileSync(userUnit(), 'utf8')).toMatch(/^# Written by spread-cron install /);
  });

  it('starts it with --now', async () => {
    await install({ systemd: true, user: true, timer: true, now: true });
    expect(called()).toEqual(['systemctl --user daemon-reload', 'systemctl --user enable --now spread-cron.timer']);
  });

  it('tells what systemd said where it could not be started', async () => {
    standIn(programs, 'systemctl', 'echo "Failed to connect to bus" >&2; exit 1');
    expect(await failureOf(install({ systemd: true, user: true, now: true }))).toMatchObject({
      reason: 'command-failed',
      details: { command: 'systemctl --user daemon-reload', said: 'Failed to connect to bus' },
    });
    expect(existsSync(userUnit())).toBe(true);
  });

  it('leaves a unit alone that somebody else wrote, or changed', async () => {
    mkdirSync(join(home.path, '.config/systemd/user'), { recursive: true });
    writeFileSync(userUnit(), '[Service]\nExecStart=/usr/bin/mine\n');
    expect(await failureOf(install({ systemd: true, user: true }))).toMatchObject({
      reason: 'refused',
      message: 'somebody else wrote this unit: keep what you need of it, then say --force to replace it',
      details: { path: userUnit() },
    });
    expect(await failureOf(uninstall({ systemd: true, user: true, force: true }))).toMatchObject({
      message: 'spread-cron install did not write this unit: remove it by hand',
    });
    expect(readFileSync(userUnit(), 'utf8')).toBe('[Service]\nExecStart=/usr/bin/mine\n');
    const { told } = await install({ systemd: true, user: true, force: true });
    expect(told.stdout()).toBe(`replaced   ${userUnit()}\n`);
    expect(told.stderr()).toContain('  systemctl --user restart spread-cron.service\n');
    writeFileSync(userUnit(), `${readFileSync(userUnit(), 'utf8')}Nice=5\n`);
    expect((await failureOf(install({ systemd: true, user: true }))).message).toMatch(/was changed since/);
    expect((await failureOf(uninstall({ systemd: true, user: true }))).message).toMatch(/say --force/);
  });

  it('changes from timer to agent, so that only one of them is left', async () => {
    await install({ systemd: true, user: true, timer: true });
    expect((await failureOf(install({ systemd: true, user: true }))).reason).toBe('refused');
    const { told } = await install({ systemd: true, user: true, force: true });
    expect(told.stdout()).toBe(`replaced   ${userUnit()}\nremoved    ${userUnit('spread-cron.timer')}\n`);
    expect(called()).toEqual([expect.stringMatching(/^systemctl --user disable (?:--now )?spread-cron\.timer$/)]);
    expect(existsSync(userUnit('spread-cron.timer'))).toBe(false);
  });

  it('goes with uninstall, which stops it first', async () => {
    await install({ systemd: true, user: true, timer: true });
    const { code, told } = await uninstall({ systemd: true, user: true });
    expect([code, told.stdout()]).toEqual([
      0,
      `removed    ${userUnit('spread-cron.timer')}\nremoved    ${userUnit()}\n`,
    ]);
    expect(told.stderr()).toBe('left: the state directory and the configuration\n');
    expect(called()[0]).toMatch(/^systemctl --user disable (?:--now )?spread-cron\.timer spread-cron\.service$/);
    expect((await uninstall({ systemd: true, user: true })).told.stderr()).toMatch(
      /^nothing to remove: .*systemd\/user/,
    );
  });

  it('is refused where there is no systemd', async () => {
    const failure = await failureOf(install({ systemd: true, user: true }, { environment: { PATH: home.path } }));
    expect(failure).toMatchObject({ reason: 'not-found', message: expect.stringContaining('--cron') });
    expect(existsSync(userUnit())).toBe(false);
  });
});

describe('install --systemd', () => {
  const TOKEN = `repository: ${URL}\ncredentials: { token: { file: /etc/spread-cron/token } }\n`;
  const SECRET = `${TOKEN}secrets: { S: { file: /etc/spread-cron/s } }\n`;

  it.skipIf(!isRoot)('writes the service and its user, and says who must be able to read what', async () => {
    const { told } = await install({ systemd: true, now: true }, { text: SECRET });
    const [service, sysusers] = [
      join(home.path, 'units/spread-cron.service'),
      join(home.path, 'sysusers/spread-cron.conf'),
    ];
    expect(told.stdout()).toBe(`wrote      ${service}\nwrote      ${sysusers}\n`);
    expect(told.stderr()).toContain(`the user spread-cron must be able to read ${CONFIG}, /etc/spread-cron/s\n`);
    expect(told.stderr()).toContain(
      `ask it: sudo -u spread-cron XDG_RUNTIME_DIR=/run spread-cron status --config ${CONFIG} --state-dir /var/lib/spread-cron\n`,
    );
    expect(called()).toEqual([
      `systemd-sysusers ${sysusers}`,
      'systemctl daemon-reload',
      'systemctl enable --now spread-cron.service',
    ]);
    const { told: gone } = await uninstall({ systemd: true });
    expect(gone.stdout()).toBe(`removed    ${service}\nremoved    ${sysusers}\n`);
    expect(gone.stderr()).toBe('left: the user spread-cron, its state in /var/lib/spread-cron, the configuration\n');
  });

  it.skipIf(isRoot)('is for root', async () => {
    for (const work of [install({ systemd: true }), uninstall({ systemd: true })])
      expect(await failureOf(work)).toMatchObject({
        reason: 'refused',
        message: expect.stringContaining('say --user'),
      });
  });

  it('only prints with --print, to anybody', async () => {
    const { told } = await install({ systemd: true, print: true, timer: true }, { text: TOKEN });
    expect(told.stdout().match(/^# \/.*/gm)).toEqual([
      `# ${home.path}/units/spread-cron.service`,
      `# ${home.path}/units/spread-cron.timer`,
      `# ${home.path}/sysusers/spread-cron.conf`,
    ]);
    expect(existsSync(join(home.path, 'units'))).toBe(false);
  });
});

describe('install', () => {
  it('asks where', async () => {
    expect(await failureOf(install({}))).toMatchObject({ reason: 'usage', message: expect.stringContaining('--cron') });
    expect((await failureOf(uninstall({ user: true }))).reason).toBe('usage');
  });

  it('needs a repository', async () => {
    expect(await failureOf(install({ cron: true }, { text: null }))).toMatchObject({
      reason: 'usage',
      message: expect.stringContaining('which resources repository?'),
    });
  });

  it('tells everything that would not work there', async () => {
    const failure = await failureOf(
      install({ cron: true }, { environment: {}, text: `repository: ${URL}\nca_file: ca.pem\n` }),
    );
    expect(failure).toMatchObject({ reason: 'configuration', details: { path: 'ca_file', found: 'ca.pem' } });
  });

  it('is refused in the snap, which has a service of its own', async () => {
    const failure = await failureOf(install({ cron: true }, { environment: { SNAP_NAME: 'spread-cron' } }));
    expect(failure).toMatchObject({ reason: 'refused', message: expect.stringContaining('snap set spread-cron') });
  });
});
