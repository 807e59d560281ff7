// Source `certificate`: the TLS certificate of a host.
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createOnce } from '../../../src/pipeline/step-context.ts';
import { readCertificate } from '../../../src/system/certificate.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { createCertificate } from '../../support/certificates.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { stepContext } from '../../support/step-context.ts';
import { refusedPort, startWebServer } from '../../support/web.ts';

const NOW = Date.UTC(2026, 2, 7, 12);
const DAY = 86_400_000;
const clock = createManualClock(NOW);

const authority = createCertificate({ isAuthority: 'yes' });
/** Of nobody whom anybody trusts, from so many days ago to so many from now. */
const made = (from: number, to: number) =>
  createCertificate({ authority, names: ['localhost'], notBefore: NOW + from * DAY, notAfter: NOW + to * DAY });

const certificates = {
  valid: made(-30, 60),
  ending: made(-80, 14),
  ended: made(-90, -1),
  later: made(1, 90),
};

// The suite below is written down before any hook runs.
const start = async (certificate: { readonly cert: string; readonly key: string }) => {
  const server = await startWebServer({ tls: certificate, name: 'localhost' });
  return server;
};
const servers = {
  valid: await start(certificates.valid),
  ending: await start(certificates.ending),
  ended: await start(certificates.ended),
  later: await start(certificates.later),
};
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const at = (name: keyof typeof servers) => ({ certificate: `localhost:${servers[name].port}` });
const context = (more = {}) =>
  stepContext({ clock, certificate: (request, signal) => readCertificate(request, 'allow', signal), ...more });

const parsed = new X509Certificate(certificates.valid.cert);

describeStep('certificate', {
  context,
  examples: [
    { name: 'when it ends', written: at('valid'), output: '2026-05-06T12:00:00Z' },
    { name: 'when it ended, of one that nobody trusts any more', written: at('ended'), output: '2026-03-06T12:00:00Z' },
    { name: 'that it is valid', written: { ...at('valid'), give: 'state' }, output: 'valid' },
    { name: 'that it expires soon', written: { ...at('ending'), give: 'state' }, output: 'expires-soon' },
    {
      name: 'that it expires soon by our own measure',
      written: { ...at('valid'), give: 'state', warn_before: '60d' },
      output: 'expires-soon',
    },
    {
      name: 'that it does not by our own measure',
      written: { ...at('ending'), give: 'state', warn_before: '13d' },
      output: 'valid',
    },
    { name: 'that it has expired', written: { ...at('ended'), give: 'state' }, output: 'expired' },
    { name: 'that its time has not come', written: { ...at('later'), give: 'state' }, output: 'not-yet-valid' },
    {
      name: 'its fingerprint',
      written: { ...at('valid'), give: 'fingerprint' },
      output: createHash('sha256').update(parsed.raw).digest('hex'),
    },
    { name: 'its issuer', written: { ...at('valid'), give: 'issuer' }, output: 'CN=test authority' },
    { name: 'its serial number', written: { ...at('valid'), give: 'serial' }, output: parsed.serialNumber },
    {
      name: 'that of an address',
      written: { certificate: `127.0.0.1:${servers.valid.port}`, give: 'state' },
      output: 'valid',
    },
  ],
  refused: [
    { name: 'a URL', written: { certificate: 'https://example.com/' }, message: /not a host: write example.com/ },
    { name: 'a port that is none', written: { certificate: 'example.com:0' }, message: /not a host/ },
    { name: 'a login', written: { certificate: 'me@example.com' }, message: /not a host/ },
    {
      name: 'a warning without a state',
      written: { certificate: 'example.com', warn_before: '7d' },
      message: /only together with give: state/,
    },
    {
      name: 'an address as the name that is asked for',
      written: { certificate: 'example.com', servername: '192.0.2.1' },
      message: /not the name of a host/,
    },
    { name: 'another thing to give', written: { certificate: 'example.com', give: 'subject' }, message: /fingerprint/ },
  ],
  failures: [
    {
      name: 'a port where nobody listens',
      written: { certificate: `127.0.0.1:${await refusedPort()}` },
      reason: 'unreachable',
      message: /refuses connections on this port/,
    },
    {
      name: 'a name that does not exist',
      written: { certificate: 'nowhere.invalid' },
      reason: 'unreachable',
      message: /name of the host/,
    },
  ],
});

/** Listens on loopback until the test is finished; gives the port. */
async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('certificate', () => {
  it('asks for the name of the host, or the one that it is told', async () => {
    const other = made(-1, 200);
    const server = createTlsServer({
      key: certificates.valid.key,
      cert: certificates.valid.cert,
      SNICallback: (name, done) =>
        done(null, createSecureContext(name === 'other.example' ? other : certificates.valid)),
    });
    const port = await listening(server);
    const endOf = async (more: object) => runStep({ certificate: `localhost:${port}`, ...more }, '', context());
    expect(await endOf({})).toMatchObject({ text: '2026-05-06T12:00:00Z' });
    expect(await endOf({ servername: 'other.example' })).toMatchObject({ text: '2026-09-23T12:00:00Z' });
  });

  it('is read of a host that wants a certificate of ours, which it does not get', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { key, cert } = certificates.valid;
      const server = createTlsServer({ key, cert, requestCert: true, rejectUnauthorized: true, maxVersion });
      server.on('tlsClientError', () => {});
      const port = await listening(server);
      expect(await runStep({ certificate: `localhost:${port}` }, '', context())).toMatchObject({
        text: '2026-05-06T12:00:00Z',
      });
    }
  });

  it('is told of a host that does not speak TLS, or hangs up', async () => {
    for (const [greeting, message] of [
      ['220 mail.example ESMTP\r\n', /does not speak TLS/],
      ['', /connection was reset/],
    ] as const) {
      const port = await listening(createServer((socket) => socket.on('error', () => {}).end(greeting)));
      const failure = await failureOf({ certificate: `localhost:${port}` }, '', context());
      expect(failure).toMatchObject({ reason: 'unreachable', details: { url: `https://localhost:${port}/` } });
      expect(failure.message).toMatch(message);
    }
  });

  it('gives up a host that says nothing when its time is up, and at once when it is stopped', async () => {
    const server = createServer();
    const port = await listening(server);
    const written = { certificate: `localhost:${port}` };
    expect(await failureOf({ ...written, timeout: '100ms' }, '', context())).toMatchObject({
      reason: 'timed-out',
      details: { limit_ms: 100 },
    });
    const stop = new AbortController();
    const asked = runStep(written, '', context({ signal: stop.signal }));
    await once(server, 'connection');
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('is read once for what several resources of a round want of it', async () => {
    const server = createTlsServer({ key: certificates.valid.key, cert: certificates.valid.cert });
    let connections = 0;
    server.on('connection', () => connections++);
    const port = await listening(server);
    const together = context({ once: createOnce() });
    for (const give of ['expires', 'state', 'serial'])
      await runStep({ certificate: `localhost:${port}`, give }, '', together);
    expect(connections).toBe(1);
  });

  it('is not asked of private addresses where those are refused, by number or by name', async () => {
    let connections = 0;
    const port = await listening(createServer(() => connections++));
    const strict = stepContext({ certificate: (request, signal) => readCertificate(request, 'refuse', signal) });
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]']) {
      const failure = await failureOf({ certificate: `${host}:${port}` }, '', strict);
      expect(failure, host).toMatchObject({ reason: 'refused', details: { key: 'policy' } });
    }
    expect(connections).toBe(0);
  });
});
