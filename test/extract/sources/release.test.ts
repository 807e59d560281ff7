// Source `release`: the newest release of a project on a forge.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { StepContext } from '../../../src/extract/step.ts';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { createHttpCache } from '../../../src/system/http/cache.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { stepContext } from '../../support/step-context.ts';
import { type Handler, startWebServer } from '../../support/web.ts';

// The suite below is written down before any hook runs.
const web = await startWebServer();
const { client } = httpClient();
afterAll(() => web.close());

const TOKEN = 't0ken';
const resolveSecrets: StepContext['resolveSecrets'] = (text, host) => {
  if (host !== `127.0.0.1:${web.port}`) throw new Failure('refused', 'not for this host', { host });
  return text.replace('${secret:TOKEN}', TOKEN);
};
const context = (more: Partial<StepContext> = {}) => stepContext({ http: client, resolveSecrets, ...more });

const json =
  (data: unknown, headers: Record<string, string> = {}): Handler =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(data));

/** A release as GitHub describes it, as far as it matters. */
const onGitHub = (tag: string, day: number, more: object = {}) => ({
  tag_name: tag,
  name: `Project ${tag}`,
  html_url: `https://github.example.com/octo/project/releases/tag/${tag}`,
  draft: false,
  prerelease: false,
  created_at: '2026-01-01T00:00:00Z',
  published_at: new Date(Date.UTC(2026, 0, day)).toISOString(),
  assets: [
    { name: 'app-amd64.deb', browser_download_url: `https://dl.example.com/${tag}/app-amd64.deb` },
    { name: 'app-arm64.deb', browser_download_url: `https://dl.example.com/${tag}/app-arm64.deb` },
  ],
  ...more,
});

const GITHUB = [
  onGitHub('v3.0.0', 31, { draft: true, published_at: null }),
  onGitHub('v2.0.0-rc1', 30, { prerelease: true }),
  onGitHub('v1.9.1', 29),
  onGitHub('v1.10.0', 20),
  onGitHub('tools-5.0', 10, { name: '', assets: [] }),
];

/** The same as GitLab does, in groups of groups; what is in the future is no release yet. */
const onGitLab = (tag: string, day: number, more: object = {}) => ({
  tag_name: tag,
  name: `Project ${tag}`,
  created_at: '2026-01-01T00:00:00.000Z',
  released_at: new Date(Date.UTC(2026, 0, day)).toISOString(),
  upcoming_release: false,
  assets: { count: 1, sources: [{ format: 'zip', url: 'https://gitlab.example.com/x.zip' }], links: [] },
  _links: { self: `https://gitlab.example.com/group/sub/project/-/releases/${tag}` },
  ...more,
});

const GITLAB = [
  onGitLab('v3.0.0', 31, { upcoming_release: true }),
  onGitLab('v2.0.0-rc1', 30),
  onGitLab('v1.9.1', 29, {
    assets: {
      links: [
        { name: 'installer', url: 'https://pkg.example.com/1', direct_asset_url: 'https://gitlab.example.com/1.msi' },
        { name: 'image', url: 'https://pkg.example.com/2' },
      ],
    },
  }),
  onGitLab('v1.10.0', 20),
];

/** As Gogs, which says the least. */
const GOGS = [
  { tag_name: 'v0.2', name: '', draft: false, prerelease: false, created_at: '2026-01-05T00:00:00Z' },
  { tag_name: 'v0.1', name: 'First', draft: false, prerelease: false, created_at: '2026-01-01T00:00:00Z' },
];

const LIST = '/api/v3/repos/octo/project/releases';
const LATEST = `${LIST}/latest`;
const LAB = '/api/v4/projects/group%2Fsub%2Fproject/releases';
const TEA = '/api/v1/repos/octo/project/releases';

beforeEach(() => {
  web.reset();
  web.on(LATEST, json(onGitHub('v1.10.0', 20)));
  web.on(LIST, json(GITHUB));
  web.on(LAB, json(GITLAB));
  web.on(TEA, json(GOGS));
});

const hub = { release: `${web.url}/octo/project`, forge: 'github' };
const lab = { release: `${web.url}/group/sub/project`, forge: 'gitlab' };
const tea = { release: `${web.url}/octo/project.git/`, forge: 'gitea' };

