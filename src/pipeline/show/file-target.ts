// An argument that is the name of a resource or the path of a definition file: which of the two.
import { resolve } from 'node:path';
import { isRegularFile } from '../../system/files.ts';

/** True for the path of an existing file, and for what can only be meant as a path (`./x`, `../x`, `/x`). */
export async function isFileTarget(target: string, directory: string): Promise<boolean> {
  return /^\.{0,2}\//.test(target) || (await isRegularFile(resolve(directory, target)));
}
