// The door to the file system: reading within a limit, writing so that a reader or a crash sees the old or the new file
// and nothing between.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../core/failure.ts';

/** The bytes of a file, or null where there is none. Larger than `maxSize` is a Failure `too-large`. */
export async function readFileIfAny(path: string, maxSize = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
  try {
    const handle = await fs.open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > maxSize)
        throw new Failure('too-large', 'the file is too large', {
          path,
          bytes: size,
          limit: maxSize,
        });
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Replaces a file in one step (temporary file, fsync, rename); makes its directory. */
export async function writeFileAtomically(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await fs.open(temporary, 'wx', mode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(temporary, path);
}

/** True for the error of a path that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** Makes a directory and those above it. */
export async function makeDirectory(path: string): Promise<void> {
  await fs.mkdir(path, { recursive: true });
}
