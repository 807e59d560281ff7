// Packs of whole objects and their indexes as bytes (format: git's gitformat-pack, version 2 of both). A push here is a
// few small objects, which are stored rather than compressed: the time goes to starting a compressor, not to the bytes.
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { NewObject } from './repository.ts';

/** A pack as bytes, with everything that its index needs. */
export interface Pack {
  readonly bytes: Uint8Array;
  /** The trailer: SHA-1 of all that comes before it; git names the pack's files by it. */
  readonly checksum: string;
  readonly entries: readonly PackEntry[];
}

interface PackEntry {
  readonly oid: string;
  readonly offset: number;
  readonly crc: number;
}

const TYPE_BITS = { commit: 1, tree: 2, blob: 3 } as const satisfies Record<NewObject['type'], number>;

/** Bodies up to this many bytes are stored uncompressed. */
const STORED_UP_TO = 512;

/** A pack of the given objects, each whole, in the given order; an object given twice is packed once. */
export function encodePack(objects: readonly NewObject[]): Pack {
  const distinct = [...new Map(objects.map((object) => [object.oid, object])).values()];
  const head = Buffer.alloc(12);
  head.write('PACK', 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(distinct.length, 8);
  const parts: Uint8Array[] = [head];
  const entries: PackEntry[] = [];
  let offset = head.length;
  for (const object of distinct) {
    const header = entryHeader(TYPE_BITS[object.type], object.body.length);
    const data = object.body.length <= STORED_UP_TO ? storedZlib(object.body) : deflateSync(object.body);
    entries.push({ oid: object.oid, offset, crc: crc32(data, crc32(header)) });
    parts.push(header, data);
    offset += header.length + data.length;
  }
  const content = Buffer.concat(parts);
  const trailer = createHash('sha1').update(content).digest();
  return { bytes: Buffer.concat([content, trailer]), checksum: trailer.toString('hex'), entries };
}

/** The index of a pack below 2 GB: version 2, so that git and isomorphic-git read it. */
export function encodePackIndex(pack: Pack): Uint8Array {
  const sorted = [...pack.entries].sort((left, right) => (left.oid < right.oid ? -1 : left.oid > right.oid ? 1 : 0));
  const count = sorted.length;
  const index = Buffer.alloc(8 + 1024 + count * 28 + 40);
  index.writeUInt32BE(0xff744f63, 0);
  index.writeUInt32BE(2, 4);
  const fanOut = new Uint32Array(256);
  const [oids, checksums, offsets] = [1032, 1032 + count * 20, 1032 + count * 24];
  for (const [position, entry] of sorted.entries()) {
    const first = Number.parseInt(entry.oid.slice(0, 2), 16);
    fanOut[first] = (fanOut[first] ?? 0) + 1;
    index.write(entry.oid, oids + position * 20, 'hex');
    index.writeUInt32BE(entry.crc, checksums + position * 4);
    index.writeUInt32BE(entry.offset, offsets + position * 4);
  }
  let total = 0;
  for (let first = 0; first < 256; first++) {
    total += fanOut[first] ?? 0;
    index.writeUInt32BE(total, 8 + first * 4);
  }
  index.write(pack.checksum, index.length - 40, 'hex');
  createHash('sha1')
    .update(index.subarray(0, -20))
    .digest()
    .copy(index, index.length - 20);
  return index;
}

/** Type and length: four bits of length in the first byte, then seven a byte, lowest first. */
function entryHeader(type: number, length: number): Uint8Array {
  const bytes: number[] = [];
  let byte = (type << 4) | (length & 0x0f);
  let rest = Math.floor(length / 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Uint8Array.from(bytes);
}

/** A zlib stream with one stored block (RFC 1950, RFC 1951 section 3.2.4). */
function storedZlib(body: Uint8Array): Uint8Array {
  const stream = Buffer.allocUnsafe(body.length + 11);
  stream.writeUInt16BE(0x7801, 0);
  stream[2] = 1;
  stream.writeUInt16LE(body.length, 3);
  stream.writeUInt16LE(~body.length & 0xffff, 5);
  stream.set(body, 7);
  stream.writeUInt32BE(adler32(body), body.length + 7);
  return stream;
}

/** Sums of at most 512 bytes stay far below 2^32, so that one reduction at the end is enough. */
function adler32(body: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of body) {
    low += byte;
    high += low;
  }
  return (((high % 65521) << 16) | (low % 65521)) >>> 0;
}
