// The one HTTP client: addresses, redirects, limits and waiting in one place, connections in http-dispatcher.ts.

import { createKeyedLimit } from '../concurrency/keyed-limit.ts';
import { backoff, retry } from '../concurrency/retry.ts';
import { Failure } from '../core/failure.ts';
import type { Clock } from './clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts';
import { ACCEPT_ENCODING } from './http-body.ts';
import { type AddressPolicy, basicAuthorization, type Connections, createConnections } from './http-dispatcher.ts';
import { type Answer, exchange, type Hop } from './http-exchange.ts';
import { shownUrl, TransientFailure } from './http-failures.ts';
import { nextHop, type Secrecy } from './http-redirect.ts';

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Name and version of this program for the User-Agent header. */
  readonly userAgent: string;
  readonly privateAddresses: AddressPolicy;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca?: string | undefined;
  /** Proxy variables and NODE_EXTRA_CA_CERTS; default the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Requests to one host at a time; default 4. */
  readonly perHost?: number | undefined;
  /** Defaults for what a request does not say: milliseconds, bytes, counts. */
  readonly timeout?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly maxRedirects?: number | undefined;
  readonly tries?: number | undefined;
  readonly minDelay?: number | undefined;
  /** Replaces secrets in what an error page said. */
  readonly redact?: ((text: string) => string) | undefined;
  /** From 0 up to 1; for the jitter of waits. */
  readonly random?: (() => number) | undefined;
}

export const HTTP_DEFAULTS = { timeout: 30_000, maxSize: 10_000_000, maxRedirects: 5, tries: 3, perHost: 4 } as const;

/** Statuses that often pass. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Methods that may be sent twice (RFC 9110 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** A client whose connections are kept until `close`. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const defaults = { ...HTTP_DEFAULTS, ...defined(options) };
  const perHost = createKeyedLimit(defaults.perHost);
  const connections: Connections = createConnections({
    privateAddresses: options.privateAddresses,
    ca: options.ca,
    env: options.env ?? process.env,
    connectionsPerHost: defaults.perHost,
  });

  const follow = async (request: HttpRequest, first: Hop, signal: AbortSignal): Promise<HttpResponse> => {
    const accept = request.accept ?? ((status: number) => status >= 200 && status < 300);
    const maxRedirects = request.maxRedirects ?? defaults.maxRedirects;
    const timeout = request.timeout ?? defaults.timeout;
    const secrecy: Secrecy = {
      headers: new Set((request.secretHeaders ?? []).map((name) => name.toLowerCase())),
      body: request.bodyKind ?? 'plain',
    };
    const limits = { maxSize: request.maxSize ?? defaults.maxSize, wanted: accept };
    const seen = new Set<string>();
    let spent = 0;
    for (let hop = first; ; ) {
      const current = hop;
      const dispatcher = await connections.dispatcherFor(current.url);
      const answer = await perHost(
        current.url.origin,
        async () => {
          const started = options.clock.monotonic();
          const result = await exchange(dispatcher, current, { ...limits, timeout: timeout - spent }, signal);
          spent += options.clock.monotonic() - started;
          return result;
        },
        signal,
      );
      const next = maxRedirects === 0 ? null : nextHop(current, answer, secrecy);
      if (next === null) {
        if (accept(answer.status)) return { ...answer, url: current.url.href };
        throw statusFailure(answer, current.url, options.redact ?? ((text) => text));
      }
      seen.add(`${current.method} ${current.url.href}`);
      if (seen.has(`${next.method} ${next.url.href}`))
        throw new Failure('refused', 'the server redirects in a circle', { url: shownUrl(next.url) });
      if (seen.size > maxRedirects)
        throw new Failure('refused', 'the server redirects too often', {
          url: shownUrl(first.url),
          limit: maxRedirects,
        });
      checkScheme(next.url);
      hop = next;
    }
  };

  return {
    async request(request, signal) {
      const hop = firstHop(request, options.userAgent);
      const tries = request.tries ?? (IDEMPOTENT.has(hop.method) ? defaults.tries : 1);
      return retry(
        () => follow(request, hop, signal),
        {
          tries,
          delay: (attempt, error) =>
            (error instanceof TransientFailure ? error.retryAfter : undefined) ??
            backoff(attempt, { base: 500, ceiling: 10_000, random: options.random ?? Math.random }),
          shouldRetry: (error) => error instanceof TransientFailure,
          sleep: options.clock.sleep,
        },
        signal,
      );
    },
    close: () => connections.close(),
  };
}

function firstHop(request: HttpRequest, userAgent: string): Hop {
  if (!URL.canParse(request.url)) throw new Failure('definition', 'this is no URL', { url: request.url.split('?')[0] });
  const url = new URL(request.url);
  checkScheme(url);
  const headers: Record<string, string> = {
    'user-agent': userAgent,
    accept: '*/*',
    'accept-encoding': ACCEPT_ENCODING,
  };
  if (url.username !== '' || url.password !== '')
    headers.authorization = basicAuthorization(url.username, url.password);
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, method: (request.method ?? 'GET').toUpperCase(), headers, body: request.body };
}

function checkScheme(url: URL): void {
  if (url.protocol === 'http:' || url.protocol === 'https:') return;
  throw new Failure('refused', 'only http and https URLs are requested', { scheme: url.protocol.slice(0, -1) });
}

function statusFailure(answer: Answer, url: URL, redact: (text: string) => string): Failure {
  const details = { status: answer.status, url: shownUrl(url), body: redact(excerpt(answer.body)) };
  if (PASSING.has(answer.status)) {
    const reason = answer.status === 429 ? 'rate-limited' : 'http-status';
    return new TransientFailure(reason, 'the server cannot answer now', details);
  }
  return new Failure('http-status', 'the server answers with an error', details);
}

/** The first 200 printable characters, on one line. */
function excerpt(body: Uint8Array): string {
  const text = Buffer.from(body.subarray(0, 2000)).toString('utf8');
  return text
    .replace(/[\p{C}\p{Z}\uFFFD]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
