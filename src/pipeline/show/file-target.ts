// An argument that is the name of a resource or the path of a definition file: which of the two.
import { resolve } from 'node:path';
import { isRegularFile } from '../../system/files.ts';

/** What is meant as a path also where nothing is there: `.`, `./x`, `../x`, `/x`, and names of YAML files. */
const PATH = /^\.{0,2}\/|^\.\.?$|\.ya?ml$/;

/** True for the path of an existing file, and for what can only be meant as a path. */
export async function isFileTarget(target: string, directory: string): Promise<boolean> {
  return PATH.test(target) || (await isRegularFile(resolve(directory, target)));
}
