// The refs of the bare mirror: kept in one packed-refs file that is replaced in one step, however many refs move, and
// read together with loose refs that a git command may have made (formats: git's gitrepository-layout, packed-refs).
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import type { RefListing } from '../repository.ts';
import { toListing } from '../transport/ref-listing.ts';

export interface MirrorRefs {
  /** Every ref with its value, by full name. Reads the disk only where something changed. A damaged file is a Failure
   * `mirror-damaged`. */
  read(): Promise<ReadonlyMap<string, string>>;
  listing(): Promise<RefListing>;
  /** Makes the refs and HEAD exactly these. Only for the holder of the mirror's lock. */
  write(refs: ReadonlyMap<string, string>, defaultBranch: string | null): Promise<void>;
}

/** What HEAD names where the remote has no default branch: git wants it to name a possible branch. */
export const NO_DEFAULT_BRANCH = 'refs/heads/spread-cron/no-default-branch';
/** Milliseconds that a `git gc` gets to finish with packed-refs before its lock is taken for a dead one's. */
const PATIENCE = 2000;

export function createMirrorRefs(directory: string, disk: Disk, clock: Clock): MirrorRefs {
  const packedPath = join(directory, 'packed-refs');
  let packed: { readonly stamp: string; readonly refs: ReadonlyMap<string, string> } | null = null;
  let listed: {
    readonly refs: ReadonlyMap<string, string>;
    readonly head: string;
    readonly listing: RefListing;
  } | null = null;

  const readPacked = async (): Promise<ReadonlyMap<string, string>> => {
    const stamp = await stampOf(disk, packedPath);
    if (packed?.stamp !== stamp) {
      const text = stamp === 'none' ? '' : await disk.readFile(packedPath, 'utf8');
      packed = { stamp, refs: parsePackedRefs(text) };
    }
    return packed.refs;
  };

  const read = async (): Promise<ReadonlyMap<string, string>> => {
    const refs = await readPacked();
    const loose = await readLoose(disk, directory);
    return loose.size === 0 ? refs : new Map([...refs, ...loose]);
  };

  const readHead = async (): Promise<string> => {
    try {
      return (await disk.readFile(join(directory, 'HEAD'), 'utf8')).trim();
    } catch (error) {
      if (diskErrorCode(error) === 'ENOENT') return '';
      throw error;
    }
  };

  return {
    read,
    async listing() {
      const [refs, head] = [await read(), await readHead()];
      if (listed === null || listed.refs !== refs || listed.head !== head) {
        const remote = [...refs].map(([name, oid]) => ({ name, oid }));
        const target = head.startsWith('ref: ') && head.slice(5) !== NO_DEFAULT_BRANCH ? head.slice(5) : null;
        listed = { refs, head, listing: toListing({ refs: remote, head: target }) };
      }
      return listed.listing;
    },
    async write(refs, defaultBranch) {
      const loose = await readLoose(disk, directory);
      await replacePackedRefs(disk, clock, packedPath, formatPackedRefs(refs));
      // A loose ref would win over the packed one; until it is gone the mirror is merely older than it could be.
      for (const name of loose.keys()) await disk.rm(join(directory, name), { force: true });
      const head = `ref: ${defaultBranch === null ? NO_DEFAULT_BRANCH : `refs/heads/${defaultBranch}`}`;
      if ((await readHead()) !== head) {
        await disk.writeFile(join(directory, 'HEAD.new'), `${head}\n`);
        await disk.rename(join(directory, 'HEAD.new'), join(directory, 'HEAD'));
      }
    },
  };
}

/** The refs of a listing by full name, as a mirror keeps them. */
export function refsOfListing(listing: RefListing): Map<string, string> {
  const refs = new Map(listing.own);
  for (const [branch, oid] of listing.branches) refs.set(`refs/heads/${branch}`, oid);
  return refs;
}

/** True where both listings name the same refs with the same values and the same default branch. */
export function isSameListing(left: RefListing, right: RefListing): boolean {
  return (
    left.defaultBranch === right.defaultBranch &&
    isSameMap(left.branches, right.branches) &&
    isSameMap(left.own, right.own)
  );
}

function isSameMap(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [key, value] of left) if (right.get(key) !== value) return false;
  return true;
}

/** The text of a packed-refs file. */
export function formatPackedRefs(refs: ReadonlyMap<string, string>): string {
  const lines = [...refs].map(([name, oid]) => ({ key: Buffer.from(name), line: `${oid} ${name}\n` }));
  lines.sort((left, right) => Buffer.compare(left.key, right.key));
  return `# pack-refs with: sorted \n${lines.map(({ line }) => line).join('')}`;
}

function parsePackedRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  if (text !== '' && !text.endsWith('\n')) throw damagedRefs('packed-refs');
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#') || line.startsWith('^')) continue;
    const match = /^([0-9a-f]{40}) (refs\/.+)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) throw damagedRefs('packed-refs');
    refs.set(match[2], match[1]);
  }
  return refs;
}

async function readLoose(disk: Disk, directory: string): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  const walk = async (name: string): Promise<void> => {
    for (const entry of await entriesOf(disk, join(directory, name))) {
      const child = `${name}/${entry.name}`;
      if (entry.isDirectory()) await walk(child);
      else if (!entry.name.endsWith('.lock')) {
        const value = await readIfThere(disk, join(directory, child));
        if (value === null || value.startsWith('ref: ')) continue;
        if (!/^[0-9a-f]{40}\s*$/.test(value)) throw damagedRefs(child);
        refs.set(child, value.trim());
      }
    }
  };
  await walk('refs');
  return refs;
}

async function entriesOf(disk: Disk, path: string) {
  try {
    return await disk.readdir(path, { withFileTypes: true });
  } catch (error) {
    // git removes directories that became empty while we walk.
    if (diskErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readIfThere(disk: Disk, path: string): Promise<string | null> {
  try {
    return await disk.readFile(path, 'utf8');
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** What changes whenever the file is replaced or written. */
async function stampOf(disk: Disk, path: string): Promise<string> {
  try {
    const { mtimeNs, ino, size } = await disk.stat(path, { bigint: true });
    return `${mtimeNs}:${ino}:${size}`;
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return 'none';
    throw error;
  }
}

/** Replaces packed-refs under git's own lock name, so that a `git gc` started by hand and we do not mix. */
async function replacePackedRefs(disk: Disk, clock: Clock, path: string, text: string): Promise<void> {
  const lock = `${path}.lock`;
  const deadline = clock.monotonic() + PATIENCE;
  for (;;) {
    try {
      await disk.writeFile(lock, text, { flag: 'wx' });
      break;
    } catch (error) {
      if (diskErrorCode(error) !== 'EEXIST') {
        await disk.rm(lock, { force: true });
        throw error;
      }
    }
    // git holds it for milliseconds; we hold the mirror's lock, so what stays was left by a process that was killed.
    if (clock.monotonic() > deadline) await disk.rm(lock, { force: true });
    else await clock.sleep(50);
  }
  await disk.rename(lock, path);
}

function damagedRefs(file: string): Failure {
  return new Failure('mirror-damaged', 'the refs of the mirror cannot be read, the next sync fetches them anew', {
    file,
  });
}
