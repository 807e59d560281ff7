// The little of git's formats that the floor needs: commit objects, a pack, and the two requests of the smart protocol.
// Written apart from the program's own codec on purpose: a baseline that shared it would share its mistakes.
// Sources: gitformat-pack(5), gitprotocol-pack(5), gitprotocol-v2(5).
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

export interface Tip {
  /** Full name of the ref. */
  readonly ref: string;
  readonly oid: string;
  readonly tree: string;
}

export interface PreparedPush {
  /** Body of the request to git-receive-pack. */
  readonly body: Buffer;
  /** The tips as they are once it was accepted. */
  readonly tips: readonly Tip[];
}

const FLUSH = Buffer.from('0000');
const DELIMITER = Buffer.from('0001');

function packetLine(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from((payload.length + 4).toString(16).padStart(4, '0')), payload]);
}

/** Body of one ref listing of protocol version 2. */
export function listingRequest(): Buffer {
  return Buffer.concat([
    packetLine('command=ls-refs\n'),
    packetLine('object-format=sha1\n'),
    DELIMITER,
    packetLine('symrefs\n'),
    packetLine('ref-prefix HEAD\n'),
    packetLine('ref-prefix refs/heads/\n'),
    FLUSH,
  ]);
}

/** Number of branches in the answer to a listing. */
export function countListed(answer: Buffer): number {
  return answer.toString('latin1').split(' refs/heads/').length - 1;
}

/** One empty commit on every tip and the push that brings them all. */
export function preparePush(tips: readonly Tip[], subjectOf: (ref: string) => string): PreparedPush {
  const commits = tips.map((tip) => {
    const identity = `Floor <floor@example.com> ${Math.floor(Date.now() / 1000)} +0000`;
    const text = `tree ${tip.tree}\nparent ${tip.oid}\nauthor ${identity}\ncommitter ${identity}\n\n${subjectOf(tip.ref)}\n`;
    const body = Buffer.from(text);
    const oid = createHash('sha1').update(`commit ${body.length}\0`).update(body).digest('hex');
    return { tip, body, oid };
  });
  const commands = commits.map(({ tip, oid }, index) =>
    packetLine(`${tip.oid} ${oid} ${tip.ref}${index === 0 ? '\0report-status' : ''}\n`),
  );
  return {
    body: Buffer.concat([...commands, FLUSH, encodePack(commits.map(({ body }) => body))]),
    tips: commits.map(({ tip, oid }) => ({ ...tip, oid })),
  };
}

/** Number of refs that a report-status accepts; throws where the pack itself was refused. */
export function countAccepted(report: Buffer): number {
  const text = report.toString('utf8');
  if (!text.includes('unpack ok')) throw new Error(`the push of the floor was refused: ${text.slice(0, 200)}`);
  return text.split('ok refs/').length - 1;
}

function encodePack(commits: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(commits.length, 8);
  const parts = [header, ...commits.flatMap((body) => [encodeEntryHeader(body.length), deflateSync(body)])];
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

/** Type (commit, 1) and size of a pack entry: four bits of the size, then seven a byte. */
function encodeEntryHeader(size: number): Buffer {
  const bytes = [(1 << 4) | (size & 15)];
  for (let rest = size >> 4; rest > 0; rest >>= 7) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}
