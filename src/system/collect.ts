// Reading streams that something may hold open for ever: what is kept, and when all that was written has been read.
import type { Readable } from 'node:stream';

/** What has been kept of a stream so far. */
export interface Collector {
  readonly bytes: () => Uint8Array;
}

/** Keeps all of a stream; where it grows past the limit, keeps none of it, reads on, and tells so once. */
export function collectAll(stream: Readable, limit: number, onOverflow: () => void): Collector {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size > limit) return;
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else {
      chunks.length = 0;
      onOverflow();
    }
  });
  return { bytes: () => Buffer.concat(chunks) };
}

/** Keeps the last bytes of a stream. */
export function collectTail(stream: Readable, limit: number): Collector {
  let tail: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    if (tail.length > limit) tail = Buffer.from(tail.subarray(tail.length - limit));
  });
  return { bytes: () => tail };
}

/** Calls back for each line of a stream without its line end; of a line longer than the limit, its end is kept. */
export function eachLine(stream: Readable, limit: number, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-limit);
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

/** More than any pipe or socket holds, in bytes: what comes after so much was written later. */
const MOST_IN_PIPE = 2 * 1024 * 1024;

/**
 * Resolves when a stream that is being read has ended, or when a whole turn of the event loop brought nothing more, or
 * when more came than a pipe can hold. Once whoever wrote has ended, what it wrote is in the pipe, and a turn that finds
 * the pipe empty has read it all: nobody waits for the end of a pipe that a stray child still holds, or writes to.
 * Resolves to what was seen.
 */
export function drained(stream: Readable): Promise<'ended' | 'quiet' | 'noisy'> {
  return new Promise((resolve) => {
    let heard = true;
    let size = 0;
    const listen = (chunk: Buffer) => {
      heard = true;
      size += chunk.length;
    };
    const turn = () => {
      const over = stream.readableEnded || stream.destroyed;
      if (!over && heard && size <= MOST_IN_PIPE) {
        heard = false;
        setImmediate(turn);
        return;
      }
      stream.off('data', listen);
      resolve(over ? 'ended' : heard ? 'noisy' : 'quiet');
    };
    stream.on('data', listen);
    setImmediate(turn);
  });
}
