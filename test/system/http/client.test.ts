import { once } from 'node:events';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { startWebServer, type WebServer } from '../../support/web.ts';

let web: WebServer;
beforeAll(async () => {
  web = await startWebServer();
});
beforeEach(() => web.reset());
afterAll(() => web.close());

const { get } = httpClient();

describe('a request', () => {
  it('gives status, headers in lower case, body and address', async () => {
    web.reply('/page', 200, { 'X-Thing': 'Seven', 'Set-Cookie': 'a=1' }, 'hello');
    const response = await get(`${web.url}/page?q=1#part`);
    expect(textOf(response)).toBe('hello');
    expect(response).toMatchObject({ status: 200, url: `${web.url}/page?q=1`, headers: { 'x-thing': 'Seven' } });
    expect(response.headers).not.toHaveProperty('set-cookie');
  });

  it('joins repeated headers', async () => {
    web.on('/', (response) => response.setHeader('link', ['<a>', '<b>']).end());
    expect((await get(web.url)).headers.link).toBe('<a>, <b>');
  });

  it('says who asks, and what the caller says instead', async () => {
    web.reply('/', 200);
    await get(web.url);
    await get(web.url, { headers: { 'User-Agent': 'mine', Accept: 'text/plain' } });
    expect(web.seen.map(({ headers }) => [headers['user-agent'], headers.accept])).toEqual([
      ['spread-cron/test', '*/*'],
      ['mine', 'text/plain'],
    ]);
  });

  it('sends a method and a body', async () => {
    web.reply('/', 201);
    await get(web.url, { method: 'post', body: 'données', headers: { 'content-type': 'text/plain' } });
    expect(web.seen[0]).toMatchObject({ method: 'POST', body: 'données', headers: { 'content-type': 'text/plain' } });
  });

  it('turns user and password of the URL into a header and leaves them out of everything else', async () => {
    web.reply('/ok', 200);
    const withUser = web.url.replace('://', '://me%40home:pa%3Ass@');
    const response = await get(`${withUser}/ok`);
    expect(web.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me@home:pa:ss').toString('base64')}`);
    expect(response.url).toBe(`${web.url}/ok`);
    const failure = await failureOf(get(`${withUser}/missing?token=abc`));
    expect(JSON.stringify(failure.details)).not.toMatch(/pa%3Ass|token|me%40/);
  });

  it('keeps no cookies', async () => {
    web.reply('/', 200, { 'Set-Cookie': 'session=1' });
    await get(web.url);
    await get(web.url);
    expect(web.seen[1]?.headers).not.toHaveProperty('cookie');
  });

  it('keeps its connection for the next request', async () => {
    web.reply('/', 200);
    for (let request = 0; request < 5; request++) await get(web.url);
    expect(new Set(web.seen.map(({ connection }) => connection)).size).toBe(1);
  });

  it('asks one host at most four times at once', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let open = 0;
    const four = deferred();
    web.on('/', (response) => {
      open++;
      most = Math.max(most, open);
      waiting.push(() => {
        open--;
        response.end();
      });
      if (waiting.length === 4) four.resolve();
    });
    const all = Promise.all(Array.from({ length: 12 }, () => get(web.url)));
    await four.promise;
    web.on('/', (response) => {
      most = Math.max(most, open + 1);
      response.end();
    });
    for (const release of waiting) release();
    await all;
    expect([web.seen.length, most]).toEqual([12, 4]);
  });

  it('waits the least time between two requests to a host', async () => {
    web.reply('/', 200);
    const { get, clock } = httpClient();
    for (let request = 0; request < 3; request++) await get(web.url, { minDelay: 2000 });
    expect(clock.sleeps).toEqual([2000, 2000]);
  });
});

