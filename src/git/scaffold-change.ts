// One file of a scaffolded repository, changed in a commit on its `main`. In process, as the scaffold was made.
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { type Disk, diskErrorCode, systemDisk } from '../system/disk.ts';
import type { Identity } from './repository.ts';
import { unwritable } from './scaffold.ts';

export interface ScaffoldChange {
  readonly directory: string;
  /** The file, below the directory; it must be in the newest commit. */
  readonly path: string;
  readonly text: string;
  readonly message: string;
  readonly identity: Identity;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** True where the directory is a git repository. */
export async function isScaffolded(directory: string, disk: Disk = systemDisk): Promise<boolean> {
  try {
    await disk.lstat(join(directory, '.git'));
    return true;
  } catch (error) {
    const code = diskErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Commits the file where its text is another than in the newest commit. Throws a Failure: `refused` where that has no
 * such file, or where somebody is changing it (then nothing was written), `not-writable`. */
export async function changeScaffold(
  change: ScaffoldChange,
  disk: Disk = systemDisk,
): Promise<'changed' | 'as it was'> {
  const { directory: dir, path: filepath, text, identity } = change;
  const { default: git } = await import('isomorphic-git');
  const fs = { promises: disk };
  const committed = await committedText(dir, filepath, disk);
  if (committed === null)
    throw new Failure('refused', 'the directory holds another repository: choose another directory', {
      directory: dir,
    });
  if (committed === text) return 'as it was';
  if ((await git.status({ fs, dir, filepath })) !== 'unmodified')
    throw new Failure('refused', 'the file has changes that are not committed: commit them, or take them back', {
      file: join(dir, filepath),
    });
  await assertNothingElse(dir, filepath, disk);
  const author = { ...identity, timestamp: Math.floor(change.now / 1000), timezoneOffset: 0 };
  try {
    await disk.writeFile(join(dir, filepath), text);
    await git.add({ fs, dir, filepath });
    await git.commit({ fs, dir, message: change.message, author, committer: author });
  } catch (error) {
    throw unwritable(error, dir);
  }
  return 'changed';
}

/** A commit takes in whatever is staged, on whatever branch one stands. */
async function assertNothingElse(dir: string, filepath: string, disk: Disk): Promise<void> {
  const { default: git } = await import('isomorphic-git');
  const fs = { promises: disk };
  const branch = (await git.currentBranch({ fs, dir })) ?? null;
  if (branch !== 'main')
    throw new Failure('refused', 'definitions are on main: switch to it', { directory: dir, branch });
  const rows = await git.statusMatrix({ fs, dir });
  const staged = rows.flatMap(([path, head, , stage]) => (path === filepath || stage === head ? [] : [path]));
  if (staged.length > 0)
    throw new Failure('refused', 'other changes are staged there: commit them, or take them back', {
      directory: dir,
      files: staged.join(', '),
    });
}

async function committedText(dir: string, filepath: string, disk: Disk): Promise<string | null> {
  const { default: git } = await import('isomorphic-git');
  const fs = { promises: disk };
  try {
    const oid = await git.resolveRef({ fs, dir, ref: 'HEAD' });
    const { blob } = await git.readBlob({ fs, dir, oid, filepath });
    return Buffer.from(blob).toString('utf8');
  } catch (error) {
    // no commit so far, or none with this file
    if (error instanceof git.Errors.NotFoundError) return null;
    throw error;
  }
}
