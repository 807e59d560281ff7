// The versions of one package in an index of a Debian archive (`Packages` or `Sources`, plain or in gzip), which is tens
// of megabytes of paragraphs: it is unpacked in pieces, and only the paragraphs of the package are looked at.
import { createGunzip } from 'node:zlib';
import { Failure } from '../../core/failure.ts';

/** Bytes of an unpacked index; the largest of Debian and Ubuntu have less than 100 MB. */
const LARGEST_INDEX = 500_000_000;
/** Bytes of one paragraph. */
const LARGEST_PARAGRAPH = 4_000_000;
/** Bytes that are unpacked at a time. */
const PIECE = 1_000_000;

const ANY_PACKAGE = Buffer.from('\nPackage: ');
const PARAGRAPH_END = Buffer.from('\n\n');

/** In the order of the index. Throws a Failure: `not-parsable` where this is no index, `too-large`. */
export async function versionsInIndex(body: Uint8Array, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const wanted = Buffer.from(`\nPackage: ${name}\n`);
  const versions: string[] = [];
  let isIndex = false;
  let size = 0;
  // every field, the first one too, follows a line break
  let rest = Buffer.from('\n');
  const look = (paragraphs: Buffer) => {
    isIndex ||= paragraphs.includes(ANY_PACKAGE);
    for (let at = paragraphs.indexOf(wanted); at >= 0; at = paragraphs.indexOf(wanted, at + 1))
      versions.push(versionOf(paragraphs, at));
  };
  for await (const piece of unpacked(body)) {
    signal.throwIfAborted();
    size += piece.byteLength;
    if (size > LARGEST_INDEX)
      throw new Failure('too-large', 'the index of the archive is too large', { limit: LARGEST_INDEX });
    const text = Buffer.concat([rest, piece]);
    const end = text.lastIndexOf(PARAGRAPH_END) + 1;
    if (text.byteLength - end > LARGEST_PARAGRAPH) throw notAnIndex();
    if (end > 0) look(text.subarray(0, end));
    rest = text.subarray(end);
  }
  look(Buffer.concat([rest, PARAGRAPH_END]));
  // a suite may be empty
  if (!isIndex && size > 0) throw notAnIndex();
  return versions;
}

/** The version in the paragraph around a place. */
function versionOf(paragraphs: Buffer, place: number): string {
  const begin = Math.max(0, paragraphs.lastIndexOf(PARAGRAPH_END, place));
  const end = paragraphs.indexOf(PARAGRAPH_END, place + 1);
  const paragraph = paragraphs.toString('utf8', begin, end < 0 ? paragraphs.byteLength : end);
  const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
  if (version === undefined) throw notAnIndex();
  return version;
}

/** By its first bytes: a server may unpack the file on the way (Content-Encoding), or the archive name plain ones so. */
async function* unpacked(body: Uint8Array): AsyncIterable<Uint8Array> {
  if (body[0] !== 0x1f || body[1] !== 0x8b) {
    yield body;
    return;
  }
  const stream = createGunzip({ chunkSize: PIECE });
  stream.end(body);
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (cause) {
    throw new Failure('not-parsable', 'the compressed index is damaged or cut off', {}, { cause });
  }
}

function notAnIndex(): Failure {
  return new Failure('not-parsable', 'the answer is not an index of packages: check the mirror');
}
