// Answers whose status is an error, as Failures with what the server said.
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Answer } from './exchange.ts';
import { shownUrl, TransientFailure } from './failures.ts';
import { BUSY, readRateLimit } from './rate-limit.ts';

/** Characters of a body that go into a message. */
const EXCERPT = 200;
/** Bytes of a body that are looked at for them. */
const READ = 65_536;

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'the server does not understand the request: compare it with what the server documents',
  401: 'the server asks for credentials: send some, or correct those that are sent',
  403: 'the server refuses access: look at what the credentials allow, or send some',
  404: 'there is nothing at this address: check it; some servers say so too where credentials are missing',
  407: 'the proxy asks for credentials: write them into the proxy variable',
  410: 'there is nothing at this address any more: look for the new one',
};

const RATE_LIMITED = {
  spent: 'the limit of requests is used up: ask less often, or with credentials that may ask more',
  busy: 'the server asks to come back later',
} as const;

/** The Failure for an answer that is not wanted; transient for limits, 502, 503 and 504. `now` is in ms since the epoch. */
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
  const limit = readRateLimit(answer, context.now);
  if (limit !== null) {
    const { wait, why } = limit;
    const until = wait === undefined ? undefined : formatInstant(context.now + Math.min(wait, LONGEST_SHOWN));
    return new TransientFailure('rate-limited', RATE_LIMITED[why], { until, ...details }, { retryAfter: wait });
  }
  if (BUSY.has(status))
    return new TransientFailure('http-status', 'the server cannot answer now, which often passes', details);
  return new Failure('http-status', messageOf(answer), details);
}

function messageOf({ status, headers }: Answer): string {
  if (status >= 300 && status < 400 && headers.location !== undefined)
    return 'the server redirects and redirects are not followed, name the address that it gives';
  return (
    MESSAGES[status] ??
    (status >= 500
      ? 'the server answers with an error of its own, which often passes'
      : 'the server answers with an error: look at what it says')
  );
}

/** A hundred years; dates beyond what a date can be are hostile or broken. */
const LONGEST_SHOWN = 3_155_760_000_000;

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
