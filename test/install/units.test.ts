// Units as systemd itself judges them; it is asked offline, so that nothing need run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Standpoint } from '../../src/install/installation.ts';
import { type Runs, serviceUnit, sysusersFile, timerUnit } from '../../src/install/units.ts';
import { temporaryDirectory } from '../support/git-origin.ts';
import { CONFIG, type Given, installationOf, URL } from '../support/install-standpoint.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);

const canAnalyse = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0;
if (!canAnalyse) console.error('systemd-analyze is absent: NO UNIT IS VERIFIED BY SYSTEMD');

/** Verifying looks whether what is started is there; Node may lie where a service of the machine cannot see it. */
const HERE: Partial<Standpoint> = { node: '/bin/sh' };
const TOKEN = `repository: ${URL}\ncredentials: { token: { file: /etc/spread-cron/token } }\n`;

/** What a setting of a unit says, every time. */
function settings(text: string, name: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
}

describe('the service of the machine', () => {
  it('is the agent, as a user of its own that writes only its own directories', async () => {
    const text = serviceUnit(await installationOf({ text: TOKEN, more: { place: 'system' } }), 'agent');
    expect(settings(text, 'ExecStart')).toEqual([
      `/usr/bin/node /usr/lib/node_modules/spread-cron/dist/main.js agent --config ${CONFIG} --state-dir /var/lib/spread-cron`,
    ]);
    expect(settings(text, 'User')).toEqual(['spread-cron']);
    expect(settings(text, 'StateDirectory')).toEqual(['spread-cron']);
    expect(settings(text, 'WantedBy')).toEqual(['multi-user.target']);
    expect(sysusersFile()).toContain('\nu spread-cron - "spread-cron" /var/lib/spread-cron\n');
  });

  it('gets copies of its credentials; none of them, and no variable of this shell, is in the unit', async () => {
    const text = serviceUnit(await installationOf({ text: TOKEN, more: { place: 'system' } }), 'agent');
    expect(settings(text, 'LoadCredential')).toEqual(['token:/etc/spread-cron/token']);
    expect(settings(text, 'Environment')).toEqual([
      'HOME=/var/lib/spread-cron XDG_RUNTIME_DIR=/run',
      'SPREAD_CRON_CREDENTIALS_TOKEN_FILE=%d/token',
    ]);
    const open = serviceUnit(await installationOf({ more: { place: 'system' } }), 'agent');
    expect(open).not.toContain('LoadCredential');
  });

  it('has time to end its tasks and to record that', async () => {
    const text = serviceUnit(await installationOf({ text: `${TOKEN}runs: { grace: 90s }\n` }), 'agent');
    expect(settings(text, 'TimeoutStopSec')).toEqual(['120']);
    expect(settings(text, 'KillMode')).toEqual(['mixed']);
  });
});

describe('the service of a user', () => {
  it('finds the programs that its user finds', async () => {
    const text = serviceUnit(await installationOf({ more: { path: '/home/ada/my bin:/usr/bin' } }), 'agent');
    expect(settings(text, 'Environment')).toEqual(['"PATH=/home/ada/my bin:/usr/bin"']);
    expect(settings(text, 'WantedBy')).toEqual(['default.target']);
    expect(settings(text, 'User')).toEqual([]);
  });
});

describe('a timer', () => {
  it('starts one round at the interval, spread by the jitter', async () => {
    const installation = await installationOf({ text: `${TOKEN}interval: 90m\njitter: 20%\n` });
    const service = serviceUnit(installation, 'timer');
    expect(settings(service, 'Type')).toEqual(['oneshot']);
    expect(settings(service, 'ExecStart')[0]).toContain('main.js check --config');
    expect(service).not.toContain('[Install]');
    const timer = timerUnit(installation);
    expect(settings(timer, 'OnUnitActiveSec')).toEqual(['5400s']);
    expect(settings(timer, 'RandomizedDelaySec')).toEqual(['1080s']);
  });
});

describe.skipIf(!canAnalyse)('systemd', () => {
  const kinds: readonly (readonly [string, Runs, Given])[] = [
    ['the agent of the machine', 'agent', { text: TOKEN, more: { ...HERE, place: 'system' } }],
    [
      'an agent that carries out runs',
      'agent',
      { text: `${TOKEN}runner: local\n`, more: { ...HERE, place: 'system' } },
    ],
    ['a timer of the machine', 'timer', { text: TOKEN, more: { ...HERE, place: 'system' } }],
    ['the agent of a user', 'agent', { text: TOKEN, more: HERE }],
    ['a timer of a user', 'timer', { text: TOKEN, more: HERE }],
    ['words that mean something to it', 'agent', { text: TOKEN, more: { ...HERE, stateBase: `/a b/"c" $HOME 100%n` } }],
  ];

  it.each(kinds)('finds nothing wrong with %s', async (name, runs, given) => {
    const installation = await installationOf(given);
    const units = join(directory, name);
    mkdirSync(units);
    writeFileSync(join(units, 'spread-cron.service'), serviceUnit(installation, runs));
    if (runs === 'timer') writeFileSync(join(units, 'spread-cron.timer'), timerUnit(installation));
    const manager = installation.place === 'user' ? ['--user'] : [];
    const unit = join(units, runs === 'timer' ? 'spread-cron.timer' : 'spread-cron.service');
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...manager, unit], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: directory },
    });
    // keys that it does not know give no status
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each([
    ['behind many walls where only extractors run', TOKEN, 2],
    ['behind those that suites do not lean on where runs are carried out', `${TOKEN}runner: local\n`, 5],
  ])('sees the service of the machine %s', async (_, text, most) => {
    const unit = join(directory, 'spread-cron.service');
    writeFileSync(unit, serviceUnit(await installationOf({ text, more: { ...HERE, place: 'system' } }), 'agent'));
    const told = execFileSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(told)?.[1]);
    expect(exposure).toBeLessThan(most);
  });

  it('takes the times of a timer', async () => {
    const timer = timerUnit(await installationOf({ text: `${TOKEN}interval: 2h30m\n` }));
    for (const [name, microseconds] of [
      ['OnUnitActiveSec', 9_000_000_000],
      ['RandomizedDelaySec', 900_000_000],
    ] as const) {
      const span = settings(timer, name)[0] ?? '';
      const told = execFileSync('systemd-analyze', ['timespan', span], { encoding: 'utf8' });
      expect(Number(/μs: (\d+)/.exec(told)?.[1])).toBe(microseconds);
    }
  });

  it.skipIf(spawnSync('systemd-sysusers', ['--version']).status !== 0)(
    'makes the user of the machine’s service',
    () => {
      const root = join(directory, 'root');
      mkdirSync(join(root, 'etc'), { recursive: true });
      writeFileSync(join(root, 'spread-cron.conf'), sysusersFile());
      execFileSync('systemd-sysusers', [`--root=${root}`, join(root, 'spread-cron.conf')], { stdio: 'pipe' });
      expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(
        /^spread-cron:.*:\/var\/lib\/spread-cron:\S*nologin$/m,
      );
    },
  );
});
