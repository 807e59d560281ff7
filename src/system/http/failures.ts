// What went wrong with an HTTP exchange, as Failures that say what to do, and which of them are worth another try.
import { Failure, type FailureDetails, type FailureReason } from '../../core/failure.ts';

/** A failure that the same request may not meet again shortly. */
export class TransientFailure extends Failure {
  /** Milliseconds that the server asked to wait, if it did. */
  readonly retryAfter: number | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    details: FailureDetails,
    options: { readonly cause?: unknown; readonly retryAfter?: number | undefined } = {},
  ) {
    super(reason, message, details, { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}

/** The URL for messages: without user, password, query and fragment, where credentials are written. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** Messages by the code of Node's or undici's error; `transient` ones are tried again. */
const BY_CODE: Readonly<Record<string, { readonly message: string; readonly transient: boolean }>> = {
  ECONNREFUSED: { message: 'the host refuses connections on this port', transient: true },
  ECONNRESET: { message: 'the connection was reset by the host', transient: true },
  EPIPE: { message: 'the connection was reset by the host', transient: true },
  UND_ERR_SOCKET: { message: 'the host closed the connection before the answer was complete', transient: true },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { message: 'the answer is shorter than the server announced', transient: true },
  UND_ERR_CONNECT_TIMEOUT: { message: 'the host does not answer', transient: true },
  ETIMEDOUT: { message: 'the host does not answer', transient: true },
  EHOSTUNREACH: { message: 'there is no route to the host', transient: true },
  ENETUNREACH: { message: 'the network of the host cannot be reached', transient: true },
  EADDRNOTAVAIL: { message: 'there is no route to the host', transient: true },
  EAI_AGAIN: { message: 'the name of the host could not be looked up now, check the DNS', transient: true },
  ENOTFOUND: { message: 'the name of the host is not known, check its spelling', transient: false },
  CERT_HAS_EXPIRED: { message: 'the certificate of the host has expired', transient: false },
  CERT_NOT_YET_VALID: { message: 'the certificate of the host is not valid yet, check the clock', transient: false },
  ERR_TLS_CERT_ALTNAME_INVALID: { message: 'the certificate is of another host', transient: false },
  UND_ERR_PRX_TLS: { message: 'the certificate of the proxy is of another host', transient: false },
};

const UNTRUSTED = {
  message: 'the certificate of the host is not trusted, name its authority under ca_file',
  transient: false,
};

const UNTRUSTED_CODES: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** The Failure for an error of the connection or of the exchange over it. */
export function exchangeFailure(error: unknown, url: URL): Failure {
  if (error instanceof Failure) return error;
  const { code, message } = codeOf(error);
  const details = { url: shownUrl(url), code };
  const known = BY_CODE[code] ?? (UNTRUSTED_CODES.has(code) ? UNTRUSTED : undefined);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return new Failure('cancelled', 'the connections were closed', details);
  if (known?.transient) return new TransientFailure('unreachable', known.message, details, { cause: error });
  if (known !== undefined) return new Failure('unreachable', known.message, details, { cause: error });
  if (message.startsWith('Proxy response') || message.startsWith('Proxy Authentication'))
    return new Failure(
      'unreachable',
      'the proxy refuses the request',
      { ...details, error: message },
      { cause: error },
    );
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return new Failure('unreachable', 'the host does not speak TLS as we do', details, { cause: error });
  if (code.startsWith('HPE_') || code === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW')
    return new Failure('unreachable', 'the host does not answer in HTTP', details, { cause: error });
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR')
    return new Failure('definition', 'the request cannot be sent, correct its headers or method', {
      ...details,
      error: message,
    });
  return new Failure(
    'unreachable',
    'the exchange with the host failed',
    { ...details, error: message },
    { cause: error },
  );
}

export function timedOut(url: URL, milliseconds: number): Failure {
  return new Failure('timed-out', 'the host did not answer in time', { url: shownUrl(url), limit_ms: milliseconds });
}

export function bodyTooLarge(limit: number): Failure {
  return new Failure('too-large', 'the answer is too large', { limit });
}

/** An AggregateError stands for the attempts at several addresses of one host; the first tells enough. */
function codeOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '' && error.cause instanceof Error) return codeOf(error.cause);
  return { code: code || error.name, message: error.message };
}
