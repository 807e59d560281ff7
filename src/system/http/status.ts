// Answers whose status is an error, as Failures with what the server said.
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Answer } from './exchange.ts';
import { shownUrl, TransientFailure } from './failures.ts';

/** Statuses that often pass. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Characters of a body that go into a message. */
const EXCERPT = 200;
/** Bytes of a body that are looked at for them. */
const READ = 65_536;

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'the server asks for credentials',
  403: 'the server refuses access',
  404: 'there is nothing at this address',
  407: 'the proxy asks for credentials',
  410: 'there is nothing at this address any more',
};

/** The Failure for an answer that is not wanted; transient for 429, 502, 503 and 504. `now` is in ms since the epoch. */
export function statusFailure(
  answer: Answer,
  context: { readonly url: URL; readonly now: number; readonly redact: (text: string) => string },
): Failure {
  const { status, headers } = answer;
  const details = {
    status,
    url: shownUrl(context.url),
    location: headers.location === undefined ? undefined : shown(headers.location, context.redact),
    body: shown(new TextDecoder().decode(answer.body.subarray(0, READ)), context.redact),
  };
  if (!PASSING.has(status)) {
    const redirects = status >= 300 && status < 400 && headers.location !== undefined;
    const message = redirects
      ? 'the server redirects and redirects are not followed, name the address that it gives'
      : (MESSAGES[status] ?? 'the server answers with an error');
    return new Failure('http-status', message, details);
  }
  const retryAfter = parseRetryAfter(headers['retry-after'], context.now);
  const reason = status === 429 || retryAfter !== undefined ? 'rate-limited' : 'http-status';
  const message = reason === 'rate-limited' ? 'the server asks to come back later' : 'the server cannot answer now';
  const until = retryAfter === undefined ? undefined : formatInstant(context.now + Math.min(retryAfter, LONGEST_SHOWN));
  return new TransientFailure(reason, message, { until, ...details }, { retryAfter });
}

/** A hundred years; dates beyond what a date can be are hostile or broken. */
const LONGEST_SHOWN = 3_155_760_000_000;

/** Milliseconds from now of a Retry-After header: seconds, or a date (RFC 9110 10.2.3); undefined for anything else. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** On one line, without control and format characters, at most 200 characters; redacted before it is cut, since half a
 * secret is not recognised. */
function shown(text: string, redact: (text: string) => string): string {
  const line = redact(text)
    .replace(/[\p{C}\p{Z}\uFFFD]+/gu, ' ')
    .trim();
  return Array.from(line.slice(0, EXCERPT * 2))
    .slice(0, EXCERPT)
    .join('');
}
