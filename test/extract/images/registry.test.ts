// Getting into a container registry: tokens of another server, passwords, and to whom they are shown.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { startRegistry } from '../../support/image-registry.ts';
import { resolveSecretsFor } from '../../support/secrets.ts';
import { stepContext } from '../../support/step-context.ts';
import { startWebServer } from '../../support/web.ts';

const registry = await startRegistry();
const auth = await startWebServer();
const { client, clock } = httpClient();
afterAll(() => Promise.all([registry.web.close(), auth.close()]));

let digest = '';
beforeEach(() => {
  registry.reset();
  auth.reset();
  digest = registry.push('team/app', 'stable', { schemaVersion: 2 });
  auth.on('/token', (response, { headers }) => {
    if (headers.authorization !== undefined && headers.authorization !== basic('me', 'sesame'))
      response.writeHead(401).end();
    else response.writeHead(200).end(JSON.stringify({ token: headers.authorization === undefined ? 'guest' : 'mine' }));
  });
});

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const bearer = `Bearer realm="${auth.url}/token",service="registry",scope="repository:team/app:pull"`;
const image = `http://${registry.host}/team/app:stable`;
const login = { username: 'me', password: '${secret:PASSWORD}' };
const authHost = `127.0.0.1:${auth.port}`;

const context = (hosts: readonly string[] = [registry.host, authHost], password = 'sesame') =>
  stepContext({ http: client, resolveSecrets: resolveSecretsFor(hosts, { PASSWORD: password }) });
const text = (value: string) => ({ kind: 'text', text: value });

describe('a registry that wants a token', () => {
  it('gets one that anybody may have', async () => {
    registry.demand('Bearer guest', bearer);
    expect(await runStep({ image }, '', context())).toEqual(text(digest));
    expect(auth.seen.map(({ path }) => path)).toEqual(['/token?service=registry&scope=repository%3Ateam%2Fapp%3Apull']);
    expect(registry.web.seen.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });

  it('gets the one for the login, which it does not see itself', async () => {
    registry.demand('Bearer mine', bearer);
    expect(await runStep({ image, ...login }, '', context([authHost]))).toEqual(text(digest));
    expect(registry.web.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer mine']);
  });

  it('may call it as OAuth does, and leave out the scope', async () => {
    registry.demand('Bearer other', `Bearer realm="${auth.url}/token"`);
    auth.reply('/token', 200, {}, JSON.stringify({ access_token: 'other' }));
    expect(await runStep({ image }, '', context())).toEqual(text(digest));
    expect(auth.seen[0]?.path).toBe('/token?scope=repository%3Ateam%2Fapp%3Apull');
  });

  it('is shown none for a host that the secret may not go to', async () => {
    registry.demand('Bearer mine', bearer);
    const failure = await failureOf({ image, ...login }, '', context([registry.host]));
    expect(failure).toMatchObject({ reason: 'refused', details: { host: authHost } });
    expect(auth.seen).toEqual([]);
  });

  it('is asked for one token in a round by steps about the same repository', async () => {
    registry.demand('Bearer guest', bearer);
    registry.push('team/app', 'edge', {});
    const shared = { ...context(), once: createOnce() };
    await runStep({ image }, '', shared);
    await runStep({ image: image.replace('stable', 'edge') }, '', shared);
    expect(auth.seen).toHaveLength(1);
  });

  it('logs in once for all pages of a list', async () => {
    registry.demand('Bearer guest', bearer);
    registry.list('team/app', ['1', '2', '3'], 1);
    await runStep({ image: image.replace(':stable', ''), tags: '*' }, '', context());
    expect(auth.seen).toHaveLength(1);
    expect(registry.web.seen).toHaveLength(4);
  });
});

describe('a registry that wants a password', () => {
  it('gets it', async () => {
    registry.demand(basic('me', 'sesame'), 'Basic realm="Registry"');
    expect(await runStep({ image, ...login }, '', context([registry.host]))).toEqual(text(digest));
  });

  it('is told that none is given', async () => {
    registry.demand(basic('me', 'sesame'), 'Basic realm="Registry"');
    const failure = await failureOf({ image }, '', context());
    expect(failure.reason).toBe('http-status');
    expect(failure.message).toMatch(/asks for a login: set username and password/);
  });
});

describe('a login that is wrong', () => {
  it('is told where the token server refuses it', async () => {
    registry.demand('Bearer mine', bearer);
    const failure = await failureOf({ image, ...login }, '', context(undefined, 'wrong'));
    expect(failure).toMatchObject({ reason: 'http-status', details: { asked: auth.url } });
    expect(failure.message).toMatch(/refuses the login: look at username and password/);
  });

  it('is told where the registry refuses it', async () => {
    registry.demand(basic('me', 'sesame'), 'Basic');
    const failure = await failureOf({ image, ...login }, '', context(undefined, 'wrong'));
    expect(failure).toMatchObject({ reason: 'http-status', details: { asked: `http://${registry.host}` } });
    expect(failure.message).toMatch(/refuses the login/);
  });

  it('is told where it may not see the repository', async () => {
    registry.web.reply('/v2/team/app/manifests/stable', 403);
    const failure = await failureOf({ image, ...login }, '', context());
    expect(failure.message).toMatch(/refuses the login.*what it may see/);
    const without = await failureOf({ image }, '', context());
    expect(without.message).toMatch(/set username and password, or check the name of the repository/);
  });
});

describe('a registry that cannot be got into', () => {
  it('asks in a way that is not known', async () => {
    registry.demand('x', 'Negotiate');
    expect((await failureOf({ image }, '', context())).message).toMatch(/of a kind that is not known here/);
  });

  it('gives no token', async () => {
    registry.demand('x', bearer);
    for (const body of ['<html>', '{}', '{"token":""}']) {
      auth.reply('/token', 200, {}, body);
      expect(await failureOf({ image }, '', context())).toMatchObject({ reason: 'not-parsable' });
    }
  });

  it('wants to be asked less often', async () => {
    registry.web.reply('/v2/team/app/manifests/stable', 429, { 'retry-after': '3600' });
    const failure = await failureOf({ image }, '', context());
    expect(failure).toMatchObject({ reason: 'rate-limited', message: expect.stringMatching(/set every, or username/) });
    // an hour later it is asked again; with a login it is the login's limit
    clock.advance(3_600_000);
    const withLogin = await failureOf({ image, ...login }, '', context());
    expect(withLogin).toMatchObject({ reason: 'rate-limited', message: expect.not.stringMatching(/username/) });
    clock.advance(3_600_000);
  });

  it('leads to another host with its list', async () => {
    registry.web.reply('/v2/team/app/tags/list', 200, { link: `<${auth.url}/v2/x>; rel="next"` }, '{"tags":["1"]}');
    const failure = await failureOf({ image: image.replace(':stable', ''), tags: '*' }, '', context());
    expect(failure).toMatchObject({ reason: 'refused', details: { to: auth.url } });
    expect(auth.seen).toEqual([]);
  });
});
