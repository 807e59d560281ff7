// Pushes that go wrong on the way: nothing is lost, nothing is doubled, and nothing is guessed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/repository.ts';
import { addCommit, git, installHook, subjectsOf, tipOf } from '../support/git-origin.ts';
import { recordKinds } from '../support/git-record.ts';
import type { GitServerOptions } from '../support/git-server.ts';
import { type GitWorld, makeWorld, NEVER, refresh } from '../support/git-world.ts';

const PUSH = /POST .*git-receive-pack/;

let world: GitWorld;
afterEach(() => world.close());

async function begin(options: GitServerOptions = {}, branches: readonly string[] = ['main']): Promise<Repository> {
  world = await makeWorld({ engine: 'git', remote: 'http' }, options);
  for (const branch of branches) addCommit(world.origin, branch, { files: { a: branch } });
  return world.open();
}

describe('a push', () => {
  it('whose answer is lost after the remote acted is known as accepted', async () => {
    const repository = await begin({}, ['main', 'a']);
    await refresh(repository);
    world.server?.fail({ kind: 'lose-answer', match: PUSH });
    expect(await recordKinds(repository, ['main', 'a'])).toEqual(['accepted', 'accepted']);
    expect((await repository.mirroredRefs()).branches.get('a')).toBe(tipOf(world.origin, 'a'));
    git(world.mirror, ['fsck', '--full', '--strict']);
  });

  it('whose answer is lost is told per ref where only some moved', async () => {
    const repository = await begin({}, ['main', 'protected']);
    installHook(world.origin, 'update', 'test "$1" != refs/heads/protected');
    await refresh(repository);
    world.server?.fail({ kind: 'lose-answer', match: PUSH });
    expect(await recordKinds(repository, ['main', 'protected'])).toEqual(['accepted', 'refused']);
  });

  it('whose report is cut off is looked up, never guessed', async () => {
    const repository = await begin({}, ['main', 'a']);
    await refresh(repository);
    world.server?.fail({ kind: 'truncate', bytes: 20, match: PUSH });
    expect(await recordKinds(repository, ['main', 'a'])).toEqual(['accepted', 'accepted']);
  });

  it('that never arrived is a failure, and the next one goes through', async () => {
    const repository = await begin();
    await refresh(repository);
    world.server?.fail({ kind: 'cut', match: PUSH });
    await expect(recordKinds(repository, ['main'])).rejects.toMatchObject({ reason: 'remote-unreachable' });
    expect(subjectsOf(world.origin, 'main')).toEqual(['A commit']);
    expect(await recordKinds(repository, ['main'])).toEqual(['accepted']);
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
    expect(await recordKinds(repository, ['a', 'b', 'c'])).toEqual(['accepted', 'refused', 'refused']);
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
    expect(await recordKinds(repository, ['main'])).toEqual(['stale']);
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
    expect(new Set(await recordKinds(repository, branches))).toEqual(new Set(['refused']));
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