describeStep('release', {
  context,
  examples: [
    { name: 'the tag of what GitHub calls the latest', written: hub, output: 'v1.10.0' },
    { name: 'the tag without its prefix', written: { ...hub, strip: 'v' }, output: '1.10.0' },
    { name: 'the name', written: { ...hub, give: 'name' }, output: 'Project v1.10.0' },
    {
      name: 'the page',
      written: { ...hub, give: 'url' },
      output: 'https://github.example.com/octo/project/releases/tag/v1.10.0',
    },
    {
      name: 'the files',
      written: { ...hub, give: 'assets' },
      output: ['https://dl.example.com/v1.10.0/app-amd64.deb', 'https://dl.example.com/v1.10.0/app-arm64.deb'],
    },
    { name: 'the newest by date, never a draft', written: { ...hub, newest: 'date' }, output: 'v1.9.1' },
    { name: 'the newest by version', written: { ...hub, newest: 'version', match: 'v*' }, output: 'v1.10.0' },
    { name: 'the newest with pre-releases', written: { ...hub, prereleases: true }, output: 'v2.0.0-rc1' },
    { name: 'the newest of a pattern', written: { ...hub, match: 'tools-*', strip: 'tools-' }, output: '5.0' },
    {
      name: 'the tag where there is no name',
      written: { ...hub, match: 'tools-*', give: 'name' },
      output: 'tools-5.0',
    },
    { name: 'the newest on GitLab, less pre-releases by their tag', written: lab, output: 'v1.9.1' },
    { name: 'the newest on GitLab with pre-releases', written: { ...lab, prereleases: true }, output: 'v2.0.0-rc1' },
    {
      name: 'the page on GitLab',
      written: { ...lab, give: 'url' },
      output: 'https://gitlab.example.com/group/sub/project/-/releases/v1.9.1',
    },
    {
      name: 'the files on GitLab',
      written: { ...lab, give: 'assets' },
      output: ['https://gitlab.example.com/1.msi', 'https://pkg.example.com/2'],
    },
    { name: 'the newest on Gogs', written: tea, output: 'v0.2' },
  ],
  refused: [
    { name: 'a project that is no URL', written: { release: 'octo/project' }, message: /write https:\/\/HOST\/OWNER/ },
    { name: 'a host alone', written: { release: 'https://github.com/' }, message: /not a project: write/ },
    { name: 'an owner alone', written: { release: 'https://github.com/octo' }, message: /not a project: write/ },
    {
      name: 'the page of releases',
      written: { release: 'https://github.com/octo/project/releases' },
      message: /not a project: write/,
    },
    {
      name: 'the page of releases on GitLab',
      written: { release: 'https://gitlab.com/group/project/-/releases' },
      message: /not a project: write/,
    },
    {
      name: 'a host that nobody knows',
      written: { release: 'https://git.example.com/octo/project' },
      message: /say what runs there: github, gitlab or gitea/,
    },
    { name: 'an unknown forge', written: { ...hub, forge: 'bitbucket' }, message: /github/ },
    {
      name: 'a login in the URL',
      written: { release: 'https://me:x@github.com/octo/project' },
      message: /not the URL/,
    },
    { name: 'a secret in the URL', written: { release: 'https://github.com/o/${secret:A}' }, message: /not the URL/ },
    { name: 'a query', written: { release: 'https://github.com/o/p?tab=readme' }, message: /not the URL/ },
    { name: 'a token in the definition', written: { ...hub, token: 'ghp_1' }, message: /secret:NAME/ },
    {
      name: 'a secret for a host',
      written: { ...hub, api: 'https://${secret:HOST}/' },
      message: /not the URL of an API/,
    },
    { name: 'the newest by name', written: { ...hub, newest: 'name' }, message: /version/ },
  ],
  failures: [
    {
      name: 'a pattern that matches nothing',
      written: { ...hub, match: 'x*' },
      reason: 'no-match',
      message: /look at match, prereleases and newest/,
    },
    { name: 'no version among the tags', written: { ...tea, newest: 'version', match: 'x*' }, reason: 'no-match' },
    { name: 'a page that the forge does not name', written: { ...tea, give: 'url' }, reason: 'no-match' },
    { name: 'a release without files', written: { ...tea, give: 'assets' }, reason: 'no-match', message: /no files/ },
    {
      name: 'a secret that may not go there',
      written: { ...hub, api: 'https://elsewhere.example.com', token: '${secret:TOKEN}' },
      reason: 'refused',
    },
  ],
});

