// The door to files that grow and are never in memory whole: appending, reading by position, compressing. Appending goes
// by callbacks: for files as short-lived as the log of a task that prints a line they cost half of what handles do.
import * as fs from 'node:fs';
import { open as openHandle, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, createGzip } from 'node:zlib';
import { isMissing } from './files.ts';

export interface GrowingFile {
  /** Writes all of it, or rejects; what was written of it before is then part of the file. */
  append(pieces: readonly Uint8Array[]): Promise<void>;
  /** Cuts off what a write that failed has left. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

export interface ReadableFile {
  /** At most `length` bytes from a position on; fewer at the end of the file, none behind it. */
  read(position: number, length: number): Promise<Uint8Array>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The verbs as a value, so that a test can let any of them fail the way a full disk does. */
export interface LogFiles {
  /** Makes a new small file with all it will ever hold, at once: waiting for the threads that files are written by costs
   * several times of what the writing does. False where there is one. Its directory is made where it is missing. */
  writeSmall(path: string, pieces: readonly Uint8Array[]): boolean;
  /** Makes a new file, and its directory where that is missing. Null where there is one. */
  create(path: string): Promise<GrowingFile | null>;
  /** Null where there is no such file. */
  open(path: string): Promise<ReadableFile | null>;
  /** Writes what the files hold one after the other, compressed, into a file that is there whole or not at all. */
  compress(paths: readonly string[], to: string): Promise<void>;
  /** The bytes of a compressed file. */
  decompress(path: string): AsyncIterable<Uint8Array>;
  /** Names in a directory; none where it is missing. */
  list(directory: string): Promise<readonly string[]>;
  /** Removes a file or a directory with all in it, if it is there. */
  remove(path: string): Promise<void>;
}

const openFile = promisify(fs.open);
const writeAll = promisify(fs.writev);
const truncateFile = promisify(fs.ftruncate);
const closeFile = promisify(fs.close);
const makeDirectory = promisify(fs.mkdir);
const readDirectory = promisify(fs.readdir);

const READ_SIZE = 64 * 1024;
const NEW = { flag: 'ax', mode: 0o600 } as const;
const PRIVATE = { recursive: true, mode: 0o700 } as const;

export const systemLogFiles: LogFiles = {
  writeSmall,
  create,
  open,
  compress,
  decompress: (path) => fs.createReadStream(path).pipe(createGunzip()) as AsyncIterable<Uint8Array>,
  async list(directory) {
    try {
      return await readDirectory(directory);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
};

function writeSmall(path: string, pieces: readonly Uint8Array[]): boolean {
  try {
    fs.writeFileSync(path, Buffer.concat(pieces), NEW);
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    if (!isMissing(error)) throw error;
  }
  fs.mkdirSync(dirname(path), PRIVATE);
  return writeSmall(path, pieces);
}

async function openNew(path: string): Promise<number | null> {
  try {
    return await openFile(path, NEW.flag, NEW.mode);
  } catch (error) {
    if (isThere(error)) return null;
    if (!isMissing(error)) throw error;
  }
  await makeDirectory(dirname(path), PRIVATE);
  return openNew(path);
}

async function create(path: string): Promise<GrowingFile | null> {
  const descriptor = await openNew(path);
  if (descriptor === null) return null;
  return {
    async append(pieces) {
      const left = pieces.filter(({ length }) => length > 0);
      while (left.length > 0) {
        let { bytesWritten } = await writeAll(descriptor, left);
        while (left[0] !== undefined && bytesWritten >= left[0].length) bytesWritten -= left.shift()?.length ?? 0;
        if (left[0] !== undefined) left[0] = left[0].subarray(bytesWritten);
      }
    },
    truncate: (size) => truncateFile(descriptor, size),
    close: () => closeFile(descriptor),
  };
}

async function open(path: string): Promise<ReadableFile | null> {
  try {
    const handle = await openHandle(path, 'r');
    return {
      async read(position, length) {
        const buffer = Buffer.allocUnsafe(length);
        const { bytesRead } = await handle.read(buffer, 0, length, position);
        return buffer.subarray(0, bytesRead);
      },
      size: async () => (await handle.stat()).size,
      close: () => handle.close(),
    };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function compress(paths: readonly string[], to: string): Promise<void> {
  const draft = `${to}.tmp`;
  async function* contents(): AsyncIterable<Uint8Array> {
    for (const path of paths) yield* fs.createReadStream(path, { highWaterMark: READ_SIZE });
  }
  try {
    await pipeline(Readable.from(contents()), createGzip(), fs.createWriteStream(draft, { mode: 0o600 }));
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
