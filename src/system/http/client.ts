// The one HTTP client: what a request may do and how often it is tried. Connections are in http-dispatcher.ts, one
// exchange in http-exchange.ts, redirects in http-redirect.ts, waiting in http-pace.ts.
import { createKeyedLimit } from '../../concurrency/keyed-limit.ts';
import { backoff, retry } from '../../concurrency/retry.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import type { AddressPolicy } from '../address-policy.ts';
import type { Clock } from '../clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../http.ts';
import { ACCEPT_ENCODING } from './body.ts';
import type { HttpCache } from './cache.ts';
import { basicAuthorization, createConnections } from './dispatcher.ts';
import { type Answer, type ExchangeLimits, exchange, type Hop } from './exchange.ts';
import { shownUrl, TransientFailure } from './failures.ts';
import { createPace } from './pace.ts';
import { assertWebUrl, nextHop } from './redirect.ts';
import { statusFailure } from './status.ts';

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Name and version of this program for the User-Agent header. */
  readonly userAgent: string;
  /** Whether requests may go to addresses that are not of the public internet. */
  readonly privateAddresses: AddressPolicy;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca?: string | undefined;
  /** Where the proxy variables and NODE_EXTRA_CA_CERTS are read; default the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Answers that may be confirmed; without it no request is conditional. */
  readonly cache?: HttpCache | undefined;
  /** Replaces secrets in what a server said. */
  readonly redact?: ((text: string) => string) | undefined;
  /** From 0 up to 1, for the jitter of waits. */
  readonly random?: (() => number) | undefined;
  /** Numbers that are not HTTP_DEFAULTS. */
  readonly limits?: Partial<HttpLimits> | undefined;
}

/** What holds where a request says nothing. */
interface HttpLimits {
  /** Milliseconds for the exchange with its redirects, waits excluded. */
  readonly timeout: number;
  /** Bytes after decompression. */
  readonly maxSize: number;
  readonly maxRedirects: number;
  /** Of idempotent requests; others are tried once. */
  readonly tries: number;
  /** Milliseconds between two requests to one host. */
  readonly minDelay: number;
  /** Requests to one host at a time. */
  readonly perHost: number;
  /** Longest wait in milliseconds that a server may ask for within one request. */
  readonly maxRetryAfter: number;
}

const HTTP_DEFAULTS: HttpLimits = {
  timeout: 30_000,
  maxSize: 10_000_000,
  maxRedirects: 5,
  tries: 3,
  minDelay: 0,
  perHost: 4,
  maxRetryAfter: 10_000,
};

/** Methods that may be sent twice (RFC 9110 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Waits before another try, in milliseconds. */
const BACKOFF = { base: 500, ceiling: 10_000 };

