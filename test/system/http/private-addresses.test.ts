import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { startProxy } from '../../support/proxy.ts';
import { startWebServer, type WebServer } from '../../support/web.ts';

describe('a client that may not ask private addresses', () => {
  let web: WebServer;
  beforeAll(async () => {
    web = await startWebServer();
    web.reply('/', 200, {}, 'inside');
  });
  afterAll(() => web.close());

  it.each(['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1', '0177.0.0.1', '[::ffff:127.0.0.1]', '0'])(
    'refuses %s and names the key',
    async (host) => {
      const { get, clock } = httpClient({ privateAddresses: 'refuse' });
      const failure = await failureOf(get(`http://${host}:${web.port}/`));
      expect(failure).toMatchObject({ reason: 'refused', details: { key: 'policy' } });
      expect([clock.sleeps, web.seen.length]).toEqual([[], 0]);
    },
  );

  it('asks them where it may', async () => {
    const { get } = httpClient({ privateAddresses: 'allow' });
    expect(textOf(await get(`http://localhost:${web.port}/`))).toBe('inside');
    web.reset();
  });

  it('refuses them behind a redirect from outside', async () => {
    const proxy = await startProxy({
      forward: (_request, response) => response.writeHead(302, { location: `${web.url}/` }).end(),
    });
    onTestFinished(() => proxy.close());
    const { get } = httpClient({
      privateAddresses: 'refuse',
      env: { http_proxy: proxy.url, no_proxy: '127.0.0.1' },
    });
    expect(await failureOf(get('http://outside.invalid/'))).toMatchObject({
      reason: 'refused',
      details: { key: 'policy' },
    });
    expect([proxy.seen.length, web.seen.length]).toEqual([1, 0]);
  });

  it('refuses them by address and by name where a proxy would look the name up', async () => {
    const proxy = await startProxy({ forward: (_request, response) => response.end('asked') });
    onTestFinished(() => proxy.close());
    const { get } = httpClient({ privateAddresses: 'refuse', env: { http_proxy: proxy.url } });
    for (const host of ['127.0.0.1', '169.254.169.254', 'localhost', 'localhost.', 'app.localhost'])
      expect((await failureOf(get(`http://${host}/`))).reason).toBe('refused');
    expect(proxy.seen).toEqual([]);
  });
});
