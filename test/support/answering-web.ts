// The whole web on one port: an HTTPS server that answers for every host, reached by a program through its proxy and
// trusted by its configuration, so that the built command line asks the addresses that it would ask anywhere.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createCertificate } from './certificates.ts';
import { startProxy } from './proxy.ts';

/** What is answered at an address: a body, with headers and a status where they matter. */
export interface WebAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AnsweringWeb {
  /** Variables that lead the program here. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces everything that is answered, by URL; 404 for the rest. `anonymous` goes before it, to whoever shows no login
   * and no token. */
  answer(answers: ReadonlyMap<string, WebAnswer>, anonymous?: ReadonlyMap<string, WebAnswer>): void;
  close(): Promise<void>;
}

/** Serves these hosts. `directory` is where the certificate of the authority is put. */
export async function startAnsweringWeb(hosts: readonly string[], directory: string): Promise<AnsweringWeb> {
  const authority = createCertificate({ isAuthority: 'yes' });
  const { cert, key } = createCertificate({ names: hosts, authority });
  let known: ReadonlyMap<string, WebAnswer> = new Map();
  let challenges: ReadonlyMap<string, WebAnswer> = new Map();
  const server = createServer({ cert, key }, (request, response) => {
    const url = `https://${request.headers.host}${request.url}`;
    const challenge = request.headers.authorization === undefined ? challenges.get(url) : undefined;
    const { status = 200, headers = {}, body } = challenge ?? known.get(url) ?? { status: 404, body: 'not here\n' };
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startProxy({ tunnelPort: (server.address() as AddressInfo).port });
  const authorityFile = join(directory, 'authority.pem');
  await writeFile(authorityFile, authority.cert);
  return {
    env: { HTTPS_PROXY: proxy.url, SPREAD_CRON_CA_FILE: authorityFile },
    answer(answers, anonymous = new Map()) {
      known = answers;
      challenges = anonymous;
    },
    async close() {
      await proxy.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a git server says first of its refs, in protocol version 0, from lines as `git ls-remote` prints them. */
export function refAdvertisement(listing: string): WebAnswer {
  const lines = listing.trimEnd().split('\n');
  const refs = lines.map((line, index) => `${line.replace('\t', ' ')}${index === 0 ? '\0agent=test' : ''}\n`);
  const packets = ['# service=git-upload-pack\n', null, ...refs, null];
  return {
    headers: { 'content-type': 'application/x-git-upload-pack-advertisement' },
    body: packets.map((text) => (text === null ? '0000' : `${packetLength(text)}${text}`)).join(''),
  };
}

function packetLength(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0');
}
