// Reading the log of a task while it grows, is cut, or is compressed: at any moment, by any process, in bounded pieces.
import { Failure } from '../core/failure.ts';
import type { Clock } from '../system/clock.ts';
import type { LogFiles, ReadableFile } from '../system/log-files.ts';
import { type DirectoryWatch, watchDirectory } from '../system/watch.ts';
import { createFrameReader, type Frame, type Printed } from './log-frames.ts';
import { type LogFamily, logPath, type TryFiles, triesOf } from './log-names.ts';
import type { LogPiece, LogStream } from './logs.ts';

export interface LogPlace {
  readonly family: LogFamily;
  readonly files: LogFiles;
  readonly clock: Clock;
}

export interface ReadOptions {
  readonly stream?: LogStream | undefined;
  readonly follow?: boolean | undefined;
}

const READ_SIZE = 64 * 1024;

/** See `Logs.read`. All tries of the task, one after the other. */
export async function* readLog(place: LogPlace, options: ReadOptions, signal: AbortSignal): AsyncIterable<LogPiece> {
  const watch = options.follow === true ? watchDirectory(place.family.directory, place.clock) : null;
  try {
    for (let last = 0; ; ) {
      const next = (await listTries(place)).find(({ number }) => number > last);
      if (next !== undefined) {
        yield* readTry({ place, number: next.number, stream: options.stream, watch, signal });
        last = next.number;
      } else if (watch === null || last > 0) {
        return;
      } else {
        await watch.changed(signal);
      }
      if (signal.aborted) return;
    }
  } finally {
    watch?.close();
  }
}

/** The tries of a task that are there now. */
export async function listTries({ family, files }: LogPlace): Promise<readonly TryFiles[]> {
  return triesOf(family, await files.list(family.directory));
}

interface Reading {
  readonly place: LogPlace;
  readonly number: number;
  readonly stream: LogStream | undefined;
  /** Null: what is there now is enough. */
  readonly watch: DirectoryWatch | null;
  readonly signal: AbortSignal;
}

/** One try, from part to part; what is compressed or cut out meanwhile is found by how much of it was read. */
async function* readTry(reading: Reading): AsyncIterable<LogPiece> {
  const { place, number, signal } = reading;
  const progress = createProgress(reading.stream);
  for (let part = 0; !progress.ended && !signal.aborted; ) {
    const found = (await listTries(place)).find((one) => one.number === number);
    if (found === undefined) return;
    if (found.compressed) {
      yield* readCompressed(logPath(place.family, number, 'gz'), progress, reading);
      return;
    }
    const next = [...(found.begun ? [0] : []), ...found.following].find((one) => one >= part);
    // nothing more, and nobody will add to it
    if (next === undefined) return;
    const file = await place.files.open(logPath(place.family, number, next));
    // it went away between the two looks, for good or to be compressed
    if (file === null) continue;
    try {
      if ((yield* readPart(file, next, progress, reading)) === 'enough') return;
    } finally {
      await file.close();
    }
    part = next + 1;
  }
}

/** A part to its end, which it has when there is another one. */
async function* readPart(
  file: ReadableFile,
  part: number,
  progress: Progress,
  { place, number, watch, signal }: Reading,
): AsyncGenerator<LogPiece, 'enough' | 'next'> {
  const source = progress.begin();
  let position = 0;
  let over = false;
  for (;;) {
    if (signal.aborted) return 'enough';
    const bytes = await file.read(position, READ_SIZE);
    position += bytes.length;
    yield* source.add(bytes);
    if (progress.ended) return 'enough';
    if (bytes.length > 0) continue;
    // the look for others came before the last reading: there is no more
    if (over) return 'next';
    const found = (await listTries(place)).find((one) => one.number === number);
    over = found === undefined || found.compressed || found.following.some((one) => one > part);
    if (over) continue;
    if (watch === null) return 'enough';
    await watch.changed(signal);
  }
}

async function* readCompressed(
  path: string,
  progress: Progress,
  { place, signal }: Pick<Reading, 'place' | 'signal'>,
): AsyncIterable<LogPiece> {
  const source = progress.begin();
  try {
    for await (const bytes of place.files.decompress(path)) {
      yield* source.add(bytes);
      if (signal.aborted) return;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw new Failure('not-parsable', 'the compressed log is damaged', { path }, { cause: error });
    throw error;
  }
}

/** How much of a try was given out, over all files that it is read from. */
interface Progress {
  /** The log's own end was read. */
  readonly ended: boolean;
  /** A file, read from its beginning. */
  begin(): { add(bytes: Uint8Array): Iterable<LogPiece> };
}

function createProgress(stream: LogStream | undefined): Progress {
  const seen = { stdout: 0, stderr: 0 };
  let ended = false;

  function* pieces(frame: Frame, position: { stdout: number; stderr: number }): Iterable<LogPiece> {
    switch (frame.kind) {
      case 'end':
        ended = true;
        return;
      case 'position': {
        Object.assign(position, frame.printed);
        const cut = missed(frame.printed);
        seen.stdout = Math.max(seen.stdout, frame.printed.stdout);
        seen.stderr = Math.max(seen.stderr, frame.printed.stderr);
        if (cut > 0) yield { stream: 'stderr', at: frame.at, bytes: cutMarker(cut) };
        return;
      }
      case 'piece': {
        const from = position[frame.stream];
        position[frame.stream] += frame.bytes.length;
        if (position[frame.stream] <= seen[frame.stream]) return;
        const bytes = frame.bytes.subarray(Math.max(0, seen[frame.stream] - from));
        seen[frame.stream] = position[frame.stream];
        if (stream === undefined || stream === frame.stream) yield { stream: frame.stream, at: frame.at, bytes };
        return;
      }
      default:
        frame satisfies never;
    }
  }

  /** Bytes of what is asked for that lie between what was seen and a place. */
  function missed(place: Printed): number {
    return (['stdout', 'stderr'] as const)
      .filter((one) => stream === undefined || stream === one)
      .reduce((sum, one) => sum + Math.max(0, place[one] - seen[one]), 0);
  }

  return {
    get ended() {
      return ended;
    },
    begin() {
      const reader = createFrameReader();
      const position = { stdout: 0, stderr: 0 };
      return {
        *add(bytes) {
          for (const frame of reader.add(bytes)) yield* pieces(frame, position);
        },
      };
    },
  };
}

/** Stands where the middle of a log was. */
function cutMarker(bytes: number): Uint8Array {
  return Buffer.from(`\n… ${bytes.toLocaleString('en-US')} bytes cut out …\n`);
}
