import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { startWebServer, type WebServer } from '../../support/web.ts';

let web: WebServer;
let other: WebServer;
beforeAll(async () => {
  [web, other] = await Promise.all([startWebServer(), startWebServer()]);
});
beforeEach(() => {
  web.reset();
  other.reset();
});
afterAll(() => Promise.all([web.close(), other.close()]));

const { get } = httpClient();

const redirect = (from: string, location: string, status = 302) => web.reply(from, status, { location });

describe('a redirect', () => {
  it('is followed, and the answer says where it came from', async () => {
    redirect('/old', '/new?page=1#top', 301);
    web.reply('/new', 200, {}, 'here');
    const response = await get(`${web.url}/old`);
    expect([textOf(response), response.url]).toEqual(['here', `${web.url}/new?page=1`]);
  });

  it('is not followed where the caller wants none', async () => {
    redirect('/old', '/new');
    const failure = await failureOf(get(`${web.url}/old`, { maxRedirects: 0 }));
    expect(failure).toMatchObject({ reason: 'http-status', details: { status: 302, location: '/new' } });
    const response = await get(`${web.url}/old`, { maxRedirects: 0, accept: (status) => status === 302 });
    expect(response.headers.location).toBe('/new');
    expect(web.count('/new')).toBe(0);
  });

  it('without a place to go is a status like others', async () => {
    web.reply('/', 302);
    expect((await failureOf(get(web.url))).reason).toBe('http-status');
  });

  it('to itself or in a circle is refused', async () => {
    redirect('/self', '/self');
    redirect('/a', '/b');
    redirect('/b', '/a');
    for (const path of ['/self', '/a'])
      expect(await failureOf(get(`${web.url}${path}`))).toMatchObject({
        reason: 'refused',
        message: 'the server redirects in a circle',
      });
    expect(web.seen).toHaveLength(3);
  });

  it('that leads to ever new ones is given up after five', async () => {
    web.on('/', (response, { path }) =>
      response.writeHead(302, { location: `/?n=${Number(path.split('=')[1] ?? 0) + 1}` }).end(),
    );
    const failure = await failureOf(get(web.url));
    expect(failure).toMatchObject({ reason: 'refused', details: { limit: 5 } });
    expect(web.seen).toHaveLength(6);
  });

  it.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'javascript:1', 'http://'])(
    'to %s is refused',
    async (location) => {
      redirect('/', location);
      expect((await failureOf(get(web.url))).reason).toBe('refused');
    },
  );

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', 'data'],
    [307, 'POST', 'POST', 'data'],
    [308, 'POST', 'POST', 'data'],
  ])('%i turns %s into %s with the body it should have', async (status, method, then, body) => {
    redirect('/from', '/to', status);
    web.reply('/to', 200);
    await get(`${web.url}/from`, { method, body: 'data', headers: { 'content-type': 'text/plain' } });
    expect(web.seen[1]).toMatchObject({ method: then, body });
    expect(web.seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  it('keeps the method HEAD', async () => {
    redirect('/from', '/to', 303);
    web.reply('/to', 200);
    await get(`${web.url}/from`, { method: 'HEAD' });
    expect(web.seen[1]?.method).toBe('HEAD');
  });
});

describe('credentials', () => {
  const headers = {
    Authorization: 'Bearer abc',
    Cookie: 'a=1',
    'X-Api-Key': 'key',
    'Private-Token': 'token',
    'Snap-Device-Series': '16',
    'X-Own': 'hidden',
  };
  const secretHeaders = ['x-own'];

  it('stay with the request on the same host', async () => {
    redirect('/from', '/to');
    web.reply('/to', 200);
    await get(`${web.url}/from`, { headers, secretHeaders });
    expect(web.seen[1]?.headers).toMatchObject({ authorization: 'Bearer abc', cookie: 'a=1', 'x-own': 'hidden' });
  });

  it('are not sent to another host or port, the rest is', async () => {
    redirect('/from', `${other.url}/to`);
    other.reply('/to', 200);
    await get(`${web.url}/from`, { headers, secretHeaders });
    const sent = other.seen[0]?.headers ?? {};
    for (const name of ['authorization', 'cookie', 'x-api-key', 'private-token', 'x-own'])
      expect(sent).not.toHaveProperty(name);
    expect(sent['snap-device-series']).toBe('16');
    expect(sent.host).toBe(`127.0.0.1:${other.port}`);
  });

  it('do not come back when the other host redirects to the first', async () => {
    redirect('/from', `${other.url}/via`);
    other.reply('/via', 302, { location: `${web.url}/back` });
    web.reply('/back', 200);
    await get(`${web.url}/from`, { headers });
    expect(web.seen[1]?.headers).not.toHaveProperty('authorization');
  });

  it('of the URL are not sent to another host, and those that a redirect writes are not used', async () => {
    redirect('/from', other.url.replace('://', '://them:theirs@'));
    other.reply('/', 200);
    const response = await get(`${web.url.replace('://', '://me:mine@')}/from`);
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(response.url).toBe(`${other.url}/`);
  });

  it('in a body are not sent to another host', async () => {
    redirect('/from', `${other.url}/to`, 307);
    other.reply('/to', 200);
    const secret = { method: 'POST', body: 'password', bodyKind: 'secret' } as const;
    expect((await failureOf(get(`${web.url}/from`, secret))).reason).toBe('refused');
    expect(other.seen).toHaveLength(0);
    await get(`${web.url}/from`, { ...secret, bodyKind: 'plain' });
    expect(other.seen).toHaveLength(1);
  });
});
