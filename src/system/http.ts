// The contract of the door to the web. Every HTTP request of the program goes through one client made by
// `createHttpClient` (http-client.ts), which alone knows undici: kept connections, limits, redirects, proxies, addresses.

export interface HttpRequest {
  readonly url: string;
  readonly method?: string | undefined;
  /** Names in any case; sent as given. User and password of the URL become an Authorization header. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** For the whole exchange, retries excluded, in milliseconds. */
  readonly timeout?: number | undefined;
  /** Largest body in bytes, after decompression. */
  readonly maxSize?: number | undefined;
  readonly maxRedirects?: number | undefined;
  /** Tries in all for transient errors (refused, reset, 429, 502, 503, 504); 1 means none again. Default 3 for
   * idempotent methods, else 1. */
  readonly tries?: number | undefined;
  /** Statuses that are an answer rather than a Failure; default 200 to 299. */
  readonly accept?: ((status: number) => boolean) | undefined;
  /** Least time between two requests to this request's host, in milliseconds. */
  readonly minDelay?: number | undefined;
  /** Names of headers that hold a secret: like Authorization they are not sent to another host after a redirect. */
  readonly secretHeaders?: readonly string[] | undefined;
  /** `secret`: the body holds one, a redirect that would send it to another host is refused. */
  readonly bodyKind?: 'plain' | 'secret' | undefined;
  /** Whether a kept answer may be confirmed by the server (ETag, Last-Modified) instead of sent again; default `no`. */
  readonly revalidate?: 'yes' | 'no' | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated fields joined by `, ` (Set-Cookie is dropped: cookies are off). */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decompressed. */
  readonly body: Uint8Array;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

export interface HttpClient {
  /**
   * Sends a request and reads the whole answer. Throws a Failure: `unreachable` (refused, DNS, TLS, reset, truncated),
   * `timed-out`, `too-large`, `http-status`, `rate-limited` (with Retry-After), `refused` (address or scheme not
   * allowed, redirect loop), `not-parsable` (damaged or unknown compression), `cancelled`. Messages and details hold the
   * URL without user, password and query.
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /** Closes kept connections. */
  close(): Promise<void>;
}
