// An HTTP client under test: no proxies, no real waiting, closed when its test file is done.
import { afterAll } from 'vitest';
import { createHttpClient, type HttpClientOptions } from '../../src/system/http/client.ts';
import type { HttpClient, HttpRequest } from '../../src/system/http.ts';
import { createManualClock } from './manual-clock.ts';

const clients: HttpClient[] = [];

afterAll(() => Promise.all(clients.map((client) => client.close())));

/** `get` sends with a signal that nobody aborts; `clock` holds the waits. */
export function httpClient(options: Partial<HttpClientOptions> = {}) {
  const clock = createManualClock();
  const client = createHttpClient({
    clock,
    userAgent: 'spread-cron/test',
    privateAddresses: 'allow',
    env: {},
    random: () => 0,
    ...options,
  });
  clients.push(client);
  const never = new AbortController().signal;
  return {
    client,
    clock,
    get: (url: string, request: Omit<HttpRequest, 'url'> = {}) => client.request({ url, ...request }, never),
  };
}

/** The body of an answer as text. */
export function textOf(response: { readonly body: Uint8Array }): string {
  return Buffer.from(response.body).toString('utf8');
}
