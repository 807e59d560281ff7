// Where definitions are: at the root of a resource's branch, or in `branches/<name>/` on the default branch.
import { Failure } from '../core/failure.ts';
import type { DefinitionSource, Layout } from '../core/resource.ts';
import type { Repository, TreeEntry } from '../git/repository.ts';

/** Names of definition files; two of them in one directory are a failure. */
export const DEFINITION_FILES: ReadonlySet<string> = new Set(['resource.yaml', 'options', 'trigger']);

/** What the default branch says. */
export interface CentralDefinitions {
  readonly byName: ReadonlyMap<string, DefinitionSource | Failure>;
  /** Oid of `spread-cron.yaml`, null where there is none. */
  readonly configuration: string | null;
  /** Where definitions made by `for_each` come from. */
  readonly generatedSource: DefinitionSource;
}

const NO_SOURCE: DefinitionSource = { layout: 'central', path: 'spread-cron.yaml', oid: '', commit: '' };

export const NO_CENTRAL: CentralDefinitions = { byName: new Map(), configuration: null, generatedSource: NO_SOURCE };

/** The definition file among the entries of one directory; null where there is none, a Failure where there are two. */
export function definitionFile(
  entries: readonly TreeEntry[],
  directory: string,
  layout: Layout,
): DefinitionSource | Failure | null {
  const files = entries.filter(({ path, mode }) => DEFINITION_FILES.has(path) && mode.startsWith('100'));
  const [file, other] = files;
  if (file === undefined) return null;
  if (other !== undefined) {
    return new Failure('definition', 'two definitions in one directory: remove one of them', {
      file: `${directory}${file.path}`,
      other: `${directory}${other.path}`,
    });
  }
  return { layout, path: `${directory}${file.path}`, oid: file.oid, commit: '' };
}

/** Reads what the default branch's tip defines, in two questions. */
export async function centralDefinitions(repository: Repository, commit: string): Promise<CentralDefinitions> {
  const root = await repository.listTree(commit);
  const configuration =
    root.find(({ path, mode }) => path === 'spread-cron.yaml' && mode.startsWith('100'))?.oid ?? null;
  const hasBranches = root.some(({ path, mode }) => path === 'branches' && mode === '040000');
  const files = hasBranches ? await repository.listFiles(commit, 'branches') : [];
  return {
    byName: definitionsByDirectory(files, commit),
    configuration,
    generatedSource: { ...NO_SOURCE, commit },
  };
}

/** Definitions by the directory below `branches/`; what lies below a definition's directory is its own material. */
export function definitionsByDirectory(
  files: readonly TreeEntry[],
  commit: string,
): ReadonlyMap<string, DefinitionSource | Failure> {
  const directories = new Map<string, TreeEntry[]>();
  for (const file of files) {
    const [, directory, name] = /^branches\/(.+)\/([^/]+)$/.exec(file.path) ?? [];
    if (directory === undefined || name === undefined || !DEFINITION_FILES.has(name)) continue;
    directories.set(directory, [...(directories.get(directory) ?? []), { ...file, path: name }]);
  }
  const byName = new Map<string, DefinitionSource | Failure>();
  for (const directory of [...directories.keys()].sort()) {
    const parents = directory.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'));
    if (parents.some((parent) => byName.has(parent))) continue;
    const source = definitionFile(directories.get(directory) ?? [], `branches/${directory}/`, 'central');
    if (source !== null) byName.set(directory, source instanceof Failure ? source : { ...source, commit });
  }
  return byName;
}
