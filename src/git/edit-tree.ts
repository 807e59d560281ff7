// A tree with some files put, replaced or removed: the new trees on the way from them to the root, and nothing else.
import { EMPTY_TREE, encodeTree } from './objects.ts';
import type { NewObject, Repository, TreeEntry } from './repository.ts';

/** Files by path from the root: a blob's oid puts or replaces, null removes the file or the whole directory. */
export type TreeEdits = ReadonlyMap<string, string | null>;

/** The oid of the edited tree, with the objects that are new. Directories that become empty go. */
export async function editTree(
  repository: Pick<Repository, 'listTree'>,
  tree: string,
  edits: TreeEdits,
): Promise<{ readonly tree: string; readonly objects: readonly NewObject[] }> {
  const objects: NewObject[] = [];

  async function edit(current: string | null, below: TreeEdits): Promise<string | null> {
    const entries = new Map<string, TreeEntry>();
    if (current !== null) for (const entry of await repository.listTree(current)) entries.set(entry.path, entry);
    const deeper = new Map<string, Map<string, string | null>>();
    for (const [path, oid] of below) {
      const slash = path.indexOf('/');
      if (slash >= 0) {
        const name = path.slice(0, slash);
        deeper.set(name, (deeper.get(name) ?? new Map()).set(path.slice(slash + 1), oid));
      } else if (oid === null) entries.delete(path);
      else entries.set(path, { path, mode: '100644', oid });
    }
    for (const [name, edits] of deeper) {
      const existing = entries.get(name);
      const oid = await edit(existing?.mode === '040000' ? existing.oid : null, edits);
      if (oid === null) entries.delete(name);
      else entries.set(name, { path: name, mode: '040000', oid });
    }
    if (entries.size === 0) return null;
    const made = encodeTree([...entries.values()]);
    objects.push(made);
    return made.oid;
  }

  const root = await edit(tree, edits);
  if (root !== null) return { tree: root, objects };
  const empty = encodeTree([]);
  return { tree: EMPTY_TREE, objects: [empty] };
}
