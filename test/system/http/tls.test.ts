import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificate } from '../../support/certificates.ts';
import { failureOf } from '../../support/failures.ts';
import { httpClient, textOf } from '../../support/http-client.ts';
import { startWebServer } from '../../support/web.ts';

const authority = createCertificate({ isAuthority: 'yes' });
const good = createCertificate({ authority, names: ['localhost'] });

async function tlsServer(certificate: { readonly cert: string; readonly key: string } = good) {
  const server = await startWebServer({ tls: certificate, name: 'localhost' });
  onTestFinished(() => server.close());
  server.reply('/', 200, {}, 'safe');
  return server;
}

describe('a certificate', () => {
  it('of an authority that the configuration names is trusted', async () => {
    const server = await tlsServer();
    const { get } = httpClient({ ca: authority.cert });
    expect(textOf(await get(server.url))).toBe('safe');
  });

  it('of an authority in NODE_EXTRA_CA_CERTS stays trusted beside it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sc-tls-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'extra.pem');
    await writeFile(file, authority.cert);
    const server = await tlsServer();
    const { get } = httpClient({
      ca: createCertificate({ isAuthority: 'yes' }).cert,
      env: { NODE_EXTRA_CA_CERTS: file },
    });
    expect(textOf(await get(server.url))).toBe('safe');
  });

  it.each([
    ['of an unknown authority', good, /not trusted, .* ca_file/],
    ['signed by itself', createCertificate({ names: ['localhost'] }), /not trusted/],
    ['of another host', createCertificate({ authority, names: ['other.example'] }), /of another host/],
    [
      'that has expired',
      createCertificate({ authority, names: ['localhost'], notBefore: Date.UTC(2020, 0), notAfter: Date.UTC(2021, 0) }),
      /has expired/,
    ],
    [
      'that is not valid yet',
      createCertificate({ authority, names: ['localhost'], notBefore: Date.UTC(2090, 0), notAfter: Date.UTC(2091, 0) }),
      /not valid yet/,
    ],
  ])('%s is refused, at once and with what to do', async (what, certificate, message) => {
    const server = await tlsServer(certificate);
    const { get, clock } = httpClient(what === 'of an unknown authority' ? {} : { ca: authority.cert });
    const failure = await failureOf(get(server.url));
    expect(failure.reason).toBe('unreachable');
    expect(failure.message).toMatch(message);
    expect([clock.sleeps, server.seen.length]).toEqual([[], 0]);
  });

  it('file without a certificate is a mistake of the configuration', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
    for (const ca of ['no pem at all', broken]) {
      const { get } = httpClient({ ca });
      expect(await failureOf(get('https://localhost/'))).toMatchObject({
        reason: 'configuration',
        details: { key: 'ca_file' },
      });
    }
  });
});

it('a server that does not speak TLS is told', async () => {
  const server = createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const failure = await failureOf(
    httpClient().get(`https://localhost:${typeof address === 'object' && address?.port}/`),
  );
  expect(failure).toMatchObject({ reason: 'unreachable', message: 'the host does not speak TLS as we do' });
});

describe('a redirect from https to http', () => {
  it('is refused with credentials, and followed without', async () => {
    const server = await tlsServer();
    const plain = await startWebServer();
    onTestFinished(() => plain.close());
    plain.reply('/', 200, {}, 'open');
    server.reply('/down', 302, { location: plain.url });
    const { get } = httpClient({ ca: authority.cert });
    const failure = await failureOf(get(`${server.url}/down`, { headers: { authorization: 'Bearer x' } }));
    expect(failure).toMatchObject({ reason: 'refused' });
    expect(failure.message).toMatch(/from https to http/);
    expect(plain.seen).toHaveLength(0);
    expect(textOf(await get(`${server.url}/down`))).toBe('open');
  });
});
