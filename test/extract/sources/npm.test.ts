import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { machine } from '../../support/machine.ts';
import { resolveSecretsFor } from '../../support/secrets.ts';
import { stepContext } from '../../support/step-context.ts';
import { startWebServer } from '../../support/web.ts';

// The suite below is written down before any hook runs.
const web = await startWebServer();
const { client } = httpClient();
afterAll(() => web.close());

const documents: Readonly<Record<string, unknown>> = {
  '/left': {
    name: 'left',
    'dist-tags': { latest: '1.10.0', next: '2.0.0-rc.1', old: '0.1.0', broken: '9.9.9' },
    versions: {
      '0.1.0': { deprecated: 'use 1' },
      '1.9.0': { deprecated: '' },
      '1.10.0': { deprecated: false, dist: {} },
      '2.0.0-rc.1': {},
    },
  },
  '/@team%2fleft': { 'dist-tags': { latest: '3.0.0' }, versions: { '3.0.0': {} } },
  '/gone': { name: 'gone', time: { unpublished: { time: '2026-01-01T00:00:00Z' } } },
  '/abandoned': { 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { deprecated: true } } },
  '/odd': { versions: [] },
};
beforeEach(() => {
  web.reset();
  for (const [path, document] of Object.entries(documents)) web.reply(path, 200, {}, JSON.stringify(document));
  web.reply('/page', 200, { 'content-type': 'text/html' }, '<html>log in</html>');
});

const registry = web.url;
const doors = {
  http: client,
  machine: machine({ variables: { NPM_CONFIG_REGISTRY: web.url } }),
  resolveSecrets: resolveSecretsFor(`127.0.0.1:${web.port}`, { TOKEN: 'sesame' }),
};

describeStep('npm', {
  context: () => doors,
  examples: [
    { name: 'the version that latest names', written: { npm: 'left', registry }, output: '1.10.0' },
    { name: 'that of another dist-tag', written: { npm: 'left', registry, tag: 'next' }, output: '2.0.0-rc.1' },
    { name: 'what a tag names, deprecated or not', written: { npm: 'left', registry, tag: 'old' }, output: '0.1.0' },
    { name: 'a package of a scope', written: { npm: '@team/left', registry: `${registry}/` }, output: '3.0.0' },
    { name: 'a package of the registry of this machine', written: { npm: 'left' }, output: '1.10.0' },
    { name: 'all versions', written: { npm: 'left', registry, versions: true }, output: ['1.9.0', '1.10.0'] },
    {
      name: 'all versions with those that usually do not count',
      written: { npm: 'left', registry, versions: true, prereleases: true, deprecated: true },
      output: ['0.1.0', '1.9.0', '1.10.0', '2.0.0-rc.1'],
    },
  ],
  refused: [
    { name: 'a name that is none', written: { npm: '../etc' }, message: /not the name of a package/ },
    { name: 'a name with a version', written: { npm: 'left@1' }, message: /not the name of a package/ },
    { name: 'a tag and all versions', written: { npm: 'a', tag: 'next', versions: true }, message: /not together/ },
    { name: 'pre-releases of a tag', written: { npm: 'a', prereleases: true }, message: /only together with versions/ },
    {
      name: 'deprecated ones of a tag',
      written: { npm: 'a', deprecated: true },
      message: /only together with versions/,
    },
    { name: 'a registry that is no URL', written: { npm: 'a', registry: 'npm.example.com' }, message: /not the URL/ },
    {
      name: 'a registry with a login',
      written: { npm: 'a', registry: 'https://me:pw@npm.example.com/' },
      message: /address with a login/,
    },
    { name: 'a token that is written down', written: { npm: 'a', token: 'abc' }, message: /a token is a secret/ },
  ],
  failures: [
    {
      name: 'a package that is not there',
      written: { npm: 'nobody', registry },
      reason: 'no-match',
      message: /no such package.*check its name/,
    },
    {
      name: 'a package that was unpublished',
      written: { npm: 'gone', registry },
      reason: 'no-match',
      message: /unpublished/,
    },
    { name: 'a tag that is not there', written: { npm: 'left', registry, tag: 'nxet' }, reason: 'no-match' },
    { name: 'a tag without its version', written: { npm: 'left', registry, tag: 'broken' }, reason: 'no-match' },
    {
      name: 'versions that are all deprecated',
      written: { npm: 'abandoned', registry, versions: true },
      reason: 'no-match',
      message: /see deprecated/,
    },
    { name: 'a page', written: { npm: 'page', registry }, reason: 'not-parsable', message: /check its address/ },
    { name: 'other data', written: { npm: 'odd', registry }, reason: 'not-parsable' },
    { name: 'metadata beyond the limit', written: { npm: 'left', registry, max_size: 100 }, reason: 'too-large' },
  ],
});

describe('the registry', () => {
  it('is asked for the abbreviated metadata', async () => {
    await runStep({ npm: 'left', registry }, '', stepContext(doors));
    expect(web.seen[0]?.headers.accept).toBe('application/vnd.npm.install-v1+json');
    expect(web.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is named in the failure, with the nearest of its tags', async () => {
    const failure = await failureOf({ npm: 'left', registry, tag: 'nxet' }, '', stepContext(doors));
    expect(failure.details).toMatchObject({ package: 'left', tag: 'nxet', nearest: 'next' });
    expect((await failureOf({ npm: 'nobody', registry }, '', stepContext(doors))).details).toEqual({
      package: 'nobody',
      registry,
    });
  });

  it('gets the token, where the secret may go there', async () => {
    await runStep({ npm: 'left', registry, token: '${secret:TOKEN}' }, '', stepContext(doors));
    expect(web.seen[0]?.headers.authorization).toBe('Bearer sesame');
    const elsewhere = { npm: 'left', registry: 'http://localhost:1/', token: '${secret:TOKEN}' };
    expect((await failureOf(elsewhere, '', stepContext(doors))).reason).toBe('refused');
  });

  it('that wants a login, or another one, is told with what to give', async () => {
    web.reply('/left', 401);
    const without = await failureOf({ npm: 'left', registry }, '', stepContext(doors));
    expect(without).toMatchObject({ reason: 'http-status', details: { status: 401, url: `${registry}/left` } });
    expect(without.message).toBe('the registry asks for a login: set token');
    const withToken = await failureOf({ npm: 'left', registry, token: '${secret:TOKEN}' }, '', stepContext(doors));
    expect(withToken.message).toBe('the registry refuses the login: look at token, and at what it may see');
  });

  it('is asked once in a round by steps that look at the same package', async () => {
    const context = stepContext({ ...doors, once: createOnce() });
    await Promise.all([
      runStep({ npm: 'left', registry }, '', context),
      runStep({ npm: 'left', registry, versions: true }, '', context),
      runStep({ npm: '@team/left', registry }, '', context),
    ]);
    expect(web.seen).toHaveLength(2);
  });
});
