// How this machine is configured, through the wiring of the program.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/git-origin.ts';
import { openApp } from '../support/open-app.ts';
import { startWebServer } from '../support/web.ts';

const web = await startWebServer();
afterAll(() => web.close());
beforeEach(() => {
  web.reset();
  web.reply('/app', 200, {}, JSON.stringify({ 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': {} } }));
});

/** What the package `app` is on a machine whose npm, where it is asked, says the address of the server. */
async function attempt(options: {
  readonly environment?: Record<string, string>;
  readonly settings?: Record<string, unknown>;
}) {
  const { path: directory, remove } = temporaryDirectory();
  onTestFinished(remove);
  const bin = join(directory, 'bin');
  const trace = join(directory, 'npm-was-asked');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n: > ${trace}\necho ${web.url}\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  const file = join(directory, 'app.yaml');
  writeFileSync(file, 'message: New app\nextract:\n  - npm: app\n');
  const environment = { PATH: `${bin}:${process.env.PATH}`, ...options.environment };
  const app = await openApp({ url: null, directory, environment, settings: options.settings ?? {} });
  onTestFinished(() => app.close());
  const { observation, remedy } = await app.attempt(file, () => {}, new AbortController().signal);
  return { observation, remedy, asked: existsSync(trace) };
}

it('is known to steps by its variables', async () => {
  const { observation, asked } = await attempt({ environment: { NPM_CONFIG_REGISTRY: web.url } });
  expect(observation).toMatchObject({ kind: 'value', value: '1.2.3' });
  expect(asked).toBe(false);
});

it('is known to steps by what its tools say', async () => {
  const { observation, asked } = await attempt({});
  expect(observation).toMatchObject({ kind: 'value', value: '1.2.3' });
  expect(asked).toBe(true);
});

it('is not asked of its tools with policy: untrusted', async () => {
  const { observation, remedy, asked } = await attempt({
    settings: { policy: 'untrusted', private_addresses: 'allow' },
  });
  expect(observation).toMatchObject({ kind: 'failure', step: '1 npm', failure: { reason: 'definition' } });
  expect(remedy).toBe('correct the step in the definition');
  expect(asked).toBe(false);
});
