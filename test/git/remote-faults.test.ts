// What goes wrong with remotes reached by HTTP, for both engines where they differ: nothing here may lose or double a ref.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { Repository } from '../../src/git/repository.ts';
import { addCommit, git, installHook, makeOrigin, subjectsOf, tipOf } from '../support/git-origin.ts';
import { recordOn } from '../support/git-record.ts';
import { type GitServerOptions, startGitServer } from '../support/git-server.ts';
import { type GitWorld, makeWorld, NEVER, refresh } from '../support/git-world.ts';

const LOGIN = { username: 'bot', password: 's3cret, with: blanks' };
const PUSH = /POST .*git-receive-pack/;

let world: GitWorld;
afterEach(() => world.close());

async function begin(options: GitServerOptions = {}, branches: readonly string[] = ['main']): Promise<Repository> {
  world = await makeWorld({ engine: 'git', remote: 'http' }, options);
  for (const branch of branches) addCommit(world.origin, branch, { files: { a: branch } });
  return world.open();
}

async function record(repository: Repository, branches: readonly string[], message = 'mine') {
  return [...(await recordOn(repository, branches, message)).values()];
}

describe('a remote', () => {
  it('that refuses connections is unreachable, and what the mirror knows stays readable', async () => {
    const repository = await begin();
    await refresh(repository);
    await world.server?.close();
    await expect(repository.listRefs(NEVER)).rejects.toMatchObject({
      reason: 'remote-unreachable',
      details: { url: world.url },
    });
    await expect(record(repository, ['main'])).rejects.toMatchObject({ reason: 'remote-unreachable' });
    expect((await repository.mirroredRefs()).branches.size).toBe(1);
  });

  it('without a repository at the address is told from one that is away', async () => {
    await begin();
    const missing = await world.open({ url: `${world.server?.url}/none.git` });
    await expect(missing.listRefs(NEVER)).rejects.toMatchObject({ reason: 'not-found' });
    const local = await world.open({ url: join(world.path, 'none.git') });
    await expect(local.listRefs(NEVER)).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('that is a web site, not a git server, is told as such', async () => {
    await begin();
    world.server?.fail({ kind: 'status', status: 200 });
    const repository = await world.open();
    await expect(repository.listRefs(NEVER)).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('not as a git server'),
    });
  });

  it('that has an error of its own is unreachable, with its status', async () => {
    const repository = await begin();
    world.server?.fail({ kind: 'status', status: 500 });
    await expect(repository.listRefs(NEVER)).rejects.toMatchObject({
      reason: 'remote-unreachable',
      details: { status: 500 },
    });
  });

  it('whose listing is cut off is unreachable rather than half a listing', async () => {
    const repository = await begin({}, ['main', 'a', 'b']);
    await repository.listRefs(NEVER);
    for (const bytes of [10, 70, 150]) {
      world.server?.fail({ kind: 'truncate', bytes, match: /POST/ }, { kind: 'truncate', bytes, match: /POST/ });
      await expect(repository.listRefs(NEVER)).rejects.toMatchObject({ reason: 'remote-unreachable' });
    }
    expect((await repository.listRefs(NEVER)).branches.size).toBe(3);
  });

  it('that speaks only the old protocol is listed, read and pushed to', async () => {
    world = await makeWorld({ engine: 'git', remote: 'http' }, { protocol: 'old' });
    const main = addCommit(world.origin, 'main', { files: { a: '1' } });
    git(world.origin, ['tag', '-m', 'tag', 'v1', main]);
    for (const engine of ['git', 'isomorphic-git'] as const) {
      const repository = await world.open({ engine, directory: join(world.path, engine) });
      const listing = await refresh(repository);
      expect(listing.defaultBranch).toBe('main');
      expect([...listing.branches.keys()]).toEqual(['main']);
      expect(await record(repository, ['main'], `by ${engine}`)).toEqual(['accepted']);
      addCommit(world.origin, 'main', { message: 'foreign' });
      const { branches } = await refresh(repository);
      expect((await repository.readCommits([...branches.values()])).size).toBe(1);
    }
    const empty = await world.open({ url: `${world.server?.url}/empty.git`, directory: join(world.path, 'e') });
    makeOrigin(join(world.path, 'empty.git'));
    expect((await empty.listRefs(NEVER)).branches.size).toBe(0);
  });

  it('in sha256 format is refused in plain words', async () => {
    await begin();
    const path = join(world.path, 'sha256.git');
    git(world.path, ['init', '--quiet', '--bare', '--object-format=sha256', path]);
    for (const url of [path, `${world.server?.url}/sha256.git`]) {
      const repository = await world.open({ url, directory: join(world.path, 'other') });
      await expect(repository.listRefs(NEVER)).rejects.toMatchObject({
        reason: 'configuration',
        message: expect.stringContaining('sha256'),
      });
    }
  });

  it('that moved for good is followed, for reading and for pushing', async () => {
    world = await makeWorld({ engine: 'git', remote: 'http' });
    addCommit(world.origin, 'main', { files: { a: '1' } });
    const old = await startGitServer(world.path, { redirectTo: world.server?.url ?? '' });
    try {
      for (const engine of ['git', 'isomorphic-git'] as const) {
        const repository = await world.open({
          url: `${old.url}/origin.git`,
          engine,
          directory: join(world.path, engine),
        });
        await refresh(repository);
        expect(await record(repository, ['main'], engine)).toEqual(['accepted']);
      }
    } finally {
      await old.close();
    }
  });

  it('costs one request per listing once it is known, and no process', async () => {
    const repository = await begin();
    const listing = await refresh(repository);
    world.server?.forget();
    for (let round = 0; round < 3; round++) {
      await repository.sync(await repository.listRefs(NEVER), { lock: 'try' }, NEVER);
    }
    expect(world.server?.requests).toEqual(Array.from({ length: 3 }, () => 'POST /origin.git/git-upload-pack'));
    expect(listing.branches.size).toBe(1);
  });
});

