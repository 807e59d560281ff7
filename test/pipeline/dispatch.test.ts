import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { parseNote } from '../../src/core/result-note.ts';
import { addCommit, git, makeOrigin, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { type GitHubStandIn, startGitHub } from '../support/github.ts';
import { openApp } from '../support/open-app.ts';

const NEVER = new AbortController().signal;

let home: ReturnType<typeof temporaryDirectory>;
let origin: string;
let server: GitServer;
let github: GitHubStandIn;
let apps: App[];
let told: string[];

beforeEach(async () => {
  home = temporaryDirectory();
  origin = makeOrigin(join(home.path, 'team/resources.git'));
  git(origin, ['config', 'http.receivepack', 'true']);
  server = await startGitServer(home.path);
  github = await startGitHub();
  github.tokens.set('token', ['any']);
  github.workflows.set('changes.yml', 'active');
  github.dispatchable.add('changes.yml');
  apps = [];
  told = [];
  configure('trigger: dispatch\n');
});

afterEach(async () => {
  for (const app of apps) await app.close();
  await github.close();
  await server.close();
  home.remove();
});

function configure(text: string): void {
  addCommit(origin, 'main', { files: { 'spread-cron.yaml': text } });
}

function watchFile(name: string, value: string): void {
  const definition = `message: New ${name}\nextract:\n  - file: ${join(home.path, name)}\n`;
  addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
  setValue(name, value);
}

function setValue(name: string, value: string): void {
  writeFileSync(join(home.path, name), `${value}\n`);
}

async function open(settings: Readonly<Record<string, unknown>> = {}, name = `state-${apps.length}`): Promise<App> {
  const app = await openApp({
    url: `${server.url}/team/resources.git`,
    directory: join(home.path, name),
    settings: { 'files.directories': [home.path], 'forge.api': github.api, ...settings },
    forgeToken: 'token',
    log: (line) => told.push(line),
  });
  apps.push(app);
  return app;
}

const round = (app: App, write: 'write' | 'dry-run' = 'write') =>
  app.check({ names: [], all: 'all', write, onOutcome: () => {}, onPlan: () => {} }, NEVER);

/** A first round, in which what is there is recorded and told, or adopted. */
async function settled(app: App): Promise<void> {
  await round(app);
  github.told.length = 0;
}

const dispatched = () =>
  github.told.map(({ path, body }) => ({
    path,
    ...(body.inputs as { readonly branch: string; readonly commit: string }),
  }));
const noteOn = (commit: string) => parseNote(git(origin, ['notes', '--ref=spread-cron', 'show', commit]));
const path = '/actions/workflows/changes.yml/dispatches';
const longAgo = () => new Date(Date.now() - 11 * 60_000).toISOString();
const justNow = () => new Date(Date.now() - 9 * 60_000).toISOString();

describe('a change where CI is to be told', () => {
  it('is told right after its push, with its branch and commit, and that is noted', async () => {
    watchFile('app', '1');
    watchFile('base', '1');
    const app = await open();
    await settled(app);
    setValue('app', '2');
    expect((await round(app)).remoteFailure).toBeNull();
    const commit = tipOf(origin, 'app') ?? '';
    expect(git(origin, ['log', '-1', '--format=%s', 'app'])).toBe('New app (2)');
    expect(dispatched()).toEqual([{ path, branch: 'app', commit }]);
    expect(github.told[0]?.body).toMatchObject({ ref: 'main' });
    expect(noteOn(commit)).toMatchObject([{ status: 'dispatched', run: '', attempt: 0 }]);
    await round(app);
    await round(await open());
    expect(dispatched()).toHaveLength(1);
  });

  it('is told as an event where that is what workflows listen to', async () => {
    configure('trigger: dispatch\ndispatch: { event: new-value }\n');
    watchFile('app', '1');
    const app = await open();
    await settled(app);
    setValue('app', '2');
    await round(app);
    expect(github.told).toMatchObject([
      { path: '/dispatches', body: { event_type: 'new-value', client_payload: { branch: 'app' } } },
    ]);
  });

  it('is told to nobody where it is CI that reacts to the push, in a dry run, and for what CI skips', async () => {
    watchFile('app', '1');
    const app = await open();
    await settled(app);
    setValue('app', '2');
    await round(app, 'dry-run');
    configure('trigger: push\n');
    await round(app);
    expect(git(origin, ['log', '-1', '--format=%s', 'app'])).toBe('New app (2)');
    configure('trigger: dispatch\n');
    addCommit(origin, 'app', { message: 'New app (3)\n\n[skip ci]', date: longAgo() });
    setValue('app', '3');
    await round(app);
    expect(github.told).toEqual([]);
  });
});

describe('a change of which CI has not heard', () => {
  /** A repository whose changes so far are adopted, and one change by somebody who did not tell. */
  async function untold(date: string, count = 1): Promise<App> {
    for (let index = 1; index <= count; index++) {
      watchFile(`app-${index}`, '1');
      addCommit(origin, `app-${index}`, { message: `New app-${index} (1)` });
    }
    const app = await open();
    await settled(app);
    for (let index = 1; index <= count; index++) {
      addCommit(origin, `app-${index}`, { message: `New app-${index} (2)`, date });
      setValue(`app-${index}`, '2');
    }
    return app;
  }

  it('is told by the first round after ten minutes, once', async () => {
    const app = await untold(longAgo());
    await round(app);
    await round(app);
    expect(dispatched()).toEqual([{ path, branch: 'app-1', commit: tipOf(origin, 'app-1') }]);
  });

  it('is left to whoever pushed it before that', async () => {
    await round(await untold(justNow()));
    expect(github.told).toEqual([]);
  });

  it('is not told where it has a result, or somebody has claimed it', async () => {
    const app = await untold(longAgo(), 2);
    const [noted, claimed] = [tipOf(origin, 'app-1') ?? '', tipOf(origin, 'app-2') ?? ''];
    const line = 'success 3s attempt 1 by x {"v":1,"run":"0123456789ab","attempt":1,"status":"success"}';
    git(origin, ['notes', '--ref=spread-cron', 'add', '-f', '-m', line, noted]);
    const tree = git(origin, ['mktree'], '');
    const claim = git(origin, [
      'commit-tree',
      tree,
      '-m',
      JSON.stringify({ agent: 'x', run: 'y', deadline: '2999-01-01T00:00:00Z' }),
    ]);
    git(origin, ['update-ref', `refs/spread-cron/claims/${claimed}`, claim]);
    await round(app);
    expect(github.told).toEqual([]);
  });

  it('is not told with a crowd of others until somebody says so', async () => {
    const app = await untold(longAgo(), 6);
    expect((await round(app)).remoteFailure).toBeNull();
    expect(github.told).toEqual([]);
    expect(told.join('\n')).toContain('6 changes are due, more than runs.burst (5): CI is told of none');
    await round(await open({ 'runs.burst': 6 }));
    expect(dispatched()).toHaveLength(6);
  });

  it('from before anybody told CI anything is adopted', async () => {
    watchFile('app', '1');
    const commit = addCommit(origin, 'app', { message: 'New app (1)', date: longAgo() });
    await round(await open());
    expect(github.told).toEqual([]);
    expect(noteOn(commit)).toMatchObject([{ status: 'adopted' }]);
  });
});

describe('a forge that does not listen', () => {
  async function changed(settings: Readonly<Record<string, unknown>> = {}): Promise<App> {
    watchFile('app', '1');
    watchFile('base', '1');
    const app = await open(settings);
    await settled(app);
    setValue('app', '2');
    setValue('base', '2');
    return app;
  }

  it.each([
    ['a token that may not do this', 403, { reason: 'authentication-failed', details: { needs: 'actions: write' } }],
    ['a workflow that takes no inputs', 422, { reason: 'configuration' }],
    ['a server that is broken', 500, { reason: 'http-status' }],
  ])('is a failure of the round, which loses nothing: %s', async (_what, status, failure) => {
    const app = await changed();
    github.answerNext(status, {}, '{"message":"no"}');
    const { remoteFailure, outcomes } = await round(app);
    expect(remoteFailure).toMatchObject(failure);
    expect(outcomes.map(({ outcome, pushed }) => [outcome, pushed])).toEqual([
      ['changed', true],
      ['changed', true],
    ]);
    // nothing else was asked of it in that round
    expect(github.told).toEqual([]);
    expect((await round(app)).remoteFailure).toBeNull();
    expect(dispatched().map(({ branch }) => branch)).toEqual(['app', 'base']);
  });

  it('is told as soon as there is none', async () => {
    await changed().then((app) => app.close());
    apps.length = 0;
    const app = await openApp({
      url: `${server.url}/team/resources.git`,
      directory: join(home.path, 'nameless'),
      settings: { 'files.directories': [home.path] },
    });
    apps.push(app);
    expect((await round(app)).remoteFailure).toMatchObject({
      reason: 'configuration',
      message: expect.stringContaining('forge.api'),
    });
  });
});
