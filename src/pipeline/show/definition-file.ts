// A definition in a file on disk: `try FILE`, `validate FILE`, `add-resource --file`.
import { basename, dirname, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Layout } from '../../core/resource.ts';
import { DEFINITION_FILES, type DefinitionFile } from '../../definition/find-definition.ts';
import { diskErrorCode } from '../../system/disk.ts';
import { readFileIfAny } from '../../system/files.ts';

/** What the resource of a definition file is called where nobody says: its directory's name, else the file's own. */
export function nameOfFile(path: string): string {
  const file = basename(path);
  return isDefinitionFile(file) ? basename(dirname(resolve(path))) : file.replace(/\.[^.]+$/, '');
}

/** The name that the file's content has in the repository. A name that does not tell its kind is a Failure `usage`. */
export function kindOfFile(path: string): DefinitionFile {
  const file = basename(path);
  if (isDefinitionFile(file)) return file;
  if (/\.ya?ml$/.test(file)) return 'resource.yaml';
  throw new Failure('usage', 'the name does not tell what this is: call it resource.yaml, options or trigger', {
    file,
  });
}

/** The content of a definition file that somebody named. Failures: `not-found`, `usage`. */
export async function readNamedFile(path: string): Promise<Uint8Array> {
  const bytes = await readFileIfAny(path).catch((error: unknown) => {
    const code = diskErrorCode(error);
    if (code === 'EISDIR') throw new Failure('usage', 'this is a directory: name the file in it', { path });
    if (code === null) throw error;
    throw new Failure('usage', 'the file cannot be read: look at its owner and mode', { path, code }, { cause: error });
  });
  if (bytes === null) throw new Failure('not-found', 'there is no such file', { path });
  return bytes;
}

/** Path of a resource's definition in the tree that holds it. */
export function definitionPath(name: string, layout: Layout, file: DefinitionFile): string {
  return layout === 'branch' ? file : `branches/${name}/${file}`;
}

function isDefinitionFile(name: string): name is DefinitionFile {
  return (DEFINITION_FILES as readonly string[]).includes(name);
}
