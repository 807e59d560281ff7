// The format of a log file: frames, one after the other, that can be read from both ends.
//
//   kind      1 byte    1 stdout, 2 stderr, 3 position, 4 end
//   time      6 bytes   milliseconds since the epoch
//   length    4 bytes   of what follows
//   contents            as printed; position and end: stdout and stderr printed so far, 8 bytes each
//   length    4 bytes   once more, for who reads from the end
//
// Numbers are big-endian. A file whose writer was killed may end within a frame. A `position` opens a file that does not
// begin where the log does: what lies between is cut out.
import type { LogPiece, LogStream } from './logs.ts';

const HEADER = 11;
export const FRAME_OVERHEAD = HEADER + 4;
/** Longest contents; whoever prints more at once gets several frames. */
export const LONGEST_FRAME = 64 * 1024;

/** Bytes of each stream. */
export interface Printed {
  readonly stdout: number;
  readonly stderr: number;
}

export type Frame = LogFrame | { readonly kind: 'position' | 'end'; readonly at: number; readonly printed: Printed };
type LogFrame = { readonly kind: 'piece' } & LogPiece;

const KINDS = { stdout: 1, stderr: 2, position: 3, end: 4 } as const;

/** Header, contents and trailer, to be written one after the other. */
export function encodePiece(stream: LogStream, at: number, bytes: Uint8Array): readonly Uint8Array[] {
  const [header, trailer] = envelope(KINDS[stream], at, bytes.length);
  return [header, bytes, trailer];
}

export function encodeMark(kind: 'position' | 'end', at: number, printed: Printed): Uint8Array {
  const contents = Buffer.alloc(16);
  contents.writeBigUInt64BE(BigInt(printed.stdout), 0);
  contents.writeBigUInt64BE(BigInt(printed.stderr), 8);
  const [header, trailer] = envelope(KINDS[kind], at, contents.length);
  return Buffer.concat([header, contents, trailer]);
}

function envelope(kind: number, at: number, length: number): readonly [Uint8Array, Uint8Array] {
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt8(kind, 0);
  header.writeUIntBE(Math.max(0, Math.floor(at)), 1, 6);
  header.writeUInt32BE(length, 7);
  const trailer = Buffer.allocUnsafe(4);
  trailer.writeUInt32BE(length, 0);
  return [header, trailer];
}

type Decoded = { readonly frame: Frame; readonly next: number };

/** The frame at a place, and the place behind it; `partial` where more may follow, `damaged` where this is no frame. */
export function decodeFrame(bytes: Buffer, from: number): Decoded | 'partial' | 'damaged' {
  if (bytes.length < from + HEADER) return 'partial';
  const kind = bytes.readUInt8(from);
  const length = bytes.readUInt32BE(from + 7);
  if (!isEnvelope(kind, length)) return 'damaged';
  const next = from + FRAME_OVERHEAD + length;
  if (bytes.length < next) return 'partial';
  const at = bytes.readUIntBE(from + 1, 6);
  const contents = bytes.subarray(from + HEADER, from + HEADER + length);
  switch (kind) {
    case KINDS.stdout:
      return { frame: { kind: 'piece', stream: 'stdout', at, bytes: contents }, next };
    case KINDS.stderr:
      return { frame: { kind: 'piece', stream: 'stderr', at, bytes: contents }, next };
    default: {
      const printed = { stdout: Number(contents.readBigUInt64BE(0)), stderr: Number(contents.readBigUInt64BE(8)) };
      return { frame: { kind: kind === KINDS.end ? 'end' : 'position', at, printed }, next };
    }
  }
}

function isEnvelope(kind: number, length: number): boolean {
  if (kind === KINDS.position || kind === KINDS.end) return length === 16;
  return (kind === KINDS.stdout || kind === KINDS.stderr) && length <= LONGEST_FRAME;
}

/** Where the frame begins that ends at a place of the bytes, if it does; for who reads from the end. */
export function beginningOfFrame(bytes: Buffer, end: number): number | null {
  if (end < FRAME_OVERHEAD) return null;
  const length = bytes.readUInt32BE(end - 4);
  const begin = end - FRAME_OVERHEAD - length;
  if (begin < 0 || bytes.readUInt32BE(begin + 7) !== length) return null;
  return isEnvelope(bytes.readUInt8(begin), length) ? begin : null;
}

/** Frames out of bytes that come in any pieces. What cannot be understood ends it: nothing is given from there on. */
export function createFrameReader(): { add(bytes: Uint8Array): readonly Frame[] } {
  let rest: Buffer = Buffer.alloc(0);
  let damaged = false;
  return {
    add(bytes) {
      if (damaged) return [];
      rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
      const frames: Frame[] = [];
      let position = 0;
      for (;;) {
        const decoded = decodeFrame(rest, position);
        damaged = decoded === 'damaged';
        if (decoded === 'damaged' || decoded === 'partial') break;
        frames.push(decoded.frame);
        position = decoded.next;
      }
      rest = rest.subarray(position);
      return frames;
    },
  };
}
