// Which file defines a resource: the root of its branch wins over what the default branch says about it. Names and
// modes only; nothing is read.
import { Failure } from '../core/failure.ts';
import type { Layout } from '../core/resource.ts';
import { CONFIG_FILE } from './repository-config.ts';

/** Files that define a resource. */
export const DEFINITION_FILES = ['resource.yaml', 'options', 'trigger'] as const;
export type DefinitionFile = (typeof DEFINITION_FILES)[number];

/** An entry of a directory as git lists it; only the last part of its path counts. */
export interface DirectoryEntry {
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
}

export type FoundDefinition =
  | {
      readonly kind: 'file';
      readonly layout: Layout;
      readonly file: DefinitionFile;
      readonly path: string;
      readonly oid: string;
    }
  /** A `for_each` of the repository's configuration defines it. */
  | { readonly kind: 'expanded'; readonly layout: 'central'; readonly path: string }
  /** There is one, or more than one, and it cannot be used. */
  | {
      readonly kind: 'broken';
      readonly layout: Layout;
      readonly path: string;
      readonly oid: string | null;
      readonly failure: Failure;
    };

/** The definition that counts, or null where there is none. */
export function findDefinition(input: {
  /** Entries at the root of the resource's branch; empty where there is no branch. */
  readonly branchRoot: readonly DirectoryEntry[];
  /** Entries of `branches/<name>/` on the default branch, with their paths from its root. */
  readonly central: readonly DirectoryEntry[];
  /** True where a `for_each` of spread-cron.yaml makes a definition of this name. */
  readonly expanded: boolean;
}): FoundDefinition | null {
  return findIn(input.branchRoot, 'branch') ?? findCentral(input.central, input.expanded);
}

function findCentral(entries: readonly DirectoryEntry[], expanded: boolean): FoundDefinition | null {
  const file = findIn(entries, 'central');
  if (!expanded) return file;
  if (file === null) return { kind: 'expanded', layout: 'central', path: CONFIG_FILE };
  const failure = new Failure('definition', 'two definitions of one resource: remove one', {
    files: `${file.path} and ${CONFIG_FILE} (for_each)`,
  });
  return { kind: 'broken', layout: 'central', path: file.path, oid: null, failure };
}

function findIn(entries: readonly DirectoryEntry[], layout: Layout): FoundDefinition | null {
  const named = DEFINITION_FILES.flatMap((file) =>
    entries
      .filter((entry) => baseName(entry.path) === file && !['040000', '160000'].includes(entry.mode))
      .map((entry) => ({ file, entry })),
  );
  const [first, second] = named;
  if (first === undefined) return null;
  const { path, oid, mode } = first.entry;
  if (second !== undefined) {
    const files = named.map(({ entry }) => entry.path).join(' and ');
    const failure = new Failure('definition', 'two definition files in one directory: remove one', { files });
    return { kind: 'broken', layout, path, oid, failure };
  }
  if (mode === '120000') {
    const failure = new Failure('definition', 'the definition is a symbolic link: put the file there', { file: path });
    return { kind: 'broken', layout, path, oid, failure };
  }
  return { kind: 'file', layout, file: first.file, path, oid };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
