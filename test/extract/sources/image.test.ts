import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { startRegistry } from '../../support/image-registry.ts';
import { stepContext } from '../../support/step-context.ts';

// The suite below is written down before any hook runs.
const registry = await startRegistry();
const { client } = httpClient();
afterAll(() => registry.web.close());

const ARM = `sha256:${'a'.repeat(64)}`;
const MANIFEST = { schemaVersion: 2, layers: [] };
const INDEX = { manifests: [{ digest: ARM, platform: { os: 'linux', architecture: 'arm64' } }] };
const TAGS = ['1.9', '1.10', '2.0-rc1', 'latest', 'nightly'];

const fill = () => {
  registry.push('team/app', 'latest', MANIFEST);
  registry.push('team/app', 'silent', MANIFEST, { silent: true });
  registry.list('team/app', TAGS, 2);
  registry.list('team/empty', []);
  registry.web.reply('/v2/team/none/tags/list', 200, {}, '{"tags":null}');
  registry.web.reply('/v2/team/page/tags/list', 200, {}, '<html>');
  registry.web.reply('/v2/team/page/manifests/1', 200, {}, '<html>');
  registry.web.reply('/v2/team/lost/manifests/1', 404, {}, '{"errors":[{"code":"NAME_UNKNOWN"}]}');
  registry.web.reply(
    '/v2/team/round/tags/list',
    200,
    { link: '</v2/team/round/tags/list?n=1000>; rel="next"' },
    '{"tags":["1"]}',
  );
  return registry.push('team/app', '1.10', INDEX);
};
const digest = fill();
beforeEach(() => {
  registry.reset();
  fill();
});

const at = `http://${registry.host}`;
const doors = { http: client };

describeStep('image', {
  context: () => doors,
  examples: [
    { name: 'the digest of a tag', written: { image: `${at}/team/app:1.10` }, output: digest },
    {
      name: 'the digest of latest where no tag is written',
      written: { image: `${at}/team/app` },
      output: registry.push('any', 'thing', MANIFEST),
    },
    {
      name: 'the digest by the bytes of the manifest where the registry names none',
      written: { image: `${at}/team/app:silent` },
      output: registry.push('any', 'thing', MANIFEST),
    },
    {
      name: 'the digest for a platform',
      written: { image: `${at}/team/app:1.10`, platform: 'linux/arm64' },
      output: ARM,
    },
    { name: 'the tags of all pages', written: { image: `${at}/team/app`, tags: '*' }, output: TAGS },
    { name: 'the tags that match', written: { image: `${at}/team/app`, tags: '1.*' }, output: ['1.9', '1.10'] },
  ],
  refused: [
    { name: 'an image without a registry', written: { image: 'team/app' }, message: /no host is the default/ },
    { name: 'a digest', written: { image: `${at}/app@${ARM}` }, message: /write a tag/ },
    { name: 'a tag where tags are listed', written: { image: `${at}/app:1`, tags: '*' }, message: /without a tag/ },
    {
      name: 'a platform of tags',
      written: { image: `${at}/app`, tags: '*', platform: 'linux/arm64' },
      message: /not together/,
    },
    { name: 'a platform that is none', written: { image: `${at}/app`, platform: 'arm64' }, message: /not a platform/ },
    { name: 'a name without a password', written: { image: `${at}/app`, username: 'me' }, message: /only together/ },
    {
      name: 'a password that is written down',
      written: { image: `${at}/app`, username: 'me', password: 'x' },
      message: /a password is a secret/,
    },
  ],
  failures: [
    {
      name: 'a tag that is not there',
      written: { image: `${at}/team/app:3` },
      reason: 'no-match',
      message: /no such tag/,
    },
    {
      name: 'a repository that is not there',
      written: { image: `${at}/team/lost:1` },
      reason: 'no-match',
      message: /no such repository/,
    },
    {
      name: 'the tags of a repository that is not there',
      written: { image: `${at}/team/lost`, tags: '*' },
      reason: 'no-match',
      message: /no such repository/,
    },
    {
      name: 'no tag that matches',
      written: { image: `${at}/team/app`, tags: '9*' },
      reason: 'no-match',
      message: /no tag that matches/,
    },
    { name: 'a repository without tags', written: { image: `${at}/team/empty`, tags: '*' }, reason: 'no-match' },
    { name: 'a repository whose tags are null', written: { image: `${at}/team/none`, tags: '*' }, reason: 'no-match' },
    {
      name: 'a platform of an image for one',
      written: { image: `${at}/team/app:latest`, platform: 'linux/arm64' },
      reason: 'no-match',
      message: /leave platform out/,
    },
    { name: 'a page in place of tags', written: { image: `${at}/team/page`, tags: '*' }, reason: 'not-parsable' },
    {
      name: 'a page in place of a manifest',
      written: { image: `${at}/team/page:1`, platform: 'linux/arm64' },
      reason: 'not-parsable',
    },
    { name: 'a list that leads in a circle', written: { image: `${at}/team/round`, tags: '*' }, reason: 'too-large' },
  ],
});

describe('a registry', () => {
  it('is asked for manifests of OCI and of Docker, and for the digest alone', async () => {
    await runStep({ image: `${at}/team/app:1.10` }, '', stepContext(doors));
    expect(registry.web.seen).toHaveLength(1);
    expect(registry.web.seen[0]).toMatchObject({ method: 'HEAD', path: '/v2/team/app/manifests/1.10' });
    expect(registry.web.seen[0]?.headers.accept?.split(', ')).toHaveLength(4);
  });

  it('is asked once in a round for what several steps look at', async () => {
    const context = stepContext({ ...doors, once: createOnce() });
    const asked = [
      { image: `${at}/team/app:1.10` },
      { image: `${at}/team/app:1.10` },
      { image: `${at}/team/app:1.10`, platform: 'linux/arm64' },
      { image: `${at}/team/app:1.10`, platform: 'linux/arm64' },
      { image: `${at}/team/app`, tags: '1.*' },
      { image: `${at}/team/app`, tags: '2.*' },
    ];
    for (const written of asked) await runStep(written, '', context);
    // one for the digest, one for the index, three pages
    expect(registry.web.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'GET', 'GET', 'GET']);
  });

  it('may send more tags than were asked for', async () => {
    const tags = Array.from({ length: 150_000 }, (_, index) => `0.${index}`);
    registry.list('team/many', [...tags, '1.0'], Number.POSITIVE_INFINITY);
    const given = await runStep({ image: `${at}/team/many`, tags: '1.*' }, '', stepContext(doors));
    expect(given).toEqual({ kind: 'list', items: ['1.0'] });
  });

  it('is named in the failure', async () => {
    const failure = await failureOf({ image: `${at}/team/app:3` }, '', stepContext(doors));
    expect(failure.details).toEqual({ registry: at, repository: 'team/app', tag: '3' });
  });
});
