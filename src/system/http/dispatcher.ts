// Connections for the HTTP client: kept ones straight to hosts or through a proxy, with the certificates and the address
// policy of the configuration. undici is loaded with the first request.
import { lookup as resolve } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { unescape as decodePercent } from 'node:querystring';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { Failure } from '../../core/failure.ts';
import {
  type AddressPolicy,
  assertPublicAddress,
  lookupPublic,
  NEXT_ADDRESS_AFTER,
  privateAddressFailure,
} from '../address-policy.ts';
import { isPrivateAddress } from '../addresses.ts';
import { proxyFor, readProxySettings } from './proxy.ts';

export interface ConnectionOptions {
  readonly privateAddresses: AddressPolicy;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca: string | undefined;
  /** The proxy variables and NODE_EXTRA_CA_CERTS are read from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly connectionsPerHost: number;
}

export interface Connections {
  /** The dispatcher for a URL. Throws a Failure: `refused` where its host may not be asked, `cancelled` once closed. */
  dispatcherFor(url: URL): Promise<Dispatcher>;
  close(): Promise<void>;
}

/** Milliseconds for DNS, connect and TLS together. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds that an idle connection is kept, where the server says nothing else. */
const KEEP_ALIVE = 30_000;

export function createConnections(options: ConnectionOptions): Connections {
  const proxies = readProxySettings(options.env);
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  let context: Promise<SecureContext | undefined> | undefined;
  let closed = false;

  const open = async (proxy: string | undefined): Promise<Dispatcher> => {
    context ??= createContext(options);
    const secureContext = await context;
    const tls = secureContext === undefined ? {} : { secureContext };
    const shared = {
      connections: options.connectionsPerHost,
      keepAliveTimeout: KEEP_ALIVE,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (proxy === undefined) {
      const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
      const lookup = options.privateAddresses === 'refuse' ? { lookup: lookupPublic } : {};
      const connect = {
        ...tls,
        ...lookup,
        timeout: CONNECT_TIMEOUT,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER,
      };
      return new Agent({ ...shared, connect });
    }
    // The whole package: the proxy agent needs methods that it adds to the classes of the single modules.
    const { default: undici } = await import('undici');
    const { uri, token } = readProxyUrl(proxy);
    return new undici.ProxyAgent({
      ...shared,
      uri,
      ...(token === undefined ? {} : { token }),
      proxyTunnel: false,
      requestTls: { ...tls, timeout: CONNECT_TIMEOUT },
      proxyTls: { ...tls, timeout: CONNECT_TIMEOUT },
    });
  };

  return {
    async dispatcherFor(url) {
      if (closed) throw new Failure('cancelled', 'the connections are closed');
      const proxy = proxyFor(url, proxies);
      if (options.privateAddresses === 'refuse') await refusePrivateHost(url, proxy !== undefined);
      const key = proxy ?? '';
      let dispatcher = dispatchers.get(key);
      if (dispatcher === undefined) {
        dispatcher = open(proxy);
        dispatchers.set(key, dispatcher);
      }
      return dispatcher;
    },
    async close() {
      closed = true;
      const opened = await Promise.allSettled(dispatchers.values());
      dispatchers.clear();
      await Promise.all(opened.map((result) => (result.status === 'fulfilled' ? result.value.destroy() : undefined)));
    },
  };
}

/** Addresses written in the URL are never looked up. Behind a proxy the proxy looks names up: what a name means here is
 * asked as well, and where nothing is known here the proxy decides. */
async function refusePrivateHost(url: URL, proxied: boolean): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    assertPublicAddress(host);
    return;
  }
  if (!proxied) return;
  const name = host.replace(/\.$/, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) throw privateAddressFailure(host, host);
  await new Promise<void>((done, refuse) => {
    resolve(host, { all: true }, (_unknownHere, addresses) => {
      const found = addresses?.find(({ address }) => isPrivateAddress(address));
      if (found === undefined) done();
      else refuse(privateAddressFailure(host, found.address));
    });
  });
}

/** Given certificates replace Node's own list, so that list comes along, with NODE_EXTRA_CA_CERTS. One context for all
 * connections: reading 150 certificates for each takes longer than the handshake. */
async function createContext(options: ConnectionOptions): Promise<SecureContext | undefined> {
  if (options.ca === undefined) return undefined;
  const [{ createSecureContext, rootCertificates }, { X509Certificate }] = await Promise.all([
    import('node:tls'),
    import('node:crypto'),
  ]);
  const given = options.ca.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (given.length === 0)
    throw new Failure('configuration', 'the file holds no certificate in PEM form', { key: 'ca_file' });
  try {
    // A context leaves out in silence what it cannot read.
    for (const certificate of given) new X509Certificate(certificate);
  } catch (error) {
    throw new Failure('configuration', 'a certificate cannot be read', { key: 'ca_file' }, { cause: error });
  }
  return createSecureContext({ ca: [...rootCertificates, ...(await extraCertificates(options.env)), ...given] });
}

async function extraCertificates(env: ConnectionOptions['env']): Promise<readonly string[]> {
  const path = env.NODE_EXTRA_CA_CERTS;
  if (path === undefined || path === '') return [];
  try {
    return [await readFile(path, 'utf8')];
  } catch (error) {
    const details = { variable: 'NODE_EXTRA_CA_CERTS', path };
    throw new Failure('configuration', 'the file of certificates cannot be read', details, { cause: error });
  }
}

function readProxyUrl(proxy: string): { readonly uri: string; readonly token: string | undefined } {
  if (!URL.canParse(proxy))
    throw new Failure('configuration', 'the proxy variable is no URL, correct or unset it', { key: 'HTTPS_PROXY' });
  const url = new URL(proxy);
  if (!['http:', 'https:'].includes(url.protocol))
    throw new Failure('configuration', 'the proxy must be an http or https one', { scheme: url.protocol });
  const token = url.username === '' && url.password === '' ? undefined : basicAuthorization(url.username, url.password);
  url.username = '';
  url.password = '';
  return { uri: url.href, token };
}

/** The value of an Authorization header for the user part of a URL, which is percent-encoded. */
export function basicAuthorization(username: string, password: string): string {
  // This leaves a stray percent sign as it is, where decodeURIComponent throws.
  return `Basic ${Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`, 'utf8').toString('base64')}`;
}
