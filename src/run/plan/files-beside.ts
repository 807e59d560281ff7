// Which files are beside a definition on disk, as far as a plan asks: nobody lists a whole home directory for that.
import { join } from 'node:path';
import type { RunDefinition } from '../../core/run-definition.ts';
import { type Disk, diskErrorCode, systemDisk } from '../../system/disk.ts';
import type { FilesBeside } from './prepare-steps.ts';

/** Most files of an overlay that are listed. */
const MOST = 100_000;

/** The files that the plan of a definition may ask for, with modes as git writes them. */
export async function filesBeside(
  directory: string,
  definition: RunDefinition | null,
  disk: Disk = systemDisk,
): Promise<FilesBeside> {
  const found = new Map<string, string>();
  const { overlay = null, patches = [], actions = [] } = definition ?? {};
  const pending = [
    'run-checks',
    'actions.sh',
    'custom',
    ...patches,
    ...actions,
    ...(overlay === null ? [] : [overlay]),
  ];
  for (let path = pending.pop(); path !== undefined && found.size < MOST; path = pending.pop()) {
    const mode = await modeOf(join(directory, path), disk);
    if (mode === 'directory') {
      for (const name of await disk.readdir(join(directory, path))) pending.push(`${path}/${name}`);
    } else if (mode !== null) found.set(path, mode);
  }
  return found;
}

async function modeOf(path: string, disk: Disk): Promise<string | null> {
  try {
    const stat = await disk.lstat(path);
    if (stat.isDirectory()) return 'directory';
    if (stat.isSymbolicLink()) return '120000';
    return (stat.mode & 0o100) === 0 ? '100644' : '100755';
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT' || diskErrorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}
