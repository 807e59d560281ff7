import { describe, expect, it } from 'vitest';
import { CONFIG, installationOf, obstaclesTo, URL } from '../support/install-standpoint.ts';

const NODE = '/usr/bin/node';
const PROGRAM = '/usr/lib/node_modules/spread-cron/dist/main.js';
const STATE = '/home/ada/.local/state/spread-cron';

describe('what is started later', () => {
  it('is the present program with the present configuration, by absolute paths', async () => {
    const { words, url } = await installationOf();
    expect(words('agent')).toEqual([NODE, PROGRAM, 'agent', '--config', CONFIG, '--state-dir', STATE]);
    expect(words('check')).toEqual([NODE, PROGRAM, 'check', '--config', CONFIG, '--state-dir', STATE]);
    expect(url).toBe(URL);
  });

  it('is told the repository and the interval where no file says them', async () => {
    const { words } = await installationOf({ text: null, flags: { repository: URL, interval: '15m' } });
    const flags = ['--repository', URL, '--state-dir', STATE];
    expect(words('agent').slice(2)).toEqual(['agent', '--interval', '15m', ...flags]);
    // cron and timers know the interval themselves
    expect(words('check').slice(2)).toEqual(['check', ...flags]);
    const variable = await installationOf({ text: null, environment: { SPREAD_CRON_REPOSITORY: URL } });
    expect(variable.words('check').slice(3)).toEqual(flags);
  });

  it('is told the whole path of a repository that the file names by a relative one', async () => {
    const address = '/srv/resources.git';
    const { words } = await installationOf({ text: 'repository: resources.git\n', more: { address } });
    expect(words('check').slice(3)).toEqual(['--config', CONFIG, '--repository', address, '--state-dir', STATE]);
  });

  it('keeps the state of a service of the machine where that may write', async () => {
    const { words, stateBase } = await installationOf({ more: { place: 'system' } });
    expect(stateBase).toBe('/var/lib/spread-cron');
    expect(words('agent').slice(-2)).toEqual(['--state-dir', '/var/lib/spread-cron']);
  });
});

describe('what works here and not there', () => {
  it('is what variables of this shell say', async () => {
    const environment = { SPREAD_CRON_JITTER: '5%', SPREAD_CRON_CREDENTIALS_TOKEN: 'tok', SPREAD_CRON_REPOSITORY: URL };
    expect(await obstaclesTo({ environment })).toEqual([
      'SPREAD_CRON_JITTER: jitter: this variable will not be set there: write the key into the configuration file',
      'SPREAD_CRON_CREDENTIALS_TOKEN: credentials.token.env: this variable will not be set there: write the key into the configuration file',
    ]);
  });

  it('is what the configuration says to take from variables', async () => {
    const text = `repository: ${URL}\ncredentials: { password: { env: PASS } }\nsecrets: { STORE: { env: STORE_TOKEN } }\n`;
    expect(await obstaclesTo({ text })).toEqual([
      `${CONFIG}:2: credentials.password: this variable will not be set there: keep the value in a file: got PASS`,
      `${CONFIG}:3: secrets.STORE: this variable will not be set there: keep the value in a file: got STORE_TOKEN`,
    ]);
  });

  it('is a path that means something else from another directory', async () => {
    const text = `repository: ${URL}\ncredentials: { token: { file: token } }\nsecrets: { S: { file: s } }\nca_file: ca.pem\n`;
    expect(await obstaclesTo({ text })).toEqual([
      `${CONFIG}:2: credentials.token.file: write the whole path, from /: got token`,
      `${CONFIG}:3: secrets.S: write the whole path, from /: got s`,
      `${CONFIG}:4: ca_file: write the whole path, from /: got ca.pem`,
    ]);
  });

  it('is a login in an address that everybody could read, unless the file alone holds it', async () => {
    const address = 'https://ada:secret@git.example.com/r.git';
    const told = await obstaclesTo({ text: null, flags: { repository: address } });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^flag: repository: everybody could read the login/);
    expect(told.join()).not.toContain('secret');
    const { words, url } = await installationOf({ text: `repository: ${address}\n` });
    expect([words('agent').join(' '), url].join()).not.toContain('secret');
    const origin = await obstaclesTo({ text: null, more: { address } });
    expect(origin[0]).toMatch(/^origin of this clone: repository: /);
  });

  it('is a line break in a path', async () => {
    expect(await obstaclesTo({ more: { stateBase: '/a\nb' } })).toEqual([
      'spread-cron: a line break or control character in a path: got /a\nb',
    ]);
  });

  it('is, for a service of the machine, what is in homes and temporary directories', async () => {
    const text = `repository: ${URL}\ncredentials: { token: { file: /home/ada/token } }\nfiles: { directories: [/tmp/data] }\n`;
    const program = '/root/spread-cron/dist/main.js';
    const why = 'a service of the machine sees neither home directories nor /tmp: move it, or say --user';
    expect(await obstaclesTo({ text, more: { place: 'system', program } })).toEqual([
      `${CONFIG}:2: credentials.token.file: ${why}: got /home/ada/token`,
      `${CONFIG}:3: files.directories: ${why}: got /tmp/data`,
      `spread-cron: ${why}: got ${program}`,
    ]);
    expect(await obstaclesTo({ text })).toEqual([]);
  });

  it('is, for a service of the machine, a repository or state that its user cannot write', async () => {
    const text = 'repository: /srv/resources.git\nstate_dir: /srv/state\n';
    expect(await obstaclesTo({ text, more: { place: 'system' } })).toEqual([
      `${CONFIG}:1: repository: the user spread-cron could not write to this directory: give an address, or say --user: got /srv/resources.git`,
      `${CONFIG}:2: state_dir: a service of the machine keeps its state in /var/lib/spread-cron: leave the key out, or say --user: got /srv/state`,
    ]);
    expect(await obstaclesTo({ text })).toEqual([]);
  });
});
