// Removes a directory that a run left, also where the run took its own rights away: Go's module cache does, and tests of
// permissions.
import { join } from 'node:path';
import { type Disk, diskErrorCode } from '../../system/disk.ts';

/** Throws the error of the file system for what cannot be removed even so: another user's files, mounts. */
export async function removeTree(path: string, disk: Disk): Promise<void> {
  const remove = () => disk.rm(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    await remove();
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(diskErrorCode(error) ?? '')) throw error;
    await openDirectories(path, disk);
    await remove();
  }
}

/**
 * Gives this user every right to the directories. Files need none to be removed, and theirs are left as they are: they may
 * be links to files of the cache.
 */
async function openDirectories(path: string, disk: Disk): Promise<void> {
  for (const pending = [path]; ; ) {
    const directory = pending.pop();
    if (directory === undefined) return;
    try {
      await disk.chmod(directory, 0o700);
      for (const entry of await disk.readdir(directory, { withFileTypes: true }))
        if (entry.isDirectory()) pending.push(join(directory, entry.name));
    } catch (error) {
      // somebody else's, or gone by now: removing tells
      if (diskErrorCode(error) === null) throw error;
    }
  }
}
