// Following redirects: where to, with which method, and what may not come along to another host.
import { Failure } from '../../core/failure.ts';
import type { HttpRequest } from '../http.ts';
import type { Answer, Hop } from './exchange.ts';
import { shownUrl } from './failures.ts';

/** What of a request is secret, besides the headers that always are. */
type Secrecy = Pick<HttpRequest, 'secretHeaders' | 'bodyKind'>;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Names of headers that carry credentials, known ones and likely ones. */
const CREDENTIAL =
  /^(?:authorization|proxy-authorization|cookie)$|auth|token|secret|api-?key|password|session|signature/;

/** The next hop, or null where the answer is no redirect. The rules for methods and bodies are those of browsers (Fetch
 * standard, "HTTP-redirect fetch"). Throws a Failure `refused` where it leaves the web or would give
 * secrets away. */
export function nextHop(hop: Hop, answer: Answer, secrecy: Secrecy): Hop | null {
  const location = answer.headers.location;
  if (!REDIRECTS.has(answer.status) || location === undefined) return null;
  if (!URL.canParse(location, hop.url.href))
    throw new Failure('refused', 'the server redirects to something that is no URL', { url: shownUrl(hop.url) });
  const url = new URL(location, hop.url);
  assertWebUrl(url);
  // What a server writes there are no credentials of ours.
  url.username = '';
  url.password = '';
  url.hash = '';
  const { origin } = url;
  const becomesGet =
    (answer.status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') ||
    ((answer.status === 301 || answer.status === 302) && hop.method === 'POST');
  const next: Hop = becomesGet
    ? {
        url,
        origin,
        method: 'GET',
        headers: without(hop.headers, (name) => name.startsWith('content-')),
        body: undefined,
      }
    : { ...hop, url, origin };
  if (origin === hop.origin) return next;

  const secretHeaders = new Set(secrecy.secretHeaders?.map((name) => name.toLowerCase()));
  const isSecret = (name: string) => CREDENTIAL.test(name) || secretHeaders.has(name);
  const carriesSecrets = Object.keys(next.headers).some(isSecret);
  if (carriesSecrets && hop.url.protocol === 'https:' && url.protocol === 'http:')
    throw new Failure('refused', 'the server redirects a request with credentials from https to http', {
      url: shownUrl(hop.url),
      to: shownUrl(url),
    });
  if (next.body !== undefined && secrecy.bodyKind === 'secret')
    throw new Failure('refused', 'the server redirects a body with secrets to another host', {
      url: shownUrl(hop.url),
      to: shownUrl(url),
    });
  return { ...next, headers: without(next.headers, (name) => isSecret(name) || name === 'host') };
}

/** Throws a Failure `refused` for a scheme that is not of the web. */
export function assertWebUrl(url: URL): void {
  if (url.protocol === 'http:' || url.protocol === 'https:') return;
  throw new Failure('refused', 'only http and https URLs are requested', { scheme: url.protocol.slice(0, -1) });
}

function without(headers: Readonly<Record<string, string>>, drop: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !drop(name)));
}
