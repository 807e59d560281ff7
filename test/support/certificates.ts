// X.509 certificates for servers of tests, written here byte by byte, so that a test can have an expired one, one of
// another host, or one of an authority that nobody knows, without asking a program.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certificate {
  /** In PEM form. */
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
  readonly name: string;
}

/** A certificate for host names and 127.0.0.1, signed by `authority`, else by itself. */
export function createCertificate(options: {
  readonly names?: readonly string[];
  readonly authority?: Certificate;
  readonly isAuthority?: 'yes';
  /** Milliseconds since the epoch; default yesterday and tomorrow. */
  readonly notBefore?: number;
  readonly notAfter?: number;
}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = options.isAuthority === 'yes' ? 'test authority' : 'test server';
  const now = Date.now();
  const names = (options.names ?? []).map((host) => tlv(0x82, Buffer.from(host, 'latin1')));
  const extensions = [
    ...(options.isAuthority === 'yes' ? [extension('551d13', sequence(tlv(0x01, Buffer.of(0xff))))] : []),
    ...(names.length === 0 ? [] : [extension('551d11', sequence(...names))]),
  ];
  const toBeSigned = sequence(
    tlv(0xa0, integer(2)),
    integer(1 + Math.floor(Math.random() * 1e6)),
    ECDSA_SHA256,
    distinguishedName(options.authority?.name ?? name),
    sequence(time(options.notBefore ?? now - DAY), time(options.notAfter ?? now + DAY)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  );
  const signature = sign('sha256', toBeSigned, options.authority?.privateKey ?? privateKey);
  const der = sequence(toBeSigned, ECDSA_SHA256, tlv(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
    name,
  };
}

const DAY = 86_400_000;

/** Tag, length and value of the Distinguished Encoding Rules (X.690). */
function tlv(tag: number, ...values: readonly Buffer[]): Buffer {
  const value = Buffer.concat(values);
  const { length } = value;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...head), value]);
}

function sequence(...values: readonly Buffer[]): Buffer {
  return tlv(0x30, ...values);
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  return tlv(
    0x02,
    Buffer.concat([Buffer.of(0), Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex')]).subarray(
      // A leading zero byte is there only where the first bit would mean a negative number.
      Number.parseInt(hex.padStart(2 * Math.ceil(hex.length / 2), '0').slice(0, 2), 16) < 128 ? 1 : 0,
    ),
  );
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

function distinguishedName(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(commonName)))));
}

/** Four digits of the year: GeneralizedTime, `20260131120000Z`. */
function time(milliseconds: number): Buffer {
  return tlv(0x18, Buffer.from(`${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tlv(0x04, value));
}
