// Credentials of http(s) remotes: configured, in the address, from git's helpers; wrong, missing, not enough.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { Repository } from '../../src/git/repository.ts';
import { addCommit } from '../support/git-origin.ts';
import { recordKinds } from '../support/git-record.ts';
import type { GitServerOptions } from '../support/git-server.ts';
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
        expect(await recordKinds(repository, ['main'])).toEqual(['accepted']);
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
    await expect(recordKinds(repository, ['main'])).rejects.toMatchObject({ reason: 'authentication-failed' });
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
    expect(await recordKinds(repository, ['main'])).toEqual(['accepted']);
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
