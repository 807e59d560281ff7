// The door to TLS certificates: which one a host shows. It is read whether or not it is trusted or still valid, since that
// is what is asked; nothing is sent over the connection.
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { onAbort } from '../concurrency/on-abort.ts';
import { type AddressPolicy, assertPublicAddress, lookupPublic, NEXT_ADDRESS_AFTER } from './address-policy.ts';
import { LONGEST_TIMER } from './clock.ts';
import { exchangeFailure, timedOut } from './http/failures.ts';

export interface CertificateRequest {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Name that is asked for (SNI), where it is not the host's. */
  readonly servername?: string | undefined;
  /** Milliseconds from now to the certificate. */
  readonly timeout: number;
}

export interface HostCertificate {
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
  /** SHA-256 of the certificate in DER form, in hexadecimal. */
  readonly fingerprint: string;
  /** The parts of its name on one line. */
  readonly issuer: string;
  /** In hexadecimal, as openssl shows it. */
  readonly serial: string;
}

/**
 * Straight from the host, never through a proxy. Throws a Failure: `refused` (a private address that the policy does not
 * allow), `unreachable`, `timed-out`; rejects with the signal's reason.
 */
export async function readCertificate(
  request: CertificateRequest,
  privateAddresses: AddressPolicy,
  signal: AbortSignal,
): Promise<HostCertificate> {
  signal.throwIfAborted();
  const { host, port, servername, timeout } = request;
  const isAddress = isIP(host) !== 0;
  const isRefusing = privateAddresses === 'refuse';
  if (isRefusing && isAddress) assertPublicAddress(host);
  const url = new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  const reached = {
    host,
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER,
    ...(isRefusing ? { lookup: lookupPublic } : {}),
  };
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...reached,
      // An address is no name to ask for.
      servername: servername ?? (isAddress ? '' : host),
      rejectUnauthorized: false,
      // What is old and weak is shown too.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const settle = (act: () => void) => {
      clearTimeout(timer);
      stay();
      socket.destroy();
      act();
    };
    const timer = setTimeout(() => settle(() => reject(timedOut(url, timeout))), Math.min(timeout, LONGEST_TIMER));
    const stay = onAbort(signal, () => settle(() => reject(signal.reason)));
    // A host that wants a certificate of ours, which it does not get, has shown its own by then.
    const finish = (error: Error) => {
      const certificate = certificateOf(socket);
      settle(() => (certificate === null ? reject(exchangeFailure(error, url)) : resolve(certificate)));
    };
    socket.once('secureConnect', () => finish(new Error('the host shows no certificate')));
    socket.on('error', finish);
  });
}

function certificateOf(socket: TLSSocket): HostCertificate | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  return {
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    serial: certificate.serialNumber,
  };
}
