// The framing of git's wire protocol (gitprotocol-common): four hexadecimal digits of length, then the payload; 0000,
// 0001 and 0002 are signs of their own. And the three bands that answers are multiplexed over.
import { Failure } from '../../core/failure.ts';

/** A payload, or one of the three signs. */
export type Packet = Uint8Array | 'flush' | 'delimiter' | 'response-end';

export const FLUSH = '0000';
export const DELIMITER = '0001';

/** One packet line around a text or bytes. */
export function packetLine(payload: string): string {
  return (Buffer.byteLength(payload) + 4).toString(16).padStart(4, '0') + payload;
}

/** Splits an answer into packets; one that ends in the middle of a packet is a Failure `remote-unreachable`. */
export function* readPackets(answer: Uint8Array): Generator<Packet> {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  let position = 0;
  while (position < bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', position, position + 4), 16);
    if (position + 4 > bytes.length || Number.isNaN(length) || length === 3) throw brokenAnswer();
    if (length < 4) {
      yield length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'response-end';
      position += 4;
      continue;
    }
    if (position + length > bytes.length) throw brokenAnswer();
    yield bytes.subarray(position + 4, position + length);
    position += length;
  }
}

/** The text of a packet without its line end. */
export function packetText(packet: Uint8Array): string {
  return Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength).toString('utf8').replace(/\n$/, '');
}

export interface Bands {
  /** Band 1, joined: the pack or the report. */
  readonly data: Uint8Array;
  /** Band 2, joined: what hooks and the server said to people. */
  readonly narration: string;
}

/** Joins the side bands up to the next flush; band 3 is the server's last word and throws `remote-unreachable`. */
export function readBands(packets: Iterable<Packet>): Bands {
  const data: Uint8Array[] = [];
  const narration: Uint8Array[] = [];
  for (const packet of packets) {
    if (packet === 'flush') break;
    if (typeof packet === 'string') continue;
    const payload = packet.subarray(1);
    if (packet[0] === 1) data.push(payload);
    else if (packet[0] === 2) narration.push(payload);
    else if (packet[0] === 3) throw remoteSaid(packetText(payload));
    else throw brokenAnswer();
  }
  return { data: Buffer.concat(data), narration: Buffer.concat(narration).toString('utf8') };
}

/** The server ended the exchange with a message of its own. */
export function remoteSaid(message: string): Failure {
  if (message.includes('not our ref'))
    return new Failure('tip-moved', 'the remote changed while it was read, list it again', {
      remote_said: printable(message),
    });
  return new Failure('remote-unreachable', 'the remote ended the exchange', { remote_said: printable(message) });
}

export function brokenAnswer(): Failure {
  return new Failure('remote-unreachable', 'the answer of the remote is cut off or is not git');
}

/** Text of the remote's, fit for one line of a message: no control characters, at most 300 characters. */
export function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
