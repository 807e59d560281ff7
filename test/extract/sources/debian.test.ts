import { gzipSync } from 'node:zlib';
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

const packages = (...all: readonly (readonly [name: string, version: string])[]) =>
  gzipSync(all.map(([name, version]) => `Package: ${name}\nVersion: ${version}\n`).join('\n'));

const MAIN = '/debian/dists/stable/main/binary-amd64/Packages.gz';
beforeEach(() => {
  web.reset();
  web.on(MAIN, (response, { headers }) => {
    if (headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else
      response
        .writeHead(200, { etag: '"1"' })
        .end(packages(['app', '1:0.9-1'], ['app', '1.0-1'], ['app', '1:1.0~rc1-1'], ['other', '7']));
  });
  web.reply('/debian/dists/stable/contrib/binary-arm64/Packages.gz', 200, {}, packages(['app', '0.5']));
  web.reply('/debian/dists/stable/main/source/Sources.gz', 200, {}, packages(['app', '1.1-1']));
  web.reply('/debian/dists/stable/updates/main/binary-amd64/Packages.gz', 200, {}, packages());
  web.reply('/debian/dists/odd/main/binary-amd64/Packages.gz', 200, {}, gzipSync('<html>'));
});

const mirror = `${web.url}/debian`;
const at = { mirror, suite: 'stable' };
const doors = {
  http: client,
  machine: machine({ files: { '/etc/apt/sources.list': `deb ${mirror}/ stable main\n` } }),
  resolveSecrets: resolveSecretsFor(`127.0.0.1:${web.port}`, { PASSWORD: 'sesame' }),
};

describeStep('debian', {
  context: () => doors,
  examples: [
    { name: 'the newest of the versions of a package', written: { debian: 'app', ...at }, output: '1:1.0~rc1-1' },
    {
      name: 'the version in another component, for another architecture',
      written: { debian: 'app', ...at, component: 'contrib', arch: 'arm64' },
      output: '0.5',
    },
    { name: 'the version of a source package', written: { debian: 'app', ...at, source: true }, output: '1.1-1' },
    { name: 'a package of the archive of this machine', written: { debian: 'other', suite: 'stable' }, output: '7' },
    {
      name: 'nothing where the package may be absent',
      written: { debian: 'app', mirror, suite: 'stable/updates', absent: 'nothing' },
      output: { kind: 'nothing', why: 'no app in stable/updates/main so far' },
    },
  ],
  refused: [
    { name: 'no suite', written: { debian: 'app' }, message: /suite/ },
    { name: 'a name that is none', written: { debian: 'App', ...at }, message: /not the name of a Debian package/ },
    {
      name: 'a suite that leads elsewhere',
      written: { debian: 'app', mirror, suite: 'a/../b' },
      message: /not a suite/,
    },
    { name: 'a flat archive', written: { debian: 'app', mirror, suite: './' }, message: /not a suite/ },
    { name: 'a mirror that is no URL', written: { debian: 'app', suite: 'a', mirror: '/srv' }, message: /not the URL/ },
    {
      name: 'a source package of an architecture',
      written: { debian: 'app', ...at, source: true, arch: 'amd64' },
      message: /no architecture/,
    },
    { name: 'a name without a password', written: { debian: 'app', ...at, username: 'me' }, message: /only together/ },
  ],
  failures: [
    {
      name: 'a package that is not there',
      written: { debian: 'nobody', ...at },
      reason: 'no-match',
      message: /no such package: check its name, or set absent: nothing/,
    },
    {
      name: 'an index that is not there',
      written: { debian: 'app', mirror, suite: 'unstable' },
      reason: 'no-match',
      message: /check suite, component, arch and mirror/,
    },
    {
      name: 'an index that is not there, also where the package may be absent',
      written: { debian: 'app', mirror, suite: 'unstable', absent: 'nothing' },
      reason: 'no-match',
    },
    {
      name: 'a page',
      written: { debian: 'app', mirror, suite: 'odd' },
      reason: 'not-parsable',
      message: /check the mirror/,
    },
    {
      name: 'a suite that apt does not have',
      written: { debian: 'app', suite: 'unstable' },
      reason: 'definition',
      message: /set mirror/,
    },
    { name: 'an index beyond the limit', written: { debian: 'app', ...at, max_size: 10 }, reason: 'too-large' },
  ],
});

describe('an archive', () => {
  it('sends an index once as long as it is the same, for all packages', async () => {
    const steps = ['app', 'other', 'nobody'].map((name) => ({ debian: name, ...at, absent: 'nothing' }));
    const { debian } = await import('../../../src/extract/sources/debian.ts');
    const all = steps.map((written) => debian.schema.parse(written));
    for (let round = 0; round < 3; round++) {
      const context = stepContext({ ...doors, once: createOnce() });
      const given = await Promise.all(all.map((options) => debian.run(options, { kind: 'text', text: '' }, context)));
      expect(given.map((content) => (content.kind === 'text' ? content.text : content.kind))).toEqual([
        '1:1.0~rc1-1',
        '7',
        'nothing',
      ]);
    }
    expect(web.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"', '"1"']);
  });

  it('gets the login, where the secret may go there', async () => {
    const login = { username: 'me', password: '${secret:PASSWORD}' };
    await runStep({ debian: 'app', ...at, ...login }, '', stepContext(doors));
    expect(web.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:sesame').toString('base64')}`);
    const elsewhere = { debian: 'app', suite: 'stable', mirror: 'http://localhost:1/', ...login };
    expect((await failureOf(elsewhere, '', stepContext(doors))).reason).toBe('refused');
  });

  it('is told of in full where something is missing', async () => {
    const failure = await failureOf({ debian: 'nobody', ...at }, '', stepContext(doors));
    expect(failure.details).toEqual({ package: 'nobody', index: 'stable/main/binary-amd64/Packages' });
  });
});
