// A definition in a file on disk: `try FILE`, `validate FILE`, `add-resource --file`.
import { basename, dirname, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Layout } from '../../core/resource.ts';
import { DEFINITION_FILES, type DefinitionFile } from '../../definition/find-definition.ts';

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

/** Path of a resource's definition in the tree that holds it. */
export function definitionPath(name: string, layout: Layout, file: DefinitionFile): string {
  return layout === 'branch' ? file : `branches/${name}/${file}`;
}

function isDefinitionFile(name: string): name is DefinitionFile {
  return (DEFINITION_FILES as readonly string[]).includes(name);
}
