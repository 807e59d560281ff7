// Hosts and names as the documentation shows them, behind real servers on loopback: certificates with the dates that
// `openssl x509 -noout -dates` prints, and records as `dig +short` does.
import type { StepContext } from '../../src/extract/step.ts';
import { readCertificate } from '../../src/system/certificate.ts';
import { askDns } from '../../src/system/dns.ts';
import { createCertificate } from './certificates.ts';
import { startDnsServer, type TestRecordType } from './dns-server.ts';
import type { CodeBlock } from './markdown.ts';
import { startWebServer } from './web.ts';

export interface DocumentedNetwork extends Pick<StepContext, 'certificate' | 'dns'> {
  /** Where the hosts really are, all at 127.0.0.1. */
  readonly ports: ReadonlyMap<string, number>;
  /** Address and port of what answers for the names. */
  readonly resolver: string;
  close(): Promise<void>;
}

export async function startDocumentedNetwork(given: readonly CodeBlock[]): Promise<DocumentedNetwork> {
  const dns = await startDnsServer();
  const hosts = new Map<string, Awaited<ReturnType<typeof startWebServer>>>();
  for (const { info, text } of given) {
    const host = info.get('certificate');
    const name = info.get('records');
    // several examples may name one host
    if (host !== undefined && !hosts.has(host)) {
      const tls = createCertificate({
        names: [host],
        notBefore: dateIn(text, 'Before'),
        notAfter: dateIn(text, 'After'),
      });
      hosts.set(host, await startWebServer({ tls }));
    }
    if (name !== undefined) dns.set(name, (info.get('type') ?? 'A') as TestRecordType, text.trimEnd().split('\n'));
  }
  return {
    ports: new Map([...hosts].map(([host, { port }]) => [host, port])),
    resolver: `127.0.0.1:${dns.port}`,
    certificate(request, signal) {
      const port = hosts.get(request.host)?.port;
      if (port === undefined) throw new Error(`the example gives no certificate of ${request.host}`);
      return readCertificate({ ...request, host: '127.0.0.1', port, servername: request.host }, 'allow', signal);
    },
    dns: (question, signal) =>
      askDns({ ...question, resolver: { host: '127.0.0.1', port: dns.port } }, 'allow', signal),
    async close() {
      await Promise.all([dns, ...hosts.values()].map((server) => server.close()));
    },
  };
}

function dateIn(text: string, which: 'Before' | 'After'): number {
  return Date.parse(new RegExp(`^not${which}=(.*)$`, 'm').exec(text)?.[1] ?? '');
}
