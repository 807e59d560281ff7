// Smart HTTP in process (gitprotocol-http): ref listing, push and fetch as one request each over the program's HTTP client.
import { Failure } from '../../core/failure.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../system/http.ts';
import { basicAuthorization, type Credentials } from '../credentials.ts';
import { printable, readPackets } from './pkt-line.ts';
import { pushRequest, readReport } from './receive-pack.ts';
import { type Advertisement, lsRefsRequest, readAdvertisement, readLsRefs } from './ref-listing.ts';
import type { Transport } from './transport.ts';
import { fetchRequest, readFetchedPack } from './upload-pack.ts';

export interface SmartHttp extends Transport {
  /** A pack with everything that the wanted objects need and the known ones do not bring; never a thin one. */
  fetchPack(wanted: readonly string[], known: readonly string[], signal: AbortSignal): Promise<Uint8Array>;
}

export interface SmartHttpOptions {
  /** Without user information. */
  readonly url: string;
  readonly http: HttpClient;
  readonly credentials: Credentials;
}

type Service = 'git-upload-pack' | 'git-receive-pack';

const MINUTE = 60_000;
/** A pack is held in memory here; larger repositories need the git command. */
const MAX_PACK = 1_000_000_000;
const MAX_LISTING = 200_000_000;

export function createSmartHttp({ url, http, credentials }: SmartHttpOptions): SmartHttp {
  // Redirects are followed once, by the first listing; later requests go where it led.
  let base = url;
  // Whether the server speaks version 2 is asked once; then a listing is one request.
  let version: 0 | 2 | null = null;

  const send = async (path: string, request: Omit<HttpRequest, 'url'>, signal: AbortSignal): Promise<HttpResponse> => {
    // What belongs to the address is not carried to where a redirect led, unless that is the same place by https.
    for (let login = isSamePlace(base, url) ? credentials.known() : null; ; ) {
      const headers = {
        ...request.headers,
        ...(login === null ? {} : { authorization: basicAuthorization(login) }),
      };
      const response = await reach(http, { ...request, url: base + path, headers, accept: () => true }, url, signal);
      if (response.status === 401) {
        const refused = login;
        login = await credentials.next(base, refused, signal);
        if (login === null) throw unauthorised(url, refused !== null);
        continue;
      }
      if (response.status !== 200) throw statusFailure(response, url);
      if (login !== null) await credentials.accepted(base, login, signal);
      return response;
    }
  };

  const advertise = async (signal: AbortSignal): Promise<Advertisement> => {
    const path = '/info/refs?service=git-upload-pack';
    const headers = { 'git-protocol': 'version=2', accept: '*/*' };
    const response = await send(path, { headers, timeout: MINUTE, maxSize: MAX_LISTING, tries: 2 }, signal);
    expectType(response, 'application/x-git-upload-pack-advertisement', url);
    if (response.url.endsWith(path)) base = response.url.slice(0, -path.length);
    const advertisement = readAdvertisement(readPackets(response.body));
    version = advertisement.version;
    return advertisement;
  };

  const call = async (
    service: Service,
    body: Uint8Array | string,
    limits: { readonly timeout: number; readonly maxSize: number; readonly tries: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> => {
    const headers = {
      'content-type': `application/x-${service}-request`,
      accept: `application/x-${service}-result`,
      ...(service === 'git-upload-pack' && version === 2 ? { 'git-protocol': 'version=2' } : {}),
    };
    const response = await send(`/${service}`, { method: 'POST', headers, body, ...limits }, signal);
    expectType(response, `application/x-${service}-result`, url);
    return response.body;
  };

  return {
    async list(prefixes, signal) {
      if (version !== 2) {
        const advertisement = await advertise(signal);
        if (advertisement.version === 0) return advertisement;
      }
      const limits = { timeout: MINUTE, maxSize: MAX_LISTING, tries: 2 };
      return readLsRefs(readPackets(await call('git-upload-pack', lsRefsRequest(prefixes), limits, signal)));
    },

    async push(request, signal) {
      // A redirect must be known before a body is sent, and an anonymous first request must not be the push.
      if (version === null) await advertise(signal);
      const limits = { timeout: 10 * MINUTE, maxSize: MAX_LISTING, tries: 1 };
      const answer = await call('git-receive-pack', pushRequest(request), limits, signal);
      return readReport(readPackets(answer));
    },

    async fetchPack(wanted, known, signal) {
      if (version === null) await advertise(signal);
      const limits = { timeout: 30 * MINUTE, maxSize: MAX_PACK, tries: 1 };
      const request = fetchRequest(version === 2 ? 2 : 0, wanted, known);
      return readFetchedPack(version === 2 ? 2 : 0, await call('git-upload-pack', request, limits, signal));
    },
  };
}

/** Sends a request; what the door to the web calls unreachable is the remote here. */
async function reach(http: HttpClient, request: HttpRequest, url: string, signal: AbortSignal): Promise<HttpResponse> {
  try {
    return await http.request(request, signal);
  } catch (error) {
    if (
      !(error instanceof Failure) ||
      !['unreachable', 'timed-out', 'rate-limited', 'not-parsable'].includes(error.reason)
    )
      throw error;
    throw new Failure(
      'remote-unreachable',
      'the remote could not be reached',
      { ...error.details, url, problem: error.message },
      { cause: error },
    );
  }
}

function unauthorised(url: string, tried: boolean): Failure {
  return tried
    ? new Failure('authentication-failed', 'the remote refused the credentials, configure valid ones', { url })
    : new Failure(
        'authentication-failed',
        'the remote asks for credentials, configure a token or a credential helper',
        { url },
      );
}

function statusFailure(response: HttpResponse, url: string): Failure {
  const type = response.headers['content-type'] ?? '';
  const said = type.startsWith('text/plain')
    ? printable(Buffer.from(response.body.subarray(0, 2000)).toString('utf8'))
    : undefined;
  const details = { url, status: response.status, remote_said: said };
  switch (response.status) {
    case 403:
      return new Failure('authentication-failed', 'the remote forbids this with the credentials in use', details);
    case 404:
    case 410:
      return new Failure(
        'not-found',
        'there is no git repository at this address, or these credentials do not see it',
        details,
      );
    default:
      return new Failure('remote-unreachable', 'the remote answered with an error', details);
  }
}

function expectType(response: HttpResponse, type: string, url: string): void {
  const found = (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (found !== type)
    throw new Failure('not-found', 'the address answers, but not as a git server with smart HTTP does', {
      url,
      content_type: found,
    });
}

function isSamePlace(found: string, configured: string): boolean {
  const [left, right] = [new URL(found), new URL(configured)];
  return left.origin === right.origin || (left.hostname === right.hostname && left.protocol === 'https:');
}
