// The fetch side of git's protocol in its shortest form: everything wanted and everything known in one request, which is
// closed with `done`, so that one answer holds the pack (gitprotocol-v2 "fetch", gitprotocol-pack "Packfile Negotiation").
import { Failure } from '../../core/failure.ts';
import {
  brokenAnswer,
  DELIMITER,
  FLUSH,
  type Packet,
  packetLine,
  packetText,
  readBands,
  readPackets,
  remoteSaid,
} from './pkt-line.ts';

export function fetchRequest(version: 0 | 2, wanted: readonly string[], known: readonly string[]): string {
  const haves = known.map((oid) => packetLine(`have ${oid}\n`));
  if (version === 2) {
    const wants = wanted.map((oid) => packetLine(`want ${oid}\n`));
    const options = [packetLine('no-progress\n'), packetLine('ofs-delta\n')];
    return [packetLine('command=fetch\n'), DELIMITER, ...options, ...wants, ...haves, packetLine('done\n'), FLUSH].join(
      '',
    );
  }
  const wants = wanted.map((oid, position) =>
    packetLine(
      position === 0 ? `want ${oid} side-band-64k no-progress ofs-delta agent=spread-cron\n` : `want ${oid}\n`,
    ),
  );
  return [...wants, FLUSH, ...haves, packetLine('done\n')].join('');
}

/** The pack in the answer to a fetch request, checked for its first bytes only. */
export function readFetchedPack(version: 0 | 2, answer: Uint8Array): Uint8Array {
  const packets = readPackets(answer);
  for (;;) {
    const next = packets.next();
    if (next.done === true) throw brokenAnswer();
    if (typeof next.value === 'string') continue;
    const text = packetText(next.value);
    if (text.startsWith('ERR ')) throw remoteSaid(text.slice(4));
    if (version === 2 && text === 'packfile') return packOf(packets);
    // Version 0 has no headline: the first packet that is no acknowledgement belongs to the side bands already.
    if (version === 0 && !/^(?:NAK|ACK [0-9a-f]{40}.*)$/.test(text)) return packOf(chain(next.value, packets));
  }
}

function packOf(packets: Iterable<Packet>): Uint8Array {
  const { data } = readBands(packets);
  if (Buffer.from(data.subarray(0, 4)).toString('latin1') !== 'PACK')
    throw new Failure('remote-unreachable', 'the remote sent no pack');
  return data;
}

function* chain(first: Packet, rest: Iterable<Packet>): Generator<Packet> {
  yield first;
  yield* rest;
}
