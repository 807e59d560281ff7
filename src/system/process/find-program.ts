// Where a program is, by the directories of a PATH: for those who start it with another PATH than their own.
import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** The absolute path of the first program of that name; null where there is none. */
export async function findProgram(name: string, path: string | undefined): Promise<string | null> {
  for (const directory of (path ?? '/usr/local/bin:/usr/bin:/bin').split(':')) {
    const candidate = join(directory, name);
    if (isAbsolute(directory) && (await isProgram(candidate))) return candidate;
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // not there, or not for us: it is looked for elsewhere
    return false;
  }
}
