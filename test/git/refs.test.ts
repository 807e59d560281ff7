import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { listRemoteRefs } from '../../src/git/refs.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { addCommit, GIT_ENV, git, makeOrigin } from '../support/git-origin.ts';
import type { GitServerOptions } from '../support/git-server.ts';
import { type GitWorld, makeWorld, NEVER } from '../support/git-world.ts';

describe('the refs of any remote', () => {
  let world: GitWorld;
  afterEach(() => world.close());

  const list = (url: string, env: Readonly<Record<string, string>> = GIT_ENV) =>
    listRemoteRefs(url, { http: world.http, processes: createProcesses(), env }, NEVER);

  it.each([
    ['smart HTTP', {}],
    ['smart HTTP of an old server', { protocol: 'old' }],
    ['a local path', null],
  ] as const)('are heads and tags, annotated ones with what they stand for, over %s', async (_way, options) => {
    world = await makeWorld(
      { engine: 'git', remote: options === null ? 'local' : 'http' },
      (options ?? {}) as GitServerOptions,
    );
    const first = addCommit(world.origin, 'main', { files: { a: '1' } });
    const second = addCommit(world.origin, 'release/1', { files: { a: '2' } });
    git(world.origin, ['tag', 'light', first]);
    git(world.origin, ['tag', '-m', 'annotated', 'v1.0', second]);
    git(world.origin, ['update-ref', 'refs/pull/1/head', first]);
    const tag = git(world.origin, ['rev-parse', 'refs/tags/v1.0']);
    const refs = await list(world.url);
    expect([...refs].sort((left, right) => (left.name < right.name ? -1 : 1))).toEqual([
      { name: 'HEAD', oid: first },
      { name: 'refs/heads/main', oid: first },
      { name: 'refs/heads/release/1', oid: second },
      { name: 'refs/tags/light', oid: first },
      { name: 'refs/tags/v1.0', oid: tag, peeled: second },
    ]);
  });

  it('are none in an empty repository, and a failure where there is none', async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    expect(await list(makeOrigin(join(world.path, 'empty.git')))).toEqual([]);
    await expect(list(join(world.path, 'missing.git'))).rejects.toMatchObject({ reason: 'not-found' });
    await expect(list('--upload-pack=touch x')).rejects.toMatchObject({ reason: 'refused' });
  });

  it('of a path need the git command, and say so', async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    const nothing = { ...GIT_ENV, PATH: world.path };
    await expect(list(world.origin, nothing)).rejects.toMatchObject({
      reason: 'configuration',
      message: expect.stringContaining('install git'),
    });
    await expect(world.open({ env: nothing, engine: undefined })).rejects.toMatchObject({
      message: expect.stringContaining('install git'),
    });
  });

  it('of a web address need no git command', async () => {
    world = await makeWorld({ engine: 'isomorphic-git', remote: 'http' });
    const tip = addCommit(world.origin, 'main', { files: { a: '1' } });
    expect(await list(world.url, { PATH: world.path })).toContainEqual({ name: 'refs/heads/main', oid: tip });
    const repository = await world.open({ env: { PATH: world.path }, engine: undefined });
    const listing = await repository.listRefs(NEVER);
    await repository.sync(listing, { lock: 'wait' }, NEVER);
    expect((await repository.readCommits([tip])).get(tip)?.subject).toBe('A commit');
  });
});