describe('release asks', () => {
  it.each([
    ['https://github.com/octo/project', {}, 'https://api.github.com/repos/octo/project/releases/latest'],
    ['https://github.com/octo/.github.git', {}, 'https://api.github.com/repos/octo/.github/releases/latest'],
    [
      'https://git.example.com/octo/project',
      { forge: 'github', prereleases: true },
      'https://git.example.com/api/v3/repos/octo/project/releases?per_page=20&page=1',
    ],
    [
      'https://gitlab.com/group/sub/project/',
      {},
      'https://gitlab.com/api/v4/projects/group%2Fsub%2Fproject/releases?per_page=20&page=1',
    ],
    [
      'https://codeberg.org/octo/project',
      { match: 'v*' },
      'https://codeberg.org/api/v1/repos/octo/project/releases?limit=100&page=1',
    ],
    [
      'https://example.com/git/octo/project',
      { forge: 'gitea', api: 'https://example.com/git/api/v1/', newest: 'version' },
      'https://example.com/git/api/v1/repos/octo/project/releases?limit=100&page=1',
    ],
  ])('for %s with %j the right address', async (url, options, expected) => {
    const asked: string[] = [];
    const http = {
      ...client,
      request: async (request: { readonly url: string }) => {
        asked.push(request.url);
        throw new Failure('unreachable', 'no forge in this test');
      },
    };
    await failureOf({ release: url, ...options }, '', context({ http }));
    expect(asked).toEqual([expected]);
  });

  it.each([
    [hub, 'Bearer t0ken'],
    [lab, 'Bearer t0ken'],
    [tea, 'token t0ken'],
  ])('with the token as $forge wants it', async (project, authorization) => {
    await runStep({ ...project, token: '${secret:TOKEN}' }, '', context());
    expect(web.seen[0]?.headers).toMatchObject({ authorization });
  });

  it('once for what several resources of a round want of a release', async () => {
    const once = createOnce();
    for (const give of ['tag', 'name', 'url']) await runStep({ ...hub, give }, '', context({ once }));
    await runStep({ ...hub, token: '${secret:TOKEN}' }, '', context({ once }));
    expect(web.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer t0ken']);
  });

  it('for a confirmation where it has the list already', async () => {
    const clock = createManualClock();
    const { client: http } = httpClient({ clock, cache: createHttpCache({ clock }) });
    web.on(LAB, (response, { headers }) => {
      response.setHeader('etag', 'W/"1"');
      if (headers['if-none-match'] === 'W/"1"') response.writeHead(304).end();
      else response.end(JSON.stringify(GITLAB));
    });
    for (const _ of [1, 2]) expect(await runStep(lab, '', context({ http }))).toMatchObject({ text: 'v1.9.1' });
    expect(web.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, 'W/"1"']);
  });
});

describe('a long list of releases', () => {
  /** Pages of two with a link to the next one. */
  const paged = (releases: readonly unknown[]) =>
    web.on(LIST, (response, request, count) => {
      const page = Number(new URL(request.path, web.url).searchParams.get('page'));
      const more = page * 2 < releases.length ? { link: `<${web.url}${LIST}?page=${page + 1}>; rel="next"` } : {};
      json(releases.slice(page * 2 - 2, page * 2), more)(response, request, count);
    });

  it('is read until a release is meant', async () => {
    paged([...GITHUB, onGitHub('tools-4.0', 9), onGitHub('tools-3.0', 8)]);
    expect(await runStep({ ...hub, match: 'tools-*' }, '', context())).toMatchObject({ text: 'tools-5.0' });
    expect(web.seen).toHaveLength(3);
  });

  it('is read whole for the highest version, which may be an old one', async () => {
    paged([
      onGitHub('v1.9.3', 9),
      onGitHub('v1.9.2', 8),
      onGitHub('v1.9.1', 7),
      onGitHub('v2.0.0', 6),
      onGitHub('v1.0', 5),
    ]);
    expect(await runStep({ ...hub, newest: 'version' }, '', context())).toMatchObject({ text: 'v2.0.0' });
    expect(web.seen).toHaveLength(3);
  });

  it('is read no further than ten pages', async () => {
    paged(Array.from({ length: 100 }, (_, at) => onGitHub(`v0.${100 - at}`, 1)));
    expect((await failureOf({ ...hub, match: 'v9*' }, '', context())).details).toMatchObject({ newest: 'v0.100' });
    expect(web.seen).toHaveLength(10);
  });
});

