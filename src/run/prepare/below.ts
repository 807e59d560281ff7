// Paths that must stay below a directory, whatever a definition or a clone holds.
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';

/** The path without `.` and doubled slashes. One that is absolute, leads upwards or is empty is a Failure `refused`. */
export function pathBelow(path: string, what: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..') || parts.length === 0 || path.includes('\0'))
    throw new Failure('refused', 'a path of the run leaves its directory, name one below it', {
      of: what,
      path: path.slice(0, 200),
    });
  return parts.join('/');
}

/**
 * Makes the directories above a path. A symbolic link among them is a Failure `refused`, since it leads anywhere; so is a
 * file.
 */
export async function makeParents(root: string, path: string, disk: Disk, mode = 0o777): Promise<void> {
  let current = root;
  for (const segment of path.split('/').slice(0, -1)) {
    current = join(current, segment);
    try {
      await disk.mkdir(current, { mode });
    } catch (error) {
      if (diskErrorCode(error) !== 'EEXIST') throw error;
      await assertDirectory(current, path, disk);
    }
  }
}

async function assertDirectory(directory: string, path: string, disk: Disk): Promise<void> {
  if ((await disk.lstat(directory)).isDirectory()) return;
  throw new Failure(
    'refused',
    'a symbolic link or a file is where a directory should be, nothing is written through it',
    {
      path,
    },
  );
}
