import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Forge } from '../../src/forge/forge.ts';
import { openForge } from '../../src/forge/open-forge.ts';
import { failureOf } from '../support/failures.ts';
import { type GitHubStandIn, startGitHub } from '../support/github.ts';
import { httpClient } from '../support/http-client.ts';

const never = new AbortController().signal;
const commit = '5e1c309dae7f45e0f39b1bf3ac3cd9db12e7d689';
const { client: http } = httpClient();
let github: GitHubStandIn;

beforeAll(async () => {
  github = await startGitHub();
  github.tokens.set('all', ['any']).set('read', ['metadata: read']);
  github.workflows.set('changes.yml', 'active').set('old.yml', 'disabled_inactivity');
  github.dispatchable.add('changes.yml');
});
afterAll(() => github.close());
let before = 0;
beforeEach(() => {
  before = github.told.length;
});

function forge(token: string | null = 'all', url = 'https://git.example.com/team/resources.git'): Forge {
  const opened = openForge({ url, api: github.api, token, http });
  if (opened === null) throw new Error('no forge');
  return opened;
}

const status = {
  commit,
  state: 'success',
  context: 'spread-cron/app',
  description: 'success in 3s',
  url: null,
} as const;
const dispatch = { workflow: 'changes.yml', event: 'spread-cron', ref: 'main', inputs: { branch: 'app', commit } };

describe('GitHub', () => {
  it('is told how a change stands, on its commit', async () => {
    await forge().setStatus({ ...status, description: 'x'.repeat(200), url: 'https://ci.example.com/1' }, never);
    expect(github.told.slice(before)).toEqual([
      {
        method: 'POST',
        path: `/statuses/${commit}`,
        body: {
          state: 'success',
          context: 'spread-cron/app',
          description: 'x'.repeat(140),
          target_url: 'https://ci.example.com/1',
        },
      },
    ]);
  });

  it('begins a workflow by its file, or those that listen to an event', async () => {
    await forge().dispatch(dispatch, never);
    await forge().dispatch({ ...dispatch, workflow: null }, never);
    expect(github.told.slice(before)).toEqual([
      {
        method: 'POST',
        path: '/actions/workflows/changes.yml/dispatches',
        body: { ref: 'main', inputs: { branch: 'app', commit } },
      },
      {
        method: 'POST',
        path: '/dispatches',
        body: { event_type: 'spread-cron', client_payload: { branch: 'app', commit } },
      },
    ]);
  });

  it('says what there is, and what the token may do', async () => {
    expect(await forge().repository(never)).toEqual({
      defaultBranch: 'main',
      visibility: 'public',
      mayPush: true,
      scopes: null,
    });
    expect(await forge('read').repository(never)).toMatchObject({ mayPush: false });
    github.tokens.set('ghp_classic', ['any']);
    expect(await forge('ghp_classic').repository(never)).toMatchObject({ scopes: ['repo', 'workflow'] });
    expect(await forge().workflows(never)).toEqual([
      { path: '.github/workflows/changes.yml', disabled: null },
      { path: '.github/workflows/old.yml', disabled: 'disabled inactivity' },
    ]);
  });

  it.each([
    ['a token that lacks the right', 'read', /the token may not do this/, { needs: 'statuses: write' }],
    ['a wrong token', 'guessed', /does not accept the token: make a new one/, {}],
  ])('refuses %s with what to do', async (_what, token, message, details) => {
    const failure = await failureOf(forge(token).setStatus(status, never));
    expect(failure).toMatchObject({ reason: 'authentication-failed', details });
    expect(failure.message).toMatch(message);
  });

  it('wants a token, and the failure says which key holds it', async () => {
    github.answerNext(404, {}, '{"message":"Not Found"}');
    const failure = await failureOf(forge(null).dispatch(dispatch, never));
    expect(failure).toMatchObject({ reason: 'authentication-failed', details: { needs: 'actions: write' } });
    expect(failure.message).toContain('forge.token');
  });

  it('cannot begin a workflow that does not listen to it', async () => {
    const failure = await failureOf(forge().dispatch({ ...dispatch, workflow: 'old.yml' }, never));
    expect(failure).toMatchObject({ reason: 'configuration', details: { said: /workflow_dispatch/ } });
  });

  it('that answers with a page of somebody else is told so', async () => {
    github.answerNext(200, { 'content-type': 'text/html' }, '<html>proxy</html>');
    expect(await failureOf(forge().repository(never))).toMatchObject({
      reason: 'not-parsable',
      message: expect.stringContaining('forge.api'),
    });
  });
});

describe('the forge of a repository', () => {
  const found = (url: string, api: string | null = null) => openForge({ url, api, token: null, http })?.name ?? null;

  it.each([
    'https://github.com/team/resources',
    'https://github.com/team/resources.git',
    'ssh://git@github.com/team/resources.git',
    'git@github.com:team/resources.git',
    'ssh://git@ssh.github.com:443/team/resources.git',
  ])('is known by its address: %s', (url) => {
    expect(found(url)).toBe('GitHub');
  });

  it.each(['/srv/git/resources.git', 'https://git.example.com/team/resources.git', 'https://github.com/team'])(
    'is not known where nobody could be asked: %s',
    (url) => {
      expect(found(url)).toBeNull();
    },
  );

  it('of an own server is where the configuration says', () => {
    expect(found('https://git.example.com/team/resources.git', 'https://git.example.com/api/v3')).toBe('GitHub');
    expect(found('/srv/git/resources.git', 'https://git.example.com/api/v3')).toBeNull();
  });
});