describe('credentials', () => {
  const wrong = { username: 'bot', password: 'wrong' };

  it.each([
    ['configured', () => ({ credentials: LOGIN })],
    ['a token', () => ({ credentials: { username: LOGIN.username, token: LOGIN.password } })],
    ['in the address', (url: string) => ({ url: url.replace('//', `//bot:${encodeURIComponent(LOGIN.password)}@`) })],
  ])(
    'that are %s open the remote for reading, fetching and pushing, and are never shown',
    async (_what, optionsFor) => {
      await begin({ login: LOGIN });
      for (const engine of ['git', 'isomorphic-git'] as const) {
        const repository = await world.open({ ...optionsFor(world.url), engine, directory: join(world.path, engine) });
        await refresh(repository);
        expect(await record(repository, ['main'])).toEqual(['accepted']);
        addCommit(world.origin, 'main', { message: 'foreign' });
        await refresh(repository);
        expect(repository.url).toBe(world.url);
      }
      await world.server?.close();
      const later = await world.open({ ...optionsFor(world.url), directory: join(world.path, 'later') });
      const failure = await later.listRefs(NEVER).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(JSON.stringify(failure) + String(failure) + JSON.stringify((failure as Failure).details)).not.toMatch(
        /s3cret|c3.cret/,
      );
    },
  );

  it('that are wrong or missing are told apart, without trying again and again', async () => {
    await begin({ login: LOGIN });
    const refused = await world.open({ credentials: wrong });
    await expect(refused.listRefs(NEVER)).rejects.toMatchObject({
      reason: 'authentication-failed',
      message: expect.stringContaining('refused'),
    });
    expect(world.server?.requests.length).toBe(1);
    const anonymous = await world.open();
    await expect(anonymous.listRefs(NEVER)).rejects.toMatchObject({
      reason: 'authentication-failed',
      message: expect.stringContaining('asks for'),
    });
    expect(world.server?.requests.length).toBe(2);
  });

  it('that do not suffice (403) are a failure of authentication, for listing and for pushing', async () => {
    const repository = await begin();
    await refresh(repository);
    world.server?.fail({ kind: 'status', status: 403 });
    await expect(repository.listRefs(NEVER)).rejects.toMatchObject({
      reason: 'authentication-failed',
      details: { status: 403 },
    });
    world.server?.fail({ kind: 'status', status: 403, match: PUSH });
    await expect(record(repository, ['main'])).rejects.toMatchObject({ reason: 'authentication-failed' });
  });

  it("come from git's helpers after a refusal, which are told whether they were right", async () => {
    await begin({ login: LOGIN });
    const helper = join(world.path, 'helper');
    const told = join(world.path, 'told');
    const script = `!f() { echo "$1" >> ${told}; test "$1" = get && cat ${helper}; }; f`;
    const env = (configured: string) => ({
      PATH: process.env.PATH ?? '',
      HOME: world.path,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: configured,
    });
    writeFileSync(helper, `username=${LOGIN.username}\npassword=${LOGIN.password}\n`);
    const repository = await world.open({ env: env(script) });
    await refresh(repository);
    expect(await record(repository, ['main'])).toEqual(['accepted']);
    expect(
      readFileSync(told, 'utf8')
        .split('\n')
        .filter((verb) => verb === 'get').length,
    ).toBe(1);
    expect(readFileSync(told, 'utf8')).toContain('store');
    writeFileSync(helper, 'username=bot\npassword=old\n');
    const stale = await world.open({ env: env(script), directory: join(world.path, 'stale') });
    await expect(stale.listRefs(NEVER)).rejects.toMatchObject({ reason: 'authentication-failed' });
    expect(readFileSync(told, 'utf8')).toContain('erase');
  });
});