/** A client whose connections are kept until `close`. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, cache, redact = (text: string) => text, random = Math.random } = options;
  const defaults = { ...HTTP_DEFAULTS, ...options.limits };
  /** Requests never change; who sends one again each round has it read once. */
  const firstHops = new WeakMap<HttpRequest, Hop>();
  const perHost = createKeyedLimit(defaults.perHost);
  const pace = createPace(clock);
  const connections = createConnections({
    privateAddresses: options.privateAddresses,
    ca: options.ca,
    env: options.env ?? process.env,
    connectionsPerHost: defaults.perHost,
  });

  /** Sends to one URL when it is this request's turn; gives the answer and how long the exchange took. */
  const visit = (hop: Hop, request: HttpRequest, limits: ExchangeLimits, signal: AbortSignal) => {
    const client = `${hop.origin} ${hop.headers.authorization ?? ''}`;
    pace.assertWelcome(client);
    return perHost(
      hop.origin,
      async () => {
        const dispatcher = await connections.dispatcherFor(hop.url);
        const wait = pace.turn(hop.origin, request.minDelay ?? defaults.minDelay, signal);
        if (wait !== null) await wait;
        pace.assertWelcome(client);
        const started = clock.monotonic();
        const send = (sent: Hop) => exchange(dispatcher, sent, limits, signal);
        const answer = await (request.revalidate === 'yes' ? confirmOrSend(hop, limits.maxSize, send) : send(hop));
        return { answer, duration: clock.monotonic() - started, client };
      },
      signal,
    );
  };

  const confirmOrSend = async (hop: Hop, maxSize: number, send: (hop: Hop) => Promise<Answer>): Promise<Answer> => {
    if (cache === undefined) return send(hop);
    const kept = cache.find(hop, maxSize);
    try {
      const answer = await send(kept === null ? hop : { ...hop, headers: { ...hop.headers, ...kept.validators } });
      if (kept !== null && answer.status === 304) return kept.confirmedBy(answer);
      cache.keep(hop, answer);
      return answer;
    } catch (error) {
      // After an error the next answer is a whole one again.
      cache.forget(hop);
      throw error;
    }
  };

  const follow = async (request: HttpRequest, first: Hop, signal: AbortSignal): Promise<HttpResponse> => {
    const accept = request.accept ?? isSuccess;
    const { timeout = defaults.timeout, maxSize = defaults.maxSize, maxRedirects = defaults.maxRedirects } = request;
    let seen: Set<string> | undefined;
    let left = timeout;
    let hop = first;
    for (;;) {
      const limits = { timeout: left, fullTimeout: timeout, maxSize, wanted: accept };
      const { answer, duration, client } = await visit(hop, request, limits, signal);
      left = Math.max(1, left - duration);
      const next = maxRedirects === 0 ? null : nextHop(hop, answer, request);
      if (next === null) {
        const { status, headers, body } = answer;
        if (accept(status)) return { status, headers, body, url: hop.url.href };
        const failure = statusFailure(answer, { url: hop.url, now: clock.now(), redact });
        if (!(failure instanceof TransientFailure) || (failure.retryAfter ?? 0) <= defaults.maxRetryAfter)
          throw failure;
        // Nobody waits that long here; who asks sooner is told without a request.
        pace.stayAway(client, failure.retryAfter ?? 0);
        throw new Failure(failure.reason, failure.message, failure.details);
      }
      seen ??= new Set();
      seen.add(`${hop.method} ${hop.url.href}`);
      if (seen.has(`${next.method} ${next.url.href}`))
        throw new Failure('refused', 'the server redirects in a circle', { url: shownUrl(next.url) });
      if (seen.size > maxRedirects)
        throw new Failure('refused', 'the server redirects too often', {
          url: shownUrl(first.url),
          limit: maxRedirects,
        });
      hop = next;
    }
  };

  return {
    async request(request, signal) {
      try {
        const hop = firstHops.get(request) ?? firstHop(request, options.userAgent);
        firstHops.set(request, hop);
        return await retry(
          () => follow(request, hop, signal),
          {
            tries: request.tries ?? (IDEMPOTENT.has(hop.method) ? defaults.tries : 1),
            delay: (attempt, error) =>
              (error instanceof TransientFailure ? error.retryAfter : undefined) ??
              backoff(attempt, { ...BACKOFF, random }),
            shouldRetry: (error) => error instanceof TransientFailure,
            sleep: clock.sleep,
          },
          signal,
        );
      } catch (error) {
        if (error instanceof Failure) throw error;
        if (!signal.aborted) throw toFailure(error);
        if (signal.reason instanceof Failure) throw signal.reason;
        throw new Failure('cancelled', 'the request was cancelled', {}, { cause: error });
      }
    },
    close: () => connections.close(),
  };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function firstHop(request: HttpRequest, userAgent: string): Hop {
  if (!URL.canParse(request.url)) throw new Failure('definition', 'this is no URL, write it like https://…');
  const url = new URL(request.url);
  assertWebUrl(url);
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
  return { url, origin: url.origin, method: (request.method ?? 'GET').toUpperCase(), headers, body: request.body };
}
