// A resources repository from nothing: files, a first commit on `main`, and where it is pushed to. In process, so that it
// also works where git is not installed.
import { dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { type Disk, diskErrorCode, systemDisk } from '../system/disk.ts';
import type { Identity } from './repository.ts';

export interface Scaffold {
  readonly directory: string;
  /** Path -> text. */
  readonly files: Readonly<Record<string, string>>;
  readonly message: string;
  readonly identity: Identity;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** URL of `origin`; null adds no remote. */
  readonly remote: string | null;
}

/** isomorphic-git sets these for any file system there may be; with them git would not see that a script is executable. */
const SETTINGS = { 'core.filemode': true, 'core.symlinks': undefined, 'core.ignorecase': undefined } as const;

/** Fetched with the branches, so that results are seen in every clone that this repository's owner works with. */
const NOTES_REFSPEC = '+refs/notes/*:refs/notes/*';

/**
 * Makes the directory a git repository with one commit that holds the files. Files of other names may be there already
 * and are left out of the commit. Throws a Failure: `refused` where one of the files, or a repository, exists (then
 * nothing was written), `not-writable`. Resolves to the commit's oid.
 */
export async function scaffoldRepository(scaffold: Scaffold, disk: Disk = systemDisk): Promise<string> {
  try {
    return await write(scaffold, disk);
  } catch (error) {
    throw unwritable(error, scaffold.directory);
  }
}

/** What a file system that refuses means to whoever said the directory; other errors as they are. */
export function unwritable(error: unknown, directory: string): unknown {
  const code = diskErrorCode(error);
  // isomorphic-git's own errors have codes too
  if (error instanceof Failure || code === null || !/^E[A-Z]+$/.test(code)) return error;
  const message = 'the directory cannot be written: choose another one, or see to its rights and its disk';
  return new Failure('not-writable', message, { directory, code }, { cause: error });
}

async function write(scaffold: Scaffold, disk: Disk): Promise<string> {
  const { directory: dir, files, remote } = scaffold;
  await assertFree(dir, ['.git', ...Object.keys(files)], disk);
  const { default: git } = await import('isomorphic-git');
  const fs = { promises: disk };
  await disk.mkdir(dir, { recursive: true });
  await git.init({ fs, dir, defaultBranch: 'main' });
  for (const [path, value] of Object.entries(SETTINGS)) await git.setConfig({ fs, dir, path, value });
  for (const [path, text] of Object.entries(files)) {
    await disk.mkdir(dirname(join(dir, path)), { recursive: true });
    await disk.writeFile(join(dir, path), text);
  }
  await git.add({ fs, dir, filepath: Object.keys(files) });
  const author = { ...scaffold.identity, timestamp: Math.floor(scaffold.now / 1000), timezoneOffset: 0 };
  const commit = await git.commit({ fs, dir, message: scaffold.message, author, committer: author });
  if (remote !== null) {
    await git.addRemote({ fs, dir, remote: 'origin', url: remote });
    await git.setConfig({ fs, dir, path: 'remote.origin.fetch', value: NOTES_REFSPEC, append: true });
  }
  return commit;
}

async function assertFree(directory: string, paths: readonly string[], disk: Disk): Promise<void> {
  const taken: string[] = [];
  for (const path of paths) {
    try {
      await disk.lstat(join(directory, path));
      taken.push(path);
    } catch (error) {
      const code = diskErrorCode(error);
      if (code === 'ENOTDIR')
        throw new Failure('refused', 'a file is in the way: choose another directory', { directory });
      if (code !== 'ENOENT') throw error;
    }
  }
  if (taken.length > 0) {
    throw new Failure('refused', 'these are there already: choose an empty directory', {
      directory,
      files: taken.join(', '),
    });
  }
}
