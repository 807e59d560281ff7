// The door to the file system: reading within a limit, writing so that a reader or a crash sees the old or the new file
// and nothing between.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { Failure } from '../core/failure.ts';
import { userId } from './environment.ts';

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
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    // a disk that is full would be filled further with each try
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/** True for the error of a path that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** Adds a text at the end of a file, which is made where it is missing. */
export async function appendToFile(path: string, text: string): Promise<void> {
  await fs.appendFile(path, text);
}

/** Makes a directory and those above it. */
export async function makeDirectory(path: string): Promise<void> {
  await fs.mkdir(path, { recursive: true });
}

/** Makes a directory for this user alone. One that others could write to is a Failure `configuration`: what they put
 * there would be taken for ours. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await fs.mkdir(path, { recursive: true, mode: 0o700 });
  await isPrivateDirectory(path);
}

/** False where there is no such directory; throws the Failure of `makePrivateDirectory`. */
export async function isPrivateDirectory(path: string): Promise<boolean> {
  try {
    const { uid, mode } = await fs.stat(path);
    if (uid === userId() && (mode & 0o022) === 0) return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  throw new Failure('configuration', 'others could write to this directory: remove it, or set XDG_RUNTIME_DIR', {
    path,
  });
}

/** Makes a new directory of its own below `parent`, and removes it with all in it when the work is done. */
export async function withScratchDirectory<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  await makeDirectory(parent);
  const directory = await fs.mkdtemp(join(parent, 'scratch-'));
  try {
    return await work(directory);
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}

/**
 * The bytes of a file below one of the roots, symlinks resolved first. A relative path is below the first root. Failures:
 * `refused` (outside every root, or no regular file), `not-found`, `too-large`.
 */
export async function readFileBelow(roots: readonly string[], path: string, maxSize: number): Promise<Uint8Array> {
  const [first] = roots;
  const wanted = first === undefined || isAbsolute(path) ? path : join(first, path);
  const real = await realPath(wanted);
  if (real === null) throw new Failure('not-found', 'there is no such file', { path });
  const allowed = await Promise.all(roots.map(realPath));
  if (!allowed.some((root) => root !== null && (real === root || real.startsWith(`${root}${sep}`)))) {
    throw new Failure(
      'refused',
      'the file is outside the definition’s directory: list its directory under files.directories of the agent configuration',
      { path },
    );
  }
  if (!(await fs.stat(real)).isFile()) throw new Failure('refused', 'this is no regular file', { path });
  const bytes = await readFileIfAny(real, maxSize);
  if (bytes === null) throw new Failure('not-found', 'there is no such file', { path });
  return bytes;
}

async function realPath(path: string): Promise<string | null> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether something may be made at a path that need not exist: in the nearest directory above it that does. */
export async function mayWriteAt(path: string): Promise<boolean> {
  for (let place = path; ; place = dirname(place)) {
    try {
      await fs.access(place, fs.constants.W_OK);
      return true;
    } catch (error) {
      if (!isMissing(error) || place === dirname(place)) return false;
    }
  }
}

/** True for the path of an existing directory. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** True for the path of an existing regular file. */
export async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