describe('a project', () => {
  it('without a release is told from one that is not there', async () => {
    web.reply(LATEST, 404, {}, '{"message":"Not Found"}');
    web.on(LIST, json([]));
    expect(await failureOf(hub, '', context())).toMatchObject({
      reason: 'no-match',
      message: 'the project has no release: for its tags there is git',
    });
    web.reply(LIST, 404, {}, '{"message":"Not Found"}');
    expect(await failureOf(hub, '', context())).toMatchObject({ reason: 'http-status', details: { status: 404 } });
  });

  it('that has pre-releases only says how to take them', async () => {
    web.reply(LATEST, 404);
    web.on(LIST, json([onGitHub('v1.0-rc1', 1, { prerelease: true })]));
    const failure = await failureOf(hub, '', context());
    expect(failure.message).toMatch(/look at match, prereleases and newest/);
    expect(failure.details).toMatchObject({ newest: 'v1.0-rc1' });
  });

  it('of another kind of server is no guess', async () => {
    for (const body of ['<html>', '{"releases":[]}', '[{"name":"no tag"}]', '[{"tag_name":7}]']) {
      web.reply(LAB, 200, {}, body);
      const failure = await failureOf(lab, '', context());
      expect([failure.reason, failure.message]).toEqual([
        'not-parsable',
        expect.stringMatching(/look at forge and api/),
      ]);
    }
  });
});

describe('a forge that refuses says what to do', () => {
  const refused = async (status: number, how: object, headers: Record<string, string> = {}) => {
    web.reply(LATEST, status, headers, '{"message":"no"}');
    web.reply(LIST, status, headers, '{"message":"no"}');
    const failure = await failureOf({ ...hub, ...how }, '', context({ http: httpClient().client }));
    expect(JSON.stringify(failure.details)).not.toContain(TOKEN);
    return failure;
  };
  const withToken = { token: '${secret:TOKEN}' };
  const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.UTC(2026, 0, 31, 12, 30) / 1000) };

  it.each([
    [401, {}, /asks for a token: set token/],
    [401, withToken, /does not know the token: it is wrong, expired or revoked/],
    [403, {}, /refuses access: set token/],
    [403, withToken, /token may not read this: give it the right/],
    [404, {}, /for a private project set token/],
    [404, withToken, /the token may not see it: check the name and the rights/],
  ])('with %i and %j', async (status, how, message) => {
    const failure = await refused(status, how);
    expect(failure).toMatchObject({ reason: 'http-status', details: { status, body: '{"message":"no"}' } });
    expect(failure.message).toMatch(message);
  });

  it.each([
    [{}, /without a token for now: set token, which raises the limit/],
    [withToken, /limit of requests of the token is used up/],
  ])('when a limit is used up with %j, and until when', async (how, message) => {
    for (const status of [403, 429]) {
      const failure = await refused(status, how, spent);
      expect(failure).toMatchObject({ reason: 'rate-limited', details: { until: '2026-01-31T12:30:00.000Z' } });
      expect(failure.message).toMatch(message);
    }
  });

  it('and is not asked again before then', async () => {
    const { client: http, clock } = httpClient();
    web.reply(LATEST, 403, spent);
    const ask = () => failureOf(hub, '', context({ http }));
    for (const _ of [1, 2]) expect((await ask()).details.until).toBe('2026-01-31T12:30:00.000Z');
    expect(web.seen).toHaveLength(1);
    clock.advance(1_800_000);
    web.on(LATEST, json(onGitHub('v1.0', 1)));
    expect(await runStep(hub, '', context({ http }))).toMatchObject({ text: 'v1.0' });
  });
});
