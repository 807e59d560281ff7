import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/cli/configuration.ts';
import { openApp, secretsOf } from '../../src/cli/open-app.ts';
import { failureOf } from '../support/failures.ts';
import { temporaryDirectory } from '../support/git-origin.ts';
import { listen } from './command-tools.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);
mkdirSync(join(directory, 'config/spread-cron'), { recursive: true });
writeFileSync(join(directory, 'config/spread-cron/agent.yaml'), 'interval: 7m\njitter: 0%\n');
writeFileSync(join(directory, 'own.yaml'), 'interval: 9m\n');

const load = (more: Partial<Parameters<typeof loadConfiguration>[0]> = {}) =>
  loadConfiguration({ file: null, flags: {}, environment: {}, directory, ...more });
const MINUTE = 60_000;

describe('configuration', () => {
  it('is read from the usual place, and is not missed there', async () => {
    const usual = { XDG_CONFIG_HOME: join(directory, 'config') };
    expect((await load({ environment: usual })).config.interval).toBe(7 * MINUTE);
    expect((await load({ environment: { HOME: join(directory, 'nobody') } })).config.interval).toBe(5 * MINUTE);
  });

  it('is read from the file that the flag or the variable names, the flag first', async () => {
    const environment = { SPREAD_CRON_CONFIG: 'own.yaml' };
    expect((await load({ environment })).config.interval).toBe(9 * MINUTE);
    const file = 'config/spread-cron/agent.yaml';
    expect((await load({ environment, file })).config.interval).toBe(7 * MINUTE);
  });

  it('takes flags over variables over the file', async () => {
    const environment = { SPREAD_CRON_INTERVAL: '8m' };
    expect((await load({ file: 'own.yaml', environment })).config.interval).toBe(8 * MINUTE);
    const flags = { interval: '6m' };
    expect((await load({ file: 'own.yaml', environment, flags })).config.interval).toBe(6 * MINUTE);
  });

  it('refuses a named file that is not there, and what is wrong in one', async () => {
    expect(await failureOf(load({ file: 'nowhere.yaml' }))).toMatchObject({
      reason: 'configuration',
      message: 'there is no such configuration file',
    });
    expect(await failureOf(load({ file: 'config' }))).toMatchObject({
      reason: 'configuration',
      message: 'the file cannot be read by this user',
      details: { file: join(directory, 'config'), code: 'EISDIR' },
    });
    writeFileSync(join(directory, 'wrong.yaml'), 'intervall: 9m\n');
    expect(await failureOf(load({ file: 'wrong.yaml' }))).toMatchObject({
      reason: 'configuration',
      details: { line: 1, nearest: 'interval' },
    });
  });
});

describe('opening', () => {
  const open = async (written: string, environment: Record<string, string> = {}) => {
    writeFileSync(join(directory, 'agent.yaml'), written);
    const { config } = await load({ file: 'agent.yaml', environment });
    const { log } = listen().output;
    const secrets = secretsOf(config, environment);
    return openApp({ config, secrets, url: null, environment, directory, log, version: '0', pid: 1 });
  };

  it.each([
    ['credentials: { token: { file: nowhere } }', 'there is no such file', 'credentials.token.file'],
    ['credentials: { password: { env: NOT_SET } }', 'the variable is not set', 'credentials.password.env'],
    ['ca_file: nowhere', 'there is no such file', 'ca_file'],
    ['credentials: { token: { file: config } }', 'the file cannot be read by this user', 'credentials.token.file'],
  ])('names the key of what cannot be read: %s', async (written, message, key) => {
    const failure = await failureOf(open(`${written}\nstate_dir: state\n`));
    expect(failure).toMatchObject({ reason: 'configuration', message, details: { key } });
  });

  it('needs a place to keep state in', async () => {
    const failure = await failureOf(open('interval: 5m\n'));
    expect(failure.message).toMatch(/--state-dir/);
  });

  it('makes nothing in the state directory by itself', async () => {
    const app = await open('state_dir: state\n');
    await app.close();
    expect(app.url).toBe('');
  });
});

describe('secrets', () => {
  it('are redacted, the credentials of the repository too, which no definition can name', async () => {
    writeFileSync(join(directory, 'token'), 'tok-123456\n');
    writeFileSync(
      join(directory, 's.yaml'),
      'secrets: { S: { env: S_VALUE } }\ncredentials: { token: { file: token } }\n',
    );
    const environment = { S_VALUE: 'value-9876' };
    const { config } = await load({ file: 's.yaml', environment });
    const here = {
      ...config,
      credentials: { ...config.credentials, token: { file: join(directory, 'token'), env: null } },
    };
    const secrets = secretsOf(here, environment);
    expect(secrets.redact('a tok-123456 and value-9876')).toBe('a *** and ***');
    expect(() => secrets.resolve('${secret:(token)}', 'x')).toThrow();
  });
});
