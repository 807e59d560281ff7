// The web as the documentation shows it: one local server that answers for every host that is named there.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/system/clock.ts';
import { createHttpClient } from '../../src/system/http/client.ts';
import type { HttpClient } from '../../src/system/http.ts';
import type { CodeBlock } from './markdown.ts';
import { readResponse, type WrittenResponse } from './written-response.ts';

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
  const challenges = new Map(given.map((block) => [block.info.get('anonymous'), block]));
  const posted = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const url = decodeURIComponent(request.url?.slice(1) ?? '');
    if (request.method === 'POST') {
      posted.set(url, await text(request));
      return response.writeHead(204).end();
    }
    const challenge = request.headers.authorization === undefined ? challenges.get(url) : undefined;
    const page = challenge ?? pages.get(url);
    if (page === undefined) return response.writeHead(404).end();
    const { status, headers, body } = page.language === 'http' ? readResponse(page.text) : bare(page);
    return response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
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

/** A body alone, typed by the language of its block. */
function bare({ language, text: body }: CodeBlock): WrittenResponse {
  return { status: 200, headers: { 'content-type': `${TYPES[language]}; charset=utf-8` }, body };
}
