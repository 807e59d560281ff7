// The web as the documentation shows it: one local server that answers for every host that is named there.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/system/clock.ts';
import { createHttpClient } from '../../src/system/http/client.ts';
import type { HttpClient } from '../../src/system/http.ts';
import type { CodeBlock } from './markdown.ts';

export interface DocumentedWeb {
  /** Asks the server, whatever host a URL names. */
  readonly client: HttpClient;
  /** Bodies that were posted, by URL. */
  readonly posted: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Starts a server on loopback that has the pages that blocks give, answers posts with 204 and everything else with 404. */
export async function startDocumentedWeb(given: readonly CodeBlock[]): Promise<DocumentedWeb> {
  const pages = new Map(given.map((block) => [block.info.get('given'), block]));
  const posted = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const url = decodeURIComponent(request.url?.slice(1) ?? '');
    if (request.method === 'POST') {
      posted.set(url, await text(request));
      return response.writeHead(204).end();
    }
    const page = pages.get(url);
    if (page === undefined) return response.writeHead(404).end();
    const [status, head, body] = page.language === 'http' ? splitHead(page.text) : [200, [], page.text];
    response.statusCode = status;
    for (const line of head) response.setHeader(...headerOf(line));
    if (page.language !== 'http') response.setHeader('content-type', `${TYPES[page.language]}; charset=utf-8`);
    return response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createHttpClient({
    clock: systemClock,
    userAgent: 'spread-cron',
    privateAddresses: 'allow',
    env: {},
  });
  return {
    client: {
      request: (request, signal) =>
        client.request({ ...request, url: `${origin}/${encodeURIComponent(request.url)}` }, signal),
      close: client.close,
    },
    posted,
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  html: 'text/html',
  xml: 'application/xml',
  text: 'text/plain',
};

/** Status, header lines and body of a response as it is written in a block. */
function splitHead(text: string): [number, string[], string] {
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, end).split('\n');
  return [Number(first.split(' ')[1]), lines, text.slice(end + 2)];
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
