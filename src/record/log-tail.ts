// The last bytes of one stream of a log: read from the end of its files, so that it costs the same for any log.
import type { ReadableFile } from '../system/log-files.ts';
import { beginningOfFrame, decodeFrame, FRAME_OVERHEAD, LONGEST_FRAME } from './log-frames.ts';
import { logPath } from './log-names.ts';
import type { LogStream } from './logs.ts';
import { type LogPlace, listTries, readLog } from './read-log.ts';

/** At least one whole frame. */
const WINDOW = 2 * (LONGEST_FRAME + FRAME_OVERHEAD);

/** Of the last try. */
export async function tailOfLog(place: LogPlace, stream: LogStream, wanted: number): Promise<Uint8Array> {
  const last = (await listTries(place)).at(-1);
  if (last === undefined || wanted <= 0) return new Uint8Array(0);
  if (last.compressed) return throughTheLog(place, stream, wanted);
  const parts = [...(last.begun ? [0] : []), ...last.following];
  let found = Buffer.alloc(0);
  for (let index = parts.length - 1; index >= 0 && found.length < wanted; index--) {
    const part = parts[index] ?? 0;
    const file = await place.files.open(logPath(place.family, last.number, part));
    // it is being compressed
    if (file === null) return throughTheLog(place, stream, wanted);
    try {
      const pieces = await piecesFromEnd(file, stream, wanted - found.length);
      if (pieces === null) return await throughTheLog(place, stream, wanted);
      found = Buffer.concat([...pieces, found]);
    } finally {
      await file.close();
    }
    // what comes before was cut out
    if (parts[index - 1] !== part - 1) break;
  }
  return found.subarray(Math.max(0, found.length - wanted));
}

/** The last pieces of a file, in order; null where it ends within a frame. */
async function piecesFromEnd(file: ReadableFile, stream: LogStream, wanted: number): Promise<Uint8Array[] | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let end = await file.size(); end > 0 && length < wanted; ) {
    const from = Math.max(0, end - WINDOW);
    const bytes = Buffer.from(await file.read(from, end - from));
    let place = bytes.length;
    for (let begin = beginningOfFrame(bytes, place); begin !== null; begin = beginningOfFrame(bytes, place)) {
      const decoded = decodeFrame(bytes, begin);
      if (typeof decoded === 'object' && decoded.frame.kind === 'piece' && decoded.frame.stream === stream) {
        pieces.unshift(decoded.frame.bytes);
        length += decoded.frame.bytes.length;
      }
      place = begin;
      if (length >= wanted) return pieces;
    }
    if (place === bytes.length) return null;
    end = from + place;
  }
  return pieces;
}

/** From the beginning, holding on to the end only. */
async function throughTheLog(place: LogPlace, stream: LogStream, wanted: number): Promise<Uint8Array> {
  let kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of readLog(place, { stream }, new AbortController().signal)) {
    if (piece.stream !== stream) continue;
    kept.push(piece.bytes);
    length += piece.bytes.length;
    if (length > 2 * wanted + LONGEST_FRAME) {
      kept = [Buffer.concat(kept).subarray(-wanted)];
      length = wanted;
    }
  }
  return Buffer.concat(kept).subarray(Math.max(0, length - wanted));
}
