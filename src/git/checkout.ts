// Writes a tree of the mirror into a plain directory, without `.git`: only what differs from the last time, as a manifest
// beside the directory remembers it. Untracked files survive. Paths are hostile: nothing is ever written outside.
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { type Disk, diskErrorCode } from '../system/disk.ts';
import type { ObjectReader } from './engine/object-reader.ts';
import type { TreeEntry } from './repository.ts';

/** Path to `mode oid`; a path whose state is not known (a step was interrupted) has an empty text. */
type Manifest = ReadonlyMap<string, string>;

/** Bodies read at a time, in files. */
const BATCH = 200;

export function createCheckout(
  reader: ObjectReader,
  disk: Disk,
): (treeish: string, directory: string) => Promise<void> {
  return async (treeish, directory) => {
    const wanted = (await reader.listFiles(treeish)).map(assertHarmless);
    const written = (await isDirectory(disk, directory))
      ? await readManifest(disk, directory)
      : new Map<string, string>();
    const next = new Map(wanted.map((entry) => [entry.path, stateOf(entry)]));
    const changed = wanted.filter((entry) => written.get(entry.path) !== stateOf(entry));
    const gone = [...written.keys()].filter((path) => !next.has(path));
    await disk.mkdir(directory, { recursive: true });
    if (changed.length === 0 && gone.length === 0) return;

    // Until it is done the changed paths are of unknown state: who is interrupted writes them again the next time.
    const unknown = [...changed.map(({ path }) => path), ...gone].map((path) => [path, ''] as const);
    await writeManifest(disk, directory, new Map([...written, ...unknown]));
    for (const path of gone) await remove(disk, directory, path);
    for (let from = 0; from < changed.length; from += BATCH) {
      const batch = changed.slice(from, from + BATCH);
      const bodies = await reader.readBlobs(
        batch.filter(({ mode }) => mode !== '160000').map(({ oid }) => oid),
        Number.POSITIVE_INFINITY,
      );
      for (const entry of batch) await write(disk, directory, entry, bodies.get(entry.oid) ?? new Uint8Array());
    }
    await writeManifest(disk, directory, next);
  };
}

function stateOf({ mode, oid }: TreeEntry): string {
  return `${mode} ${oid}`;
}

/** Refuses what git itself would not check out: a path that leaves the directory or looks like git's own files. */
function assertHarmless(entry: TreeEntry): TreeEntry {
  const segments = entry.path.split('/');
  const harmful = segments.some(
    (segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0') || isDotGit(segment),
  );
  if (harmful) throw new Failure('refused', 'the commit holds a path that must not be written', { path: entry.path });
  return entry;
}

/** `.git` as some file system reads it: any case, Windows' short name, characters that HFS+ passes over. */
export function isDotGit(segment: string): boolean {
  const plain = segment.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase();
  return plain === '.git' || plain === 'git~1';
}

async function write(disk: Disk, directory: string, entry: TreeEntry, body: Uint8Array): Promise<void> {
  const path = join(directory, entry.path);
  await makeParents(disk, directory, entry.path);
  if (await isDirectory(disk, path)) {
    if (entry.mode === '160000') return;
    await removeEmptyDirectory(disk, path, entry.path);
  }
  if (entry.mode === '160000') {
    await disk.rm(path, { force: true });
    await disk.mkdir(path);
    return;
  }
  // Written beside and renamed: a link that was put in the place of the file is replaced, never followed.
  const draft = join(dirname(path), `.spread-cron-${randomBytes(6).toString('hex')}`);
  try {
    if (entry.mode === '120000') await disk.symlink(Buffer.from(body).toString('utf8'), draft);
    else await disk.writeFile(draft, body, { flag: 'wx', mode: entry.mode === '100755' ? 0o755 : 0o644 });
    await disk.rename(draft, path);
  } catch (error) {
    await disk.rm(draft, { force: true });
    throw error;
  }
}

/** Makes the directories above a path. Links among them are refused: they could lead anywhere. */
async function makeParents(disk: Disk, directory: string, path: string): Promise<void> {
  let current = directory;
  for (const segment of path.split('/').slice(0, -1)) {
    current = join(current, segment);
    if (await isDirectory(disk, current)) continue;
    try {
      await disk.mkdir(current);
    } catch (error) {
      if (diskErrorCode(error) !== 'EEXIST') throw error;
      throw new Failure('refused', 'a file or a symbolic link is where a directory should be, remove it', {
        path: current,
      });
    }
  }
}

async function remove(disk: Disk, directory: string, path: string): Promise<void> {
  const segments = path.split('/');
  let current = directory;
  for (const segment of segments.slice(0, -1)) {
    current = join(current, segment);
    // Something else has taken the place of the directory: what we wrote there is gone.
    if (!(await isDirectory(disk, current))) return;
  }
  const target = join(directory, path);
  if (await isDirectory(disk, target)) await removeIfEmpty(disk, target);
  else await disk.rm(target, { force: true });
  for (let depth = segments.length - 1; depth > 0; depth -= 1)
    if (!(await removeIfEmpty(disk, join(directory, ...segments.slice(0, depth))))) return;
}

async function removeEmptyDirectory(disk: Disk, path: string, shown: string): Promise<void> {
  if (!(await removeIfEmpty(disk, path)))
    throw new Failure('refused', 'a directory with untracked files is where a file should be, remove it', {
      path: shown,
    });
}

async function removeIfEmpty(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.rmdir(path);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(diskErrorCode(error) ?? '')) return false;
    throw error;
  }
}

/** A real directory, not a link to one. */
async function isDirectory(disk: Disk, path: string): Promise<boolean> {
  try {
    return (await disk.lstat(path)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(diskErrorCode(error) ?? '')) return false;
    throw error;
  }
}

function manifestPath(directory: string): string {
  return `${directory.replace(/\/+$/, '')}.manifest`;
}

/** One line per path: the state, a tab, the path as JSON. A manifest that cannot be read means that nothing is known. */
async function readManifest(disk: Disk, directory: string): Promise<Manifest> {
  let text: string;
  try {
    text = await disk.readFile(manifestPath(directory), 'utf8');
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return new Map();
    throw error;
  }
  const manifest = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^(|\d{6} [0-9a-f]{40})\t(".*")$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) manifest.set(readPath(match[2]), match[1]);
  }
  manifest.delete('');
  return manifest;
}

/** A path of the manifest; one that could lead outside, or that is no JSON, is none of ours. */
function readPath(json: string): string {
  try {
    const path: unknown = JSON.parse(json);
    if (typeof path !== 'string') return '';
    return assertHarmless({ path, mode: '100644', oid: '' }).path;
  } catch {
    return '';
  }
}

async function writeManifest(disk: Disk, directory: string, manifest: Manifest): Promise<void> {
  const path = manifestPath(directory);
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  await disk.writeFile(draft, [...manifest].map(([file, state]) => `${state}\t${JSON.stringify(file)}\n`).join(''));
  await disk.rename(draft, path);
}
