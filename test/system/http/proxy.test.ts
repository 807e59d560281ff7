import { describe, expect, it, onTestFinished } from 'vitest';
import { proxyFor, readProxySettings } from '../../../src/system/http/proxy.ts';
import { createCertificate } from '../../support/certificates.ts';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { startProxy } from '../../support/proxy.ts';
import { startWebServer } from '../../support/web.ts';

const via = (env: Record<string, string>, url: string) => proxyFor(new URL(url), readProxySettings(env));

describe('the proxy variables', () => {
  it('are read in any case, lower case first', () => {
    expect(via({ HTTP_PROXY: 'http://upper:1', http_proxy: 'http://lower:1' }, 'http://a.example')).toBe(
      'http://lower:1',
    );
    expect(via({ Https_Proxy: 'http://mixed:1' }, 'https://a.example')).toBe('http://mixed:1');
    expect(via({ ALL_PROXY: 'proxy.example:3128' }, 'https://a.example')).toBe('http://proxy.example:3128');
    expect(via({ http_proxy: '', HTTP_PROXY: 'http://upper:1' }, 'http://a.example')).toBe('http://upper:1');
  });

  it('are for the scheme that they name', () => {
    expect(via({ HTTP_PROXY: 'http://p:1' }, 'https://a.example')).toBeUndefined();
    expect(via({ HTTPS_PROXY: 'http://p:1' }, 'http://a.example')).toBeUndefined();
  });

  it.each([
    ['a.example', 'http://a.example/', true],
    ['a.example', 'http://sub.a.example/', true],
    ['a.example', 'http://ba.example/', false],
    ['.a.example', 'http://sub.a.example/', true],
    ['*.a.example', 'http://sub.a.example/', true],
    ['a.example:8080', 'http://a.example:8080/', true],
    ['a.example:8080', 'http://a.example/', false],
    ['a.example:80', 'http://a.example/', true],
    ['other, 127.0.0.1', 'http://127.0.0.1:99/', true],
    ['::1', 'http://[::1]:99/', true],
    ['[::1]', 'http://[::1]/', true],
    ['*', 'http://a.example/', true],
    ['A.Example', 'http://a.example/', true],
  ])('NO_PROXY=%s leaves out %s: %s', (none, url, straight) => {
    expect(via({ HTTP_PROXY: 'http://p:1', NO_PROXY: none }, url)).toBe(straight ? undefined : 'http://p:1');
  });
});

describe('a request through a proxy', () => {
  it('of http is forwarded, with the credentials of the variable', async () => {
    const proxy = await startProxy({ forward: (_request, response) => response.end('forwarded') });
    onTestFinished(() => proxy.close());
    const { get } = httpClient({ env: { http_proxy: proxy.url.replace('://', '://me:p%40ss@') } });
    expect(textOf(await get('http://far.example/path?q'))).toBe('forwarded');
    expect(proxy.seen).toEqual([
      { line: 'GET http://far.example/path?q', authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` },
    ]);
  });

  it('of https is tunnelled, and checked as without', async () => {
    const authority = createCertificate({ isAuthority: 'yes' });
    const web = await startWebServer({ tls: createCertificate({ authority, names: ['far.example'] }) });
    web.reply('/', 200, {}, 'tunnelled');
    const proxy = await startProxy({ tunnelPort: web.port });
    onTestFinished(async () => void (await Promise.all([web.close(), proxy.close()])));
    const env = { HTTPS_PROXY: proxy.url };
    const { get } = httpClient({ env, ca: authority.cert });
    expect(textOf(await get('https://far.example/'))).toBe('tunnelled');
    expect(proxy.seen[0]?.line).toBe('CONNECT far.example:443');
    expect((await failureOf(get('https://wrong.example/'))).message).toMatch(/of another host/);
    expect((await failureOf(httpClient({ env }).get('https://far.example/'))).message).toMatch(/not trusted/);
  });

  it('that the proxy refuses says so', async () => {
    const proxy = await startProxy({
      forward: (_request, response) => response.writeHead(407).end(),
    });
    onTestFinished(() => proxy.close());
    const { get } = httpClient({ env: { http_proxy: proxy.url, https_proxy: proxy.url } });
    expect((await failureOf(get('http://far.example/'))).message).toMatch(/^the proxy/);
    expect((await failureOf(get('https://far.example/'))).message).toMatch(/^the proxy refuses/);
  });

  it('goes straight where NO_PROXY says so', async () => {
    const web = await startWebServer();
    web.reply('/', 200, {}, 'straight');
    const proxy = await startProxy({});
    onTestFinished(async () => void (await Promise.all([web.close(), proxy.close()])));
    const { get } = httpClient({ env: { http_proxy: proxy.url, no_proxy: '127.0.0.1' } });
    expect(textOf(await get(web.url))).toBe('straight');
    expect(proxy.seen).toEqual([]);
  });

  it.each(['not a url at all', 'ftp://proxy.example'])(
    'of the variable %s is a mistake of the configuration',
    async (proxy) => {
      expect((await failureOf(httpClient({ env: { http_proxy: proxy } }).get('http://far.example/'))).reason).toBe(
        'configuration',
      );
    },
  );
});
