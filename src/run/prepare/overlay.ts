// Lays a directory of the definition over the target: files with their rights, links as links. Everything is looked at
// before anything is written, and nothing is ever written outside of the target.
import { randomBytes } from 'node:crypto';
import { dirname, join, posix } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { isDotGit } from '../../git/checkout.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { makeParents, pathBelow } from './below.ts';

export interface OverlayFile {
  /** Below the overlay, and below the target. */
  readonly path: string;
  readonly kind: 'file' | 'link';
}

/** What is in the overlay, sorted. `except` are paths below it. Failures: `definition` (not there), `refused`. */
export async function overlayFiles(
  definition: string,
  step: { readonly directory: string; readonly except: readonly string[] },
  disk: Disk,
): Promise<readonly OverlayFile[]> {
  const directory = pathBelow(step.directory, 'the overlay');
  const root = join(definition, directory);
  await assertPlain(definition, directory, disk);
  const except = new Set(step.except);
  const files: OverlayFile[] = [];
  const walk = async (below: string): Promise<void> => {
    const entries = await disk.readdir(join(root, below), { withFileTypes: true });
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (except.has(path)) continue;
      if (isDotGit(entry.name))
        throw new Failure('refused', 'an overlay must not change what belongs to git, remove the file', {
          path: `${directory}/${path}`,
        });
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) files.push({ path, kind: 'file' });
      else if (entry.isSymbolicLink()) files.push({ path, kind: 'link' });
      else
        throw new Failure('refused', 'an overlay holds files, directories and links only', {
          path: `${directory}/${path}`,
        });
    }
  };
  await walk('');
  return files;
}

/** Refuses what would leave the target, or put a file where a directory is and the other way round. */
export async function checkOverlay(
  overlay: string,
  target: string,
  files: readonly OverlayFile[],
  disk: Disk,
): Promise<void> {
  for (const { path, kind } of files) {
    if (kind === 'link') await checkLink(join(overlay, path), path, disk);
    const segments = path.split('/');
    for (const depth of segments.keys()) {
      const above = segments.slice(0, depth + 1).join('/');
      const found = await kindOf(join(target, above), disk);
      const isLeaf = depth === segments.length - 1;
      if (found === null) break;
      if (isLeaf ? found === 'directory' : found !== 'directory')
        throw new Failure(
          'refused',
          isLeaf
            ? 'the target has a directory where the overlay has a file, adapt the overlay'
            : found === 'link'
              ? 'the overlay would be written through a symbolic link of the target, adapt the overlay'
              : 'the target has a file where the overlay has a directory, adapt the overlay',
          { path, in_target: above },
        );
    }
  }
}

export async function layOver(
  overlay: string,
  target: string,
  files: readonly OverlayFile[],
  disk: Disk,
  signal: AbortSignal,
): Promise<void> {
  for (const { path, kind } of files) {
    signal.throwIfAborted();
    await makeParents(target, path, disk);
    const from = join(overlay, path);
    const to = join(target, path);
    // Written beside and renamed: a link that stands there is replaced and not followed, and a file that has other names
    // keeps its content under these.
    const draft = join(dirname(to), `.spread-cron-${randomBytes(6).toString('hex')}`);
    try {
      if (kind === 'link') await disk.symlink(await disk.readlink(from), draft);
      else {
        await disk.copyFile(from, draft);
        await disk.chmod(draft, (await disk.lstat(from)).mode & 0o777);
      }
      await disk.rename(draft, to);
    } catch (error) {
      await disk.rm(draft, { force: true });
      throw error;
    }
  }
}

/** A link is laid over as it is, so that it must stay in the target by itself. */
async function checkLink(link: string, path: string, disk: Disk): Promise<void> {
  const leads = await disk.readlink(link);
  const end = posix.normalize(posix.join(posix.dirname(path), leads));
  if (!leads.startsWith('/') && end !== '..' && !end.startsWith('../')) return;
  throw new Failure('refused', 'a symbolic link of the overlay leads out of the target, remove it', {
    path,
    leads_to: leads,
  });
}

async function assertPlain(root: string, path: string, disk: Disk): Promise<void> {
  let current = root;
  for (const segment of path.split('/')) {
    current = join(current, segment);
    const kind = await kindOf(current, disk);
    if (kind === null) throw new Failure('definition', 'the overlay is not there, add files to it', { path });
    if (kind !== 'directory') throw new Failure('refused', 'the overlay is not a directory of its own', { path });
  }
}

async function kindOf(path: string, disk: Disk): Promise<'directory' | 'link' | 'file' | null> {
  try {
    const found = await disk.lstat(path);
    return found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'file';
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT' || diskErrorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}