describe('a push', () => {
  it('whose answer is lost after the remote acted is known as accepted', async () => {
    const repository = await begin({}, ['main', 'a']);
    await refresh(repository);
    world.server?.fail({ kind: 'lose-answer', match: PUSH });
    expect(await record(repository, ['main', 'a'])).toEqual(['accepted', 'accepted']);
    expect((await repository.mirroredRefs()).branches.get('a')).toBe(tipOf(world.origin, 'a'));
    git(world.mirror, ['fsck', '--full', '--strict']);
  });

  it('whose answer is lost is told per ref where only some moved', async () => {
    const repository = await begin({}, ['main', 'protected']);
    installHook(world.origin, 'update', 'test "$1" != refs/heads/protected');
    await refresh(repository);
    world.server?.fail({ kind: 'lose-answer', match: PUSH });
    expect(await record(repository, ['main', 'protected'])).toEqual(['accepted', 'refused']);
  });

  it('whose report is cut off is looked up, never guessed', async () => {
    const repository = await begin({}, ['main', 'a']);
    await refresh(repository);
    world.server?.fail({ kind: 'truncate', bytes: 20, match: PUSH });
    expect(await record(repository, ['main', 'a'])).toEqual(['accepted', 'accepted']);
  });

  it('that never arrived is a failure, and the next one goes through', async () => {
    const repository = await begin();
    await refresh(repository);
    world.server?.fail({ kind: 'cut', match: PUSH });
    await expect(record(repository, ['main'])).rejects.toMatchObject({ reason: 'remote-unreachable' });
    expect(subjectsOf(world.origin, 'main')).toEqual(['A commit']);
    expect(await record(repository, ['main'])).toEqual(['accepted']);
    expect(subjectsOf(world.origin, 'main')).toEqual(['mine', 'A commit']);
  });

  it('in several parts keeps what the first parts did when the remote goes away', async () => {
    await begin({}, ['a', 'b', 'c']);
    const repository = await world.open({ maxPushRefs: 1 });
    await refresh(repository);
    let pushes = 0;
    world.server!.onRequest = (request) => {
      if (request.method === 'POST' && request.url?.includes('receive-pack') === true) pushes += 1;
      if (pushes >= 2) request.socket.destroy();
    };
    expect(await record(repository, ['a', 'b', 'c'])).toEqual(['accepted', 'refused', 'refused']);
    world.server!.onRequest = null;
    expect(subjectsOf(world.origin, 'a')[0]).toBe('mine');
    expect((await refresh(repository)).branches.get('a')).toBe(tipOf(world.origin, 'a'));
  });

  it('that is lost while another writer moves the branch is stale', async () => {
    const repository = await begin();
    await refresh(repository);
    world.server?.fail({ kind: 'cut', match: PUSH });
    world.server!.onRequest = (request) => {
      if (PUSH.test(`${request.method} ${request.url}`)) addCommit(world.origin, 'main', { message: 'the other' });
    };
    expect(await record(repository, ['main'])).toEqual(['stale']);
  });

  it('that is cancelled says so', async () => {
    const repository = await begin();
    const listing = await refresh(repository);
    const stop = new AbortController();
    world.server!.onRequest = () => stop.abort();
    const update = { ref: 'refs/heads/main', expected: listing.branches.get('main')!, next: null };
    await expect(repository.push([update], [], stop.signal)).rejects.toMatchObject({ reason: 'cancelled' });
  });

  it('that every branch is refused by does not ask for each of a hundred', async () => {
    const branches = Array.from({ length: 100 }, (_, position) => `r/${position}`);
    const repository = await begin({}, branches);
    installHook(world.origin, 'pre-receive', 'exit 1');
    await refresh(repository);
    world.server?.forget();
    expect(new Set(await record(repository, branches))).toEqual(new Set(['refused']));
    expect(world.server?.requests.filter((line) => PUSH.test(line)).length).toBeLessThan(100);
  });
});

describe('a mirror without its remote', () => {
  it('that is damaged stays as it is until the remote is back', async () => {
    const repository = await begin();
    await refresh(repository);
    const listing = await repository.listRefs(NEVER);
    await repository.close();
    rmSync(join(world.mirror, 'objects', 'pack'), { recursive: true });
    const later = await world.open();
    world.server?.fail(...Array.from({ length: 20 }, () => ({ kind: 'cut' as const })));
    await expect(later.sync(listing, { lock: 'wait' }, NEVER)).rejects.toMatchObject({ reason: 'remote-unreachable' });
    expect((await later.mirroredRefs()).branches.size).toBe(1);
    world.server?.forget();
    world.server!.onRequest = null;
  });
});
