// A damaged database out of the way, with what belongs to it, under a name that the tools of SQLite can open.

import { systemDisk } from '../system/disk.ts';
import { isMissing } from '../system/files.ts';

/** Renames to `<path>.damaged-<time>`; gives the new path. */
export async function setAside(path: string, now: number): Promise<string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const aside = `${path}.damaged-${time}`;
  // the log of writes first: found beside a new database, it would be taken for that one's
  for (const suffix of ['-wal', '-shm', '']) {
    try {
      await systemDisk.rename(`${path}${suffix}`, `${aside}${suffix}`);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return aside;
}
