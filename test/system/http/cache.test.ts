import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpCache, type HttpCacheOptions } from '../../../src/system/http/cache.ts';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { startWebServer, type WebServer } from '../../support/web.ts';

let web: WebServer;
beforeAll(async () => {
  web = await startWebServer();
});
beforeEach(() => web.reset());
afterAll(() => web.close());

function cachingClient(options: Partial<HttpCacheOptions> = {}) {
  const clock = createManualClock();
  const { get } = httpClient({ clock, cache: createHttpCache({ clock, ...options }) });
  return {
    clock,
    get: async (path: string, request: Parameters<typeof get>[1] = {}) =>
      textOf(await get(`${web.url}${path}`, { revalidate: 'yes', ...request })),
  };
}

/** Answers 304 where the client has this version. */
const versioned = (path: string, etag: string, body: string) =>
  web.on(path, (response, { headers }) => {
    response.setHeader('etag', etag);
    if (headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.end(body);
  });

const asked = (header: string) => web.seen.map(({ headers }) => headers[header]);

describe('a kept answer', () => {
  it('is given again when the server confirms it, and replaced when it changed', async () => {
    const { get } = cachingClient();
    versioned('/', '"one"', 'first');
    expect([await get('/'), await get('/')]).toEqual(['first', 'first']);
    versioned('/', '"two"', 'second');
    expect([await get('/'), await get('/')]).toEqual(['second', 'second']);
    expect(asked('if-none-match')).toEqual([undefined, '"one"', '"one"', '"two"']);
  });

  it('comes with its headers and those of the confirmation', async () => {
    const clock = createManualClock();
    const { get } = httpClient({ clock, cache: createHttpCache({ clock }) });
    web.on('/', (response, _request, count) => {
      response.setHeader('x-count', count);
      if (count === 1) response.writeHead(200, { etag: '"a"', 'content-type': 'text/plain' }).end('body');
      else response.writeHead(304, { 'content-type': 'nonsense' }).end();
    });
    await get(web.url, { revalidate: 'yes' });
    const again = await get(web.url, { revalidate: 'yes' });
    expect(again).toMatchObject({ status: 200, headers: { 'x-count': '2', 'content-type': 'text/plain' } });
  });

  it('is given again where the confirmation names the length of what it leaves out', async () => {
    const clock = createManualClock();
    const { get } = httpClient({ clock, cache: createHttpCache({ clock }) });
    web.on('/', (response, _request, count) => {
      if (count === 1) response.writeHead(200, { etag: '"a"' }).end('body');
      else response.writeHead(304, { 'content-length': '4' }).end();
    });
    for (let round = 0; round < 3; round++) expect(textOf(await get(web.url, { revalidate: 'yes' }))).toBe('body');
    expect([web.seen.length, clock.sleeps]).toEqual([3, []]);
  });

  it('is asked for by date where there is no tag, once the date says enough', async () => {
    const { get } = cachingClient();
    const times = { 'last-modified': 'Sat, 31 Jan 2026 10:00:00 GMT', date: 'Sat, 31 Jan 2026 10:00:30 GMT' };
    web.reply('/', 200, times, 'young');
    await get('/');
    web.reply('/', 200, { ...times, date: 'Sat, 31 Jan 2026 10:01:00 GMT' }, 'old');
    await get('/');
    web.reply('/', 304);
    expect(await get('/')).toBe('old');
    expect(asked('if-modified-since')).toEqual([undefined, undefined, times['last-modified']]);
  });

  it('is not asked for after an error', async () => {
    const { get } = cachingClient();
    versioned('/', '"one"', 'first');
    await get('/');
    web.reply('/', 500);
    await expect(get('/')).rejects.toThrow();
    versioned('/', '"one"', 'first');
    expect(await get('/')).toBe('first');
    expect(asked('if-none-match')).toEqual([undefined, '"one"', undefined]);
  });

  it('is fetched whole once a day', async () => {
    const { get, clock } = cachingClient();
    versioned('/', '"one"', 'first');
    await get('/');
    clock.advance(86_399_999);
    await get('/');
    clock.advance(1);
    await get('/');
    expect(asked('if-none-match')).toEqual([undefined, '"one"', undefined]);
  });

  it('belongs to its URL and headers, credentials among them', async () => {
    const { get } = cachingClient();
    versioned('/', '"one"', 'first');
    await get('/', { headers: { authorization: 'a' } });
    await get('/', { headers: { authorization: 'b' } });
    await get('/?q', { headers: { authorization: 'a' } });
    expect(asked('if-none-match')).toEqual([undefined, undefined, undefined]);
  });

  it('is that of the place a redirect leads to, not of any place it led to before', async () => {
    const { get } = cachingClient();
    web.reply('/latest', 302, { location: '/1' });
    versioned('/1', '"same"', 'one');
    versioned('/2', '"same"', 'two');
    expect([await get('/latest'), await get('/latest')]).toEqual(['one', 'one']);
    web.reply('/latest', 302, { location: '/2' });
    expect(await get('/latest')).toBe('two');
    expect(web.seen.filter(({ path }) => path === '/latest').every(({ headers }) => !headers['if-none-match'])).toBe(
      true,
    );
  });

  it.each([
    ['the caller wants none', {}, { revalidate: 'no' as const }],
    ['the request has a body', {}, { method: 'POST', body: 'x' }],
    ['the server forbids keeping', { 'cache-control': 'private, no-store' }, {}],
    ['the answer depends on everything', { vary: '*' }, {}],
    ['the caller asks with a condition of its own', {}, { headers: { 'if-none-match': '"own"' } }],
  ])('is not there where %s', async (_why, headers, request) => {
    const { get } = cachingClient();
    web.reply('/', 200, { etag: '"one"', ...headers }, 'first');
    await get('/', request);
    await get('/', request);
    expect(asked('if-none-match')).not.toContain('"one"');
  });

  it('that is larger than this request allows is not taken', async () => {
    const { get } = cachingClient();
    versioned('/', '"one"', 'x'.repeat(1000));
    await get('/');
    expect((await failureOf(get('/', { maxSize: 100 }))).reason).toBe('too-large');
  });

  it('is there for half a megabyte, such as a list of releases', async () => {
    const { get } = cachingClient();
    for (const [path, size] of Object.entries({ '/list': 512_000, '/image': 512_001 })) {
      versioned(path, '"one"', 'x'.repeat(size));
      await get(path);
      await get(path);
    }
    expect(asked('if-none-match')).toEqual([undefined, '"one"', undefined, undefined]);
  });

  it('is not there for large bodies, and the ones not asked for longest go first', async () => {
    const { get } = cachingClient({ maxBody: 1000, maxTotal: 3 * 3048 });
    for (const name of ['a', 'b', 'c', 'd']) versioned(`/${name}`, `"${name}"`, 'x'.repeat(1000));
    versioned('/large', '"large"', 'x'.repeat(1001));
    const isKept = async (path: string) => {
      await get(path);
      return web.seen.at(-1)?.headers['if-none-match'] !== undefined;
    };
    for (const path of ['/a', '/b', '/c', '/large', '/a', '/d']) await get(path);
    expect([await isKept('/a'), await isKept('/c'), await isKept('/d'), await isKept('/large')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(await isKept('/b')).toBe(false);
  });
});

it('a confirmation that nobody asked for is a failure', async () => {
  const { get } = cachingClient();
  web.reply('/', 304, { etag: '"one"' });
  expect(await failureOf(get('/'))).toMatchObject({ reason: 'http-status', details: { status: 304 } });
});
