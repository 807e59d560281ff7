// An argument that is the name of a resource or the path of a definition file: which of the two, and what the resource
// of a file is called.
import { basename, dirname, resolve } from 'node:path';
import { type Disk, diskErrorCode, systemDisk } from '../system/disk.ts';

/** Names that say nothing about the resource: it is called like the directory. */
const DEFINITION_FILES = new Set(['resource.yaml', 'options', 'trigger']);

/** True for a path of an existing file, and for what can only be meant as one (`./x`, `../x`, `/x`). */
export async function isFileTarget(
  target: string,
  directory: string,
  disk: Pick<Disk, 'stat'> = systemDisk,
): Promise<boolean> {
  if (/^\.{0,2}\//.test(target)) return true;
  try {
    return (await disk.stat(resolve(directory, target))).isFile();
  } catch (error) {
    if (diskErrorCode(error) === null) throw error;
    return false;
  }
}

/** What the resource of a definition file is called where nobody says: its directory's name, else the file's own. */
export function nameOfFile(path: string): string {
  const file = basename(path);
  return DEFINITION_FILES.has(file) ? basename(dirname(resolve(path))) : file.replace(/\.[^.]+$/, '');
}

/** The name that the content is kept under in the repository; null where the file's name does not tell its kind. */
export function definitionFileName(path: string): string | null {
  const file = basename(path);
  if (DEFINITION_FILES.has(file)) return file;
  return /\.ya?ml$/.test(file) ? 'resource.yaml' : null;
}
