// The door to the DNS: the records of a name as texts, asked of the system's resolvers or of another one. The file of
// hosts does not count.
import { promises } from 'node:dns';
import { isIP } from 'node:net';
import { onAbort } from '../concurrency/on-abort.ts';
import { Failure, type FailureReason } from '../core/failure.ts';
import { type AddressPolicy, assertPublicAddress } from './address-policy.ts';
import { LONGEST_TIMER } from './clock.ts';

export type RecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SOA' | 'SRV' | 'TXT';

export interface DnsQuestion {
  /** In ASCII; for `PTR` an address stands for its name below in-addr.arpa or ip6.arpa. */
  readonly name: string;
  readonly type: RecordType;
  /** Absent: the resolvers of the system. */
  readonly resolver?: { readonly host: string; readonly port: number } | undefined;
  /** Milliseconds for all tries together. */
  readonly timeout: number;
}

const TRIES = 3;
/** Each try waits twice as long as the one before: 1 + 2 + 4. */
const SHARES = 7;

/**
 * The records as zone files have them, in the order of the answer: names in lower case without a dot at the end, texts
 * without quotes. Throws a Failure: `no-match` (no such name, no such record), `unreachable`, `timed-out`,
 * `not-parsable`, `definition`, `refused` (a resolver at a private address that the policy does not allow); rejects with
 * the signal's reason.
 */
export async function askDns(
  question: DnsQuestion,
  privateAddresses: AddressPolicy,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const { resolver: server, timeout } = question;
  const resolver = new promises.Resolver({ timeout: Math.max(1, Math.floor(timeout / SHARES)), tries: TRIES });
  if (server !== undefined) {
    if (privateAddresses === 'refuse') assertPublicAddress(server.host);
    resolver.setServers([addressOf(server)]);
  }
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      stay();
      act();
    };
    const stop = (reason: unknown) => {
      settle(() => reject(reason));
      resolver.cancel();
    };
    const timer = setTimeout(() => stop(dnsFailure('ETIMEOUT', question)), Math.min(timeout, LONGEST_TIMER));
    const stay = onAbort(signal, () => stop(signal.reason));
    ask(resolver, question).then(
      (records) => settle(() => resolve(records)),
      (error: unknown) => settle(() => reject(dnsFailure(codeOf(error), question))),
    );
  });
}

async function ask(resolver: promises.Resolver, { name, type }: DnsQuestion): Promise<readonly string[]> {
  switch (type) {
    case 'A':
    case 'AAAA':
      return resolver.resolve(name, type);
    case 'CNAME':
    case 'NS':
      return (await resolver.resolve(name, type)).map(lowerCase);
    case 'PTR':
      return (await (isIP(name) === 0 ? resolver.resolvePtr(name) : resolver.reverse(name))).map(lowerCase);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${lowerCase(exchange)}`);
    case 'SRV':
      return (await resolver.resolveSrv(name)).map(
        ({ priority, weight, port, name: target }) => `${priority} ${weight} ${port} ${lowerCase(target)}`,
      );
    case 'SOA': {
      const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = await resolver.resolveSoa(name);
      return [[lowerCase(nsname), lowerCase(hostmaster), serial, refresh, retry, expire, minttl].join(' ')];
    }
    case 'CAA':
      return (await resolver.resolveCaa(name)).flatMap(({ critical, ...tags }) =>
        Object.entries(tags).map(([tag, value]) => `${critical} ${tag} ${value}`),
      );
    default:
      return type satisfies never;
  }
}

/** Case is no difference in the DNS, and some servers play with it. The root has no name but its dot. */
function lowerCase(name: string): string {
  return name.toLowerCase() || '.';
}

/** By the codes of c-ares. */
const FAILURES: Readonly<Record<string, { readonly reason: FailureReason; readonly message: string }>> = {
  ENOTFOUND: { reason: 'no-match', message: 'there is no such name in the DNS: check its spelling' },
  ENODATA: { reason: 'no-match', message: 'the name has no record of this type: check type' },
  ESERVFAIL: {
    reason: 'unreachable',
    message: 'the resolver could not find out: the servers of the name do not answer, or their signatures are wrong',
  },
  EREFUSED: { reason: 'unreachable', message: 'the resolver refuses to answer: ask another one, see resolver' },
  ENOTIMP: {
    reason: 'unreachable',
    message: 'the resolver does not know such questions: ask another one, see resolver',
  },
  ECONNREFUSED: { reason: 'unreachable', message: 'no resolver answers there: check its address' },
  ETIMEOUT: { reason: 'timed-out', message: 'the resolver did not answer in time' },
  EBADNAME: { reason: 'definition', message: 'this cannot be a name in the DNS' },
  EFORMERR: { reason: 'not-parsable', message: 'the resolver did not understand the question' },
  EBADRESP: { reason: 'not-parsable', message: 'the answer of the resolver cannot be read' },
};

function dnsFailure(code: string, { name, type, resolver, timeout }: DnsQuestion): Failure {
  const { reason, message } = FAILURES[code] ?? { reason: 'unreachable', message: 'the resolver could not be asked' };
  return new Failure(reason, message, {
    name,
    type,
    resolver: resolver === undefined ? undefined : addressOf(resolver),
    code,
    limit_ms: code === 'ETIMEOUT' ? timeout : undefined,
  });
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
