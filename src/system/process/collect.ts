// Reading streams that something may hold open for ever: what is kept, and when all that was written has been read.
import type { Readable } from 'node:stream';

/** Takes what a stream brings, in pieces that stay as they are. */
export interface Collector {
  take(chunk: Buffer): void;
  /** What has been kept so far. */
  bytes(): Uint8Array;
}

/** Keeps everything; where that grows past the limit, keeps nothing and tells so once. */
export function collectAll(limit: number, onOverflow: () => void): Collector {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    take(chunk) {
      if (size > limit) return;
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        onOverflow();
      }
    },
    bytes() {
      const all = Buffer.concat(chunks);
      return new Uint8Array(all.buffer, all.byteOffset, all.length);
    },
  };
}

/** Keeps the last bytes. */
export function collectTail(limit: number): Collector {
  let tail: Buffer = Buffer.alloc(0);
  return {
    take(chunk) {
      tail = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      if (tail.length > limit) tail = Buffer.from(tail.subarray(tail.length - limit));
    },
    bytes: () => tail,
  };
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
 * Resolves when what is being read has ended, or when a whole turn of the event loop brought nothing more, or
 * when more came than a pipe can hold. Once whoever wrote has ended, what it wrote is in the pipe, and a turn that finds
 * the pipe empty has read it all: nobody waits for the end of a pipe that a stray child still holds, or writes to.
 * Resolves to what was seen.
 */
export function drained(source: {
  /** Bytes that have been read so far. */
  readonly seen: () => number;
  readonly ended: () => boolean;
  /** What reading waits for; undefined while it goes on. */
  readonly busy?: () => Promise<void> | undefined;
}): Promise<'ended' | 'quiet' | 'noisy'> {
  return new Promise((resolve) => {
    const first = source.seen();
    let last = -1;
    const turn = () => {
      const seen = source.seen();
      const busy = source.busy?.();
      if (busy !== undefined) {
        last = -1;
        void busy.then(() => setImmediate(turn));
      } else if (source.ended()) resolve('ended');
      else if (seen === last) resolve('quiet');
      else if (seen - first > MOST_IN_PIPE) resolve('noisy');
      else {
        last = seen;
        setImmediate(turn);
      }
    };
    setImmediate(turn);
  });
}

/** Takes pieces of output. A promise means: wait before you read on. */
export type Take = (chunk: Buffer) => void | Promise<void>;

/**
 * Passes on what a stream brings; gives what is to be called once whoever wrote has ended: it resolves when all that was
 * written by then has been taken, and nothing is taken afterwards.
 */
export function passOn(stream: Readable, take: Take): () => Promise<void> {
  let seen = 0;
  let over = false;
  let busy: Promise<void> | undefined;
  // Node itself resumes the streams of a child that has ended: what comes while nothing is wanted is kept
  const early: Buffer[] = [];
  const deliver = (chunk: Buffer) => {
    const taken = take(chunk);
    if (!(taken instanceof Promise)) return;
    stream.pause();
    busy = whenSettled(taken).then(() => {
      busy = undefined;
      while (busy === undefined && early.length > 0) deliver(early.shift() ?? Buffer.alloc(0));
      if (busy === undefined) stream.resume();
    });
  };
  stream.on('data', (chunk: Buffer) => {
    if (over) return;
    seen += chunk.length;
    if (busy === undefined) deliver(chunk);
    else {
      early.push(chunk);
      stream.pause();
    }
  });
  return async () => {
    await drained({ seen: () => seen, ended: () => stream.readableEnded || stream.destroyed, busy: () => busy });
    over = true;
    stream.destroy();
  };
}

/** Resolves when a promise is settled: who takes output knows best what became of it, whoever writes goes on. */
export async function whenSettled(promise: Promise<void>): Promise<void> {
  await promise.catch(() => {
    // told to whoever takes the output
  });
}