describe('a body', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ] as const)('that is compressed with %s is unpacked', async (encoding, compress) => {
    const text = 'compressible '.repeat(5000);
    web.reply('/', 200, { 'content-encoding': encoding }, compress(text));
    expect(textOf(await get(web.url))).toBe(text);
    expect(web.seen[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  });

  it.each(['gzip', 'br'])('that is a %s bomb is stopped at the limit, long before it has arrived', async (encoding) => {
    const compress = encoding === 'gzip' ? gzipSync : brotliCompressSync;
    const bomb = compress(Buffer.alloc(20_000_000));
    let closed = Promise.resolve([] as unknown[]);
    web.on('/', (response) => {
      closed = once(response, 'close');
      response.setHeader('content-encoding', encoding);
      // Never ends: only a client that looks while it reads comes to an end.
      response.write(bomb);
    });
    const failure = await failureOf(get(web.url, { maxSize: 100_000 }));
    expect(failure).toMatchObject({ reason: 'too-large', details: { limit: 100_000 } });
    await closed;
  });

  it('that never ends is stopped at the limit', async () => {
    web.on('/', (response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect((await failureOf(get(web.url, { maxSize: 1_000_000 }))).reason).toBe('too-large');
  });

  it('that is announced as too large is not read', async () => {
    web.on('/', (response) => response.writeHead(200, { 'content-length': '5000000' }).flushHeaders());
    expect((await failureOf(get(web.url, { maxSize: 1000 }))).reason).toBe('too-large');
  });

  it('of exactly the limit is taken', async () => {
    web.reply('/', 200, {}, 'x'.repeat(1000));
    expect((await get(web.url, { maxSize: 1000 })).body.byteLength).toBe(1000);
  });

  it('that is cut off is a failure, not a shorter body', async () => {
    web.on('/length', (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    web.on('/chunked', (response) => {
      response.write('half', () => response.destroy());
    });
    web.on('/gzip', (response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('whole '.repeat(1000)).subarray(0, 20));
    });
    for (const path of ['/length', '/chunked', '/gzip']) {
      expect((await failureOf(get(`${web.url}${path}`))).reason).toBe('unreachable');
      expect(web.count(path)).toBe(3);
    }
  });

  it.each([
    ['gzip', 'this is not gzip'],
    ['zstd', 'whatever'],
  ])('in damaged or unknown encoding %s is a failure', async (encoding, body) => {
    web.reply('/', 200, { 'content-encoding': encoding }, body);
    expect(await failureOf(get(web.url))).toMatchObject({ reason: 'not-parsable', details: { coding: encoding } });
  });

  it('is no longer than what came, whatever was announced', async () => {
    web.on('/same', (response) => response.writeHead(304, { 'content-length': '100' }).end());
    web.reply('/page', 200, { 'content-length': '4' }, 'page');
    expect((await get(`${web.url}/same`, { accept: (status) => status === 304 })).body.byteLength).toBe(0);
    expect((await get(`${web.url}/page`, { method: 'HEAD' })).body.byteLength).toBe(0);
    expect(textOf(await get(`${web.url}/page`))).toBe('page');
  });

  it('may be empty, also where an encoding is named', async () => {
    web.reply('/', 200, { 'content-encoding': 'gzip' });
    expect((await get(web.url)).body.byteLength).toBe(0);
    expect((await get(web.url, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('a status', () => {
  it.each([
    [400, /does not understand .*: compare/],
    [401, /asks for credentials: send/],
    [403, /refuses access: look at what the credentials allow/],
    [404, /nothing at this address: check it/],
    [410, /any more: look for the new one/],
    [418, /answers with an error: look at what it says/],
    [500, /error of its own/],
  ])('%i is a failure that shows what the server said', async (status, message) => {
    web.reply('/', status, {}, `<h1>Oh\u0000 no</h1>\n${'x'.repeat(500)}`);
    const failure = await failureOf(get(web.url));
    expect(failure).toMatchObject({ reason: 'http-status', details: { status, url: `${web.url}/` } });
    expect(failure.message).toMatch(message);
    expect(failure.details.body).toMatch(/^<h1>Oh no<\/h1> x+$/);
    expect(String(failure.details.body)).toHaveLength(200);
    expect(web.seen).toHaveLength(1);
  });

  it('that the caller accepts is an answer', async () => {
    web.reply('/', 404, {}, 'none');
    const response = await get(web.url, { accept: (status) => status === 404 });
    expect([response.status, textOf(response)]).toEqual([404, 'none']);
    web.reply('/', 200);
    expect((await failureOf(get(web.url, { accept: (status) => status === 404 }))).details.status).toBe(200);
  });

  it('of an error with an endless or damaged page is still told', async () => {
    web.on('/endless', (response) => {
      response.statusCode = 500;
      response.write('x'.repeat(200_000));
    });
    web.reply('/damaged', 500, { 'content-encoding': 'gzip' }, 'no gzip');
    expect((await failureOf(get(`${web.url}/endless`, { maxSize: 10 }))).details.status).toBe(500);
    expect((await failureOf(get(`${web.url}/damaged`))).details).toMatchObject({ status: 500, body: '' });
  });

  it('page is redacted', async () => {
    const { get } = httpClient({ redact: (text) => text.replaceAll('hunter2', '***') });
    web.reply('/', 500, {}, 'you sent hunter2');
    expect((await failureOf(get(web.url))).details.body).toBe('you sent ***');
    // Also where the excerpt ends within the secret.
    web.reply('/', 500, {}, `${'x'.repeat(196)}hunter2`);
    expect((await failureOf(get(web.url))).details.body).not.toContain('hunt');
  });
});

it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'data:,x'])('%s is refused by its scheme', async (url) => {
  expect((await failureOf(get(url))).reason).toBe('refused');
});

it('a request that cannot be sent is a mistake of the definition', async () => {
  expect((await failureOf(get('no url'))).reason).toBe('definition');
  const failure = await failureOf(get(web.url, { headers: { 'x-a': 'line\nbreak' } }));
  expect(failure.reason).toBe('definition');
  expect(JSON.stringify(failure.details)).not.toContain('break');
});

function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
