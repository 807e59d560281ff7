import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.ts';
import { httpClient } from '../../support/http-client.ts';
import { refusedPort, startWebServer, type WebServer } from '../../support/web.ts';

let web: WebServer;
beforeAll(async () => {
  web = await startWebServer();
});
beforeEach(() => web.reset());
afterAll(() => web.close());

const { get, client } = httpClient();

describe('what cannot be reached', () => {
  it('a refused connection is told after three tries with growing waits', async () => {
    const { get, clock } = httpClient();
    const failure = await failureOf(get(`http://127.0.0.1:${await refusedPort()}/`));
    expect(failure).toMatchObject({ reason: 'unreachable', details: { code: 'ECONNREFUSED' } });
    expect(failure.message).toMatch(/refuses connections/);
    expect(clock.sleeps).toEqual([250, 500]);
  });

  it('a name that does not exist is told', async () => {
    const failure = await failureOf(get('http://no-such-host.invalid/'));
    expect(failure.reason).toBe('unreachable');
    expect(failure.message).toMatch(/^the name of the host/);
  });

  it('a connection that is reset is told', async () => {
    web.on('/', (response) => response.socket?.resetAndDestroy());
    const failure = await failureOf(get(web.url));
    expect(failure.reason).toBe('unreachable');
    expect(web.seen).toHaveLength(3);
  });

  it('a server that speaks no HTTP is told', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const failure = await failureOf(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
    expect(failure).toMatchObject({ reason: 'unreachable', message: 'the host does not answer in HTTP' });
    server.close();
  });

  it('an answer that does not come in time ends the request, headers or body', async () => {
    web.on('/silent', () => {});
    web.on('/stuck', (response) => response.writeHead(200).write('begin'));
    for (const path of ['/silent', '/stuck']) {
      const failure = await failureOf(get(`${web.url}${path}`, { timeout: 50 }));
      expect(failure).toMatchObject({ reason: 'timed-out', details: { limit_ms: 50 } });
    }
  });

  it('a request that is cancelled ends at once, also while it waits for its turn or for another try', async () => {
    const stop = new AbortController();
    const silent = new Promise<void>((resolve) => web.on('/', () => web.count('/') === 4 && resolve()));
    const all = Array.from({ length: 6 }, () => failureOf(client.request({ url: web.url }, stop.signal)));
    await silent;
    stop.abort();
    expect((await Promise.all(all)).map(({ reason }) => reason)).toEqual(Array(6).fill('cancelled'));
    expect(web.seen).toHaveLength(4);
    expect((await failureOf(client.request({ url: web.url }, stop.signal))).reason).toBe('cancelled');
  });
});

it('a client that is closed ends what is under way and takes nothing more', async () => {
  const { get, client } = httpClient();
  const asked = new Promise<void>((resolve) => web.on('/', () => resolve()));
  const pending = failureOf(get(web.url, { tries: 1 }));
  await asked;
  await client.close();
  expect((await pending).reason).toBe('cancelled');
  expect((await failureOf(get(web.url))).reason).toBe('cancelled');
  expect(web.seen).toHaveLength(1);
});
