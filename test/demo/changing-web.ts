// The web of the demonstration: an API, a page and a download on loopback, each of which moves on every few seconds.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChangingWeb {
  /** Address without a slash at the end. */
  readonly url: string;
  close(): void;
}

/** Seconds after which each of them has changed; no two in step, so that rounds differ. */
const PERIODS = { api: 5, page: 8, download: 13 };

export async function startChangingWeb(): Promise<ChangingWeb> {
  const started = Date.now();
  const count = (period: number): number => Math.floor((Date.now() - started) / 1000 / period);
  const pages: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/api/service.json': (response) => {
      const body = { name: 'service', channels: [{ name: 'stable', version: `2.4.${count(PERIODS.api)}` }] };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    },
    '/releases.html': (response) => {
      const number = count(PERIODS.page);
      const list = `<ol><li class="latest">Release 7.${number + 1}</li><li>Release 7.${number}</li></ol>`;
      response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><title>Releases</title><h1>Releases</h1>${list}`);
    },
    '/firmware.bin': (response) => {
      const name = `firmware-r${100 + count(PERIODS.download)}.bin`;
      response.setHeader('content-disposition', `attachment; filename="${name}"`).end('not much of a firmware');
    },
  };
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    if (page === undefined) response.writeHead(404).end();
    else page(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
