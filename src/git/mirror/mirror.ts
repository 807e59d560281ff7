// The bare mirror on disk: made without the git command, filled with whole packs, and replaced by a fresh one when it is
// damaged. Order makes it safe against being killed at any step: objects before refs, a pack before its index.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { encodePackIndex, type Pack } from '../pack.ts';
import { createMirrorRefs, type MirrorRefs, NO_DEFAULT_BRANCH } from './refs.ts';

export interface Mirror {
  readonly directory: string;
  readonly refs: MirrorRefs;
  /** Keeps a pack as it is, with an index; the objects are readable afterwards. */
  storePack(pack: Pack): Promise<void>;
  /** Keeps a pack and its index, both given as bytes. */
  storeIndexedPack(checksum: string, bytes: Uint8Array, index: Uint8Array): Promise<void>;
  /** Looks at what can be seen without reading objects: every index has its pack, every pack its end. */
  looksWhole(): Promise<boolean>;
  /** Notes that reading met damage, so that the next sync, also of another process, rebuilds. */
  markDamaged(): Promise<void>;
  isMarkedDamaged(): Promise<boolean>;
  /** Names of the packs, without `pack-` and extension. */
  packs(): Promise<readonly string[]>;
  /** The index of a pack as bytes. */
  readIndex(name: string): Promise<Uint8Array>;
  /** Removes a pack whose objects are elsewhere. */
  removePack(name: string): Promise<void>;
}

/** Settings of the mirror: nothing that git does behind our back. */
const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
`;

const MARK = 'spread-cron-damaged';

/** Opens the mirror in a directory, making it where there is none. */
export async function openMirror(directory: string, disk: Disk, clock: Clock): Promise<Mirror> {
  if (!(await exists(disk, join(directory, 'HEAD')))) await makeMirror(directory, disk);
  const packs = join(directory, 'objects', 'pack');
  const refs = createMirrorRefs(directory, disk, clock);

  const storeIndexedPack = async (checksum: string, bytes: Uint8Array, index: Uint8Array) => {
    const name = join(packs, `pack-${checksum}`);
    const temporary = join(packs, `tmp_${randomBytes(6).toString('hex')}`);
    try {
      await disk.mkdir(packs, { recursive: true });
      await disk.writeFile(`${temporary}.pack`, bytes, { mode: 0o444 });
      await disk.writeFile(`${temporary}.idx`, index, { mode: 0o444 });
      await disk.rename(`${temporary}.pack`, `${name}.pack`);
      await disk.rename(`${temporary}.idx`, `${name}.idx`);
    } catch (error) {
      for (const leftover of [`${temporary}.pack`, `${temporary}.idx`]) await disk.rm(leftover, { force: true });
      throw error;
    }
  };

  return {
    directory,
    refs,
    storePack: (pack) => storeIndexedPack(pack.checksum, pack.bytes, encodePackIndex(pack)),
    storeIndexedPack,
    async looksWhole() {
      const names = await packNames(disk, packs);
      if (names.length === 0) return (await refs.read()).size === 0 || (await hasLooseObjects(disk, directory));
      for (const name of names) {
        const [expected, found] = await Promise.all([
          readEnd(disk, join(packs, `pack-${name}.idx`), 40),
          readEnd(disk, join(packs, `pack-${name}.pack`), 20),
        ]);
        if (expected === null || found === null || !expected.subarray(0, 20).equals(found)) return false;
      }
      return true;
    },
    markDamaged: () => disk.writeFile(join(directory, MARK), ''),
    isMarkedDamaged: () => exists(disk, join(directory, MARK)),
    packs: () => packNames(disk, packs),
    readIndex: (name) => disk.readFile(join(packs, `pack-${name}.idx`)),
    async removePack(name) {
      // The index first: one without its pack would look like damage.
      for (const kind of ['idx', 'pack']) await disk.rm(join(packs, `pack-${name}.${kind}`), { force: true });
    },
  };
}

/** Puts a freshly made mirror in the place of a damaged one; a crash between the steps leaves none, which is made anew. */
export async function replaceMirror(fresh: string, directory: string, disk: Disk): Promise<void> {
  const aside = `${directory}.damaged`;
  await disk.rm(aside, { recursive: true, force: true });
  await disk.rename(directory, aside);
  await disk.rename(fresh, directory);
  await disk.rm(aside, { recursive: true, force: true });
}

/** Acts on the mirror; trouble with the disk becomes a Failure that says what to do. */
export async function tellWriteFailures<T>(directory: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = diskErrorCode(error);
    if (code === null || error instanceof Failure) throw error;
    if (FULL.has(code)) throw fullDisk(directory, code);
    throw new Failure(
      'not-writable',
      'the mirror could not be written, look at its directory',
      { directory, code },
      { cause: error },
    );
  }
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The Failure of a mirror that is not damaged but has no room. */
export function fullDisk(directory: string, code = 'ENOSPC'): Failure {
  return new Failure('not-writable', 'the mirror could not be written, free some space on its disk', {
    directory,
    code,
  });
}

async function makeMirror(directory: string, disk: Disk): Promise<void> {
  const draft = `${directory}.${randomBytes(6).toString('hex')}.new`;
  for (const part of ['objects/info', 'objects/pack', 'refs/heads'])
    await disk.mkdir(join(draft, part), { recursive: true });
  await disk.writeFile(join(draft, 'config'), CONFIG);
  await disk.writeFile(join(draft, 'HEAD'), `ref: ${NO_DEFAULT_BRANCH}\n`);
  try {
    await disk.rename(draft, directory);
  } catch {
    // Another process was faster, and its mirror is as good; or what is there lost its HEAD and is no repository.
    if (await exists(disk, join(directory, 'HEAD'))) await disk.rm(draft, { recursive: true, force: true });
    else await replaceMirror(draft, directory, disk);
  }
}

async function packNames(disk: Disk, packs: string): Promise<readonly string[]> {
  try {
    return (await disk.readdir(packs)).flatMap((name) => /^pack-(.+)\.idx$/.exec(name)?.[1] ?? []);
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function hasLooseObjects(disk: Disk, directory: string): Promise<boolean> {
  return (await disk.readdir(join(directory, 'objects'))).some((name) => /^[0-9a-f]{2}$/.test(name));
}

/** The last bytes of a file, null where it is shorter or not there. */
async function readEnd(disk: Disk, path: string, length: number): Promise<Buffer | null> {
  try {
    const handle = await disk.open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size < length) return null;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return bytesRead === length ? buffer : null;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.stat(path);
    return true;
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
