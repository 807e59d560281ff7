// What the default branch defines: `branches/<name>/…` by resource, and the repository's own configuration.

import { DEFINITION_FILES } from '../definition/find-definition.ts';
import { CONFIG_FILE } from '../definition/repository-config.ts';
import type { Repository, TreeEntry } from '../git/repository.ts';

interface CentralDefinitions {
  /** Entries that could be definition files, with their paths from the root, by resource name. */
  readonly directories: ReadonlyMap<string, readonly TreeEntry[]>;
  /** Oid of `spread-cron.yaml`; null where there is none. */
  readonly configuration: string | null;
}

const NAMES: ReadonlySet<string> = new Set(DEFINITION_FILES);

/** Those entries of one directory that could be its definition. */
export function definitionEntries(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  return entries.filter(({ path }) => NAMES.has(path.slice(path.lastIndexOf('/') + 1)));
}

/** Reads what the default branch's tip defines, in two questions. */
export async function centralDefinitions(repository: Repository, commit: string): Promise<CentralDefinitions> {
  const root = await repository.listTree(commit);
  const configuration = root.find(({ path, mode }) => path === CONFIG_FILE && mode.startsWith('100'))?.oid ?? null;
  const hasBranches = root.some(({ path, mode }) => path === 'branches' && mode === '040000');
  const files = hasBranches ? await repository.listFiles(commit, 'branches') : [];
  return { directories: byDirectory(definitionEntries(files)), configuration };
}

/** Files by the directory below `branches/`; what lies below a definition's directory is its own material. */
export function byDirectory(files: readonly TreeEntry[]): ReadonlyMap<string, readonly TreeEntry[]> {
  const directories = new Map<string, TreeEntry[]>();
  for (const file of files) {
    const directory = file.path.slice('branches/'.length, Math.max(0, file.path.lastIndexOf('/')));
    if (directory !== '') directories.set(directory, [...(directories.get(directory) ?? []), file]);
  }
  const isBelowAnother = (directory: string) =>
    directory.split('/').some((_, depth, parts) => depth > 0 && directories.has(parts.slice(0, depth).join('/')));
  return new Map([...directories].filter(([directory]) => !isBelowAnother(directory)));
}
