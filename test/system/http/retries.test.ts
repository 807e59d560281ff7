import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/system/http/rate-limit.ts';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { startWebServer, type WebServer } from '../../support/web.ts';

let web: WebServer;
beforeAll(async () => {
  web = await startWebServer();
});
beforeEach(() => web.reset());
afterAll(() => web.close());

describe('a server that is busy', () => {
  it.each([429, 502, 503, 504])('with %i is asked again', async (status) => {
    const { get, clock } = httpClient();
    web.on('/', (response, _request, count) => response.writeHead(count < 3 ? status : 200).end('here'));
    expect(textOf(await get(web.url))).toBe('here');
    expect(clock.sleeps).toEqual([250, 500]);
  });

  it('for good is a failure after three tries', async () => {
    const { get } = httpClient();
    web.reply('/', 503, {}, 'busy');
    expect(await failureOf(get(web.url))).toMatchObject({
      reason: 'http-status',
      details: { status: 503, body: 'busy' },
    });
    expect(web.seen).toHaveLength(3);
  });

  it.each([500, 501, 404, 400])('is not meant by %i', async (status) => {
    const { get } = httpClient();
    web.reply('/', status);
    await failureOf(get(web.url));
    expect(web.seen).toHaveLength(1);
  });

  it('is not asked twice with a request that does something, unless told', async () => {
    const { get } = httpClient();
    web.reply('/', 503);
    await failureOf(get(web.url, { method: 'POST', body: 'x' }));
    expect(web.seen).toHaveLength(1);
    await failureOf(get(web.url, { method: 'POST', body: 'x', tries: 2 }));
    expect(web.seen).toHaveLength(3);
  });

  it('waits are drawn by chance', async () => {
    const { get, clock } = httpClient({ random: () => 0.5 });
    web.reply('/', 503);
    await failureOf(get(web.url));
    expect(clock.sleeps).toEqual([375, 750]);
  });
});

describe('Retry-After', () => {
  it('of seconds is waited for', async () => {
    const { get, clock } = httpClient();
    web.on('/', (response, _request, count) =>
      count === 1 ? response.writeHead(503, { 'retry-after': '7' }).end() : response.end(),
    );
    await get(web.url);
    expect(clock.sleeps).toEqual([7000]);
  });

  it('as a date is waited for', async () => {
    const { get, clock } = httpClient();
    const date = new Date(clock.now() + 9000).toUTCString();
    web.on('/', (response, _request, count) =>
      count === 1 ? response.writeHead(429, { 'retry-after': date }).end() : response.end(),
    );
    await get(web.url);
    expect(clock.sleeps).toEqual([9000]);
  });

  it('that is too long ends the request and names the time', async () => {
    const { get, clock } = httpClient();
    web.reply('/', 429, { 'retry-after': '600' }, 'slow down');
    const failure = await failureOf(get(web.url));
    const until = new Date(clock.now() + 600_000).toISOString();
    expect(failure).toMatchObject({ reason: 'rate-limited', details: { status: 429, until, body: 'slow down' } });
    expect([clock.sleeps, web.seen.length]).toEqual([[], 1]);
  });

  it('that is too long keeps later requests away from the host, until then', async () => {
    const { get, clock } = httpClient();
    web.reply('/', 503, { 'retry-after': '600' });
    web.reply('/other', 200);
    await failureOf(get(web.url));
    expect(await failureOf(get(`${web.url}/other`))).toMatchObject({ reason: 'rate-limited' });
    expect(web.seen).toHaveLength(1);
    // Other credentials are another client in the eyes of the server.
    await get(`${web.url}/other`, { headers: { authorization: 'Bearer x' } });
    clock.advance(600_000);
    await get(`${web.url}/other`);
  });

  it('of a year keeps requests away for an hour', async () => {
    const { get, clock } = httpClient();
    web.on('/', (response, _request, count) =>
      count === 1 ? response.writeHead(429, { 'retry-after': '31536000' }).end() : response.end(),
    );
    await failureOf(get(web.url));
    clock.advance(3_599_000);
    await failureOf(get(web.url));
    clock.advance(1000);
    await get(web.url);
  });

  it('that is no time does not count, and no number is too large', async () => {
    const now = Date.UTC(2026, 0, 1);
    expect(parseRetryAfter('soon', now)).toBeUndefined();
    expect(parseRetryAfter('-5 minutes', now)).toBeUndefined();
    expect(parseRetryAfter(undefined, now)).toBeUndefined();
    expect(parseRetryAfter(' 120 ', now)).toBe(120_000);
    expect(parseRetryAfter(new Date(now - 5000).toUTCString(), now)).toBe(0);
    const { get } = httpClient();
    web.reply('/', 429, { 'retry-after': '9'.repeat(400) });
    expect((await failureOf(get(web.url))).reason).toBe('rate-limited');
  });
});

describe('a limit of requests that is used up', () => {
  const start = Date.UTC(2026, 0, 31, 12);
  const inSeconds = (seconds: number) => String(start / 1000 + seconds);

  it.each([
    [
      'as GitHub tells it',
      403,
      { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(1800) },
    ],
    ['as GitLab tells it', 429, { 'ratelimit-remaining': '0', 'ratelimit-reset': inSeconds(1800) }],
    ['as a count of seconds', 429, { 'ratelimit-remaining': '0;w=21600', 'ratelimit-reset': '1800' }],
    [
      'with another time to wait',
      429,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(9), 'retry-after': '1800' },
    ],
  ])('%s names the time and keeps requests away until then', async (_how, status, headers) => {
    const { get, clock } = httpClient();
    web.reply('/', status, headers, 'too many');
    const failure = await failureOf(get(web.url));
    const until = new Date(start + 1_800_000).toISOString();
    expect(failure).toMatchObject({ reason: 'rate-limited', details: { status, until, body: 'too many' } });
    expect(failure.message).toMatch(/limit of requests is used up: ask less often, or with credentials/);
    expect(await failureOf(get(web.url))).toMatchObject({ reason: 'rate-limited', details: { until } });
    expect([clock.sleeps, web.seen.length]).toEqual([[], 1]);
    clock.advance(1_800_000);
    web.reply('/', 200);
    await get(web.url);
  });

  it('for a few seconds is waited for', async () => {
    const { get, clock } = httpClient();
    web.on('/', (response, _request, count) =>
      response
        .writeHead(count === 1 ? 403 : 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(4) })
        .end(),
    );
    await get(web.url);
    expect(clock.sleeps).toEqual([4000]);
  });

  it('is what a refusal with Retry-After is about, and no other refusal', async () => {
    const { get, clock } = httpClient();
    web.reply('/', 403, { 'retry-after': '600' });
    expect(await failureOf(get(web.url))).toMatchObject({ reason: 'rate-limited', details: { status: 403 } });
    web.reply('/', 403, { 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': inSeconds(1800) });
    clock.advance(600_000);
    expect(await failureOf(get(web.url))).toMatchObject({ reason: 'http-status', details: { status: 403 } });
    web.reply('/', 404, { 'x-ratelimit-remaining': '0', 'retry-after': '600' });
    expect(await failureOf(get(web.url))).toMatchObject({ reason: 'http-status', details: { status: 404 } });
  });

  it('whose end is no time ends soon, like one that says nothing', async () => {
    const { get, clock } = httpClient();
    web.reply('/', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'tomorrow' });
    expect((await failureOf(get(web.url))).details.until).toBeUndefined();
    expect([clock.sleeps.length, web.seen.length]).toEqual([2, 3]);
  });
});
