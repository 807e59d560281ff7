// Secrets as files, for scripts that want them so: there while the run lasts, with the rights that the definition says.
// A list, written first, says where they are, so that they go also after a crash; it is kept where no script of a sandbox
// can change it, since what it names is removed.
import { dirname, join, relative } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { makeParents, pathBelow } from './below.ts';

export interface SecretFile {
  /** Below the definition's directory. */
  readonly path: string;
  /** Rights, such as 0o400. */
  readonly mode: number;
  readonly value: string;
  /** Where the run itself will copy it to; absent: nowhere. */
  readonly copy?: FilePlace | undefined;
}

export interface FilePlace {
  /** Absolute. */
  readonly directory: string;
  /** Below it. */
  readonly path: string;
}

/** A line of the list. */
interface Written {
  /** Absolute. */
  readonly definition: string;
  readonly path: string;
  /** Made later, or not at all. */
  readonly copy?: boolean;
}

export interface SecretFiles {
  write(definition: string, secrets: readonly SecretFile[]): Promise<void>;
  /** Gives the paths at which nothing was to be found any more. */
  remove(): Promise<readonly string[]>;
}

/** `list` is the absolute path of the list, `workspace` the directory that scripts of the run can change. */
export function createSecretFiles(list: string, workspace: string, disk: Disk): SecretFiles {
  return {
    async write(definition, secrets) {
      if (secrets.length === 0) return;
      const files = secrets.map((secret) => ({ ...secret, path: pathBelow(secret.path, 'the secret file') }));
      for (const { path } of files) await assertFree(definition, path, disk);
      const entries = [...(await readList(list, disk)), ...files.flatMap((file) => writtenAt(definition, file))];
      await disk.writeFile(list, JSON.stringify(entries), { mode: 0o600 });
      for (const { path, mode, value } of files) {
        const absolute = join(definition, path);
        await makeParents(definition, path, disk, 0o700);
        // exclusive: a link that came between is not followed; private from the first byte on
        await disk.writeFile(absolute, value, { flag: 'wx', mode: 0o600 });
        await disk.chmod(absolute, mode & 0o777);
      }
    },

    async remove() {
      const missing: string[] = [];
      for (const { definition, path, copy = false } of await readList(list, disk))
        if (!(await removeBelow(definition, path, workspace, disk)) && !copy) missing.push(join(definition, path));
      await disk.rm(list, { force: true });
      return missing;
    },
  };
}

function writtenAt(definition: string, { path, copy }: SecretFile): readonly Written[] {
  const written: Written = { definition, path };
  return copy === undefined ? [written] : [written, { definition: copy.directory, path: copy.path, copy: true }];
}

async function assertFree(definition: string, path: string, disk: Disk): Promise<void> {
  if (await isPlainBelow(definition, dirname(path), disk)) {
    try {
      await disk.lstat(join(definition, path));
    } catch (error) {
      if (diskErrorCode(error) === 'ENOENT') return;
      throw error;
    }
    throw new Failure('refused', 'a secret would be written over a file that is there, remove that one', { path });
  }
  throw new Failure('refused', 'a secret would be written through a symbolic link, remove that one', { path });
}

/** True where the file was removed; a directory above it that a script replaced by a link is not followed. */
async function removeBelow(definition: string, path: string, workspace: string, disk: Disk): Promise<boolean> {
  const file = join(definition, path);
  const base = definition.startsWith(`${workspace}/`) ? workspace : definition;
  if (!(await isPlainBelow(base, relative(base, dirname(file)), disk))) return false;
  try {
    await disk.unlink(file);
    return true;
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'EPERM'].includes(diskErrorCode(error) ?? '')) return false;
    if (diskErrorCode(error) !== 'EACCES') throw error;
    // the script took away the right to change the directory
    await disk.chmod(dirname(file), 0o700);
    await disk.unlink(file);
    return true;
  }
}

/** True where every directory of the path is a real one, or not there. */
async function isPlainBelow(root: string, path: string, disk: Disk): Promise<boolean> {
  let current = root;
  for (const segment of path.split('/').filter((part) => part !== '.' && part !== '')) {
    current = join(current, segment);
    try {
      if (!(await disk.lstat(current)).isDirectory()) return false;
    } catch (error) {
      if (diskErrorCode(error) === 'ENOENT') return true;
      throw error;
    }
  }
  return true;
}

async function readList(list: string, disk: Disk): Promise<readonly Written[]> {
  let text: string;
  try {
    text = await disk.readFile(list, 'utf8');
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isWritten) : [];
  } catch (error) {
    // cut short by a crash: nothing was written before the list was whole
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isWritten(value: unknown): value is Written {
  return (
    typeof value === 'object' &&
    value !== null &&
    'definition' in value &&
    typeof value.definition === 'string' &&
    'path' in value &&
    typeof value.path === 'string'
  );
}
