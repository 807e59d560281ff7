// What goes wrong with remotes reached by HTTP: each is told by name, and none is half a listing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/repository.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttpClient } from '../../src/system/http/client.ts';
import { createCertificate } from '../support/certificates.ts';
import { addCommit, git, makeOrigin } from '../support/git-origin.ts';
import { recordKinds } from '../support/git-record.ts';
import { type GitServerOptions, startGitServer } from '../support/git-server.ts';
import { type GitWorld, makeWorld, NEVER, refresh } from '../support/git-world.ts';

let world: GitWorld;
afterEach(() => world.close());

async function begin(options: GitServerOptions = {}, branches: readonly string[] = ['main']): Promise<Repository> {
  world = await makeWorld({ engine: 'git', remote: 'http' }, options);
  for (const branch of branches) addCommit(world.origin, branch, { files: { a: branch } });
  return world.open();
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
    await expect(recordKinds(repository, ['main'])).rejects.toMatchObject({ reason: 'remote-unreachable' });
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
      expect(await recordKinds(repository, ['main'], `by ${engine}`)).toEqual(['accepted']);
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
        expect(await recordKinds(repository, ['main'], engine)).toEqual(['accepted']);
      }
    } finally {
      await old.close();
    }
  });

  it('with a certificate of an own authority is reached by every way, where that is trusted', async () => {
    const authority = createCertificate({ isAuthority: 'yes' });
    const certificate = createCertificate({ names: ['localhost'], authority });
    world = await makeWorld({ engine: 'git', remote: 'http' });
    addCommit(world.origin, 'main', { files: { a: '1' } });
    const server = await startGitServer(world.path, { tls: certificate });
    const caFile = join(world.path, 'ca.pem');
    writeFileSync(caFile, authority.cert);
    const http = createHttpClient({
      clock: systemClock,
      userAgent: 't',
      privateAddresses: 'allow',
      env: {},
      ca: authority.cert,
    });
    try {
      const url = `https://localhost:${server.port}/origin.git`;
      const trusting = await world.open({ url, http, caFile });
      await refresh(trusting);
      expect(await recordKinds(trusting, ['main'])).toEqual(['accepted']);
      const distrusting = await world.open({ url, directory: join(world.path, 'other') });
      await expect(distrusting.listRefs(NEVER)).rejects.toMatchObject({ reason: 'remote-unreachable' });
    } finally {
      await http.close();
      await server.close();
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
