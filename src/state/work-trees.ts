// Work trees for definitions that run in a directory: one per branch that holds some, without `.git`, brought up to
// date only when its tree changed. Untracked files survive, as they did under the classic agent.
import { dirname, join } from 'node:path';
import { createKeyedMutex } from '../concurrency/keyed-limit.ts';
import type { DefinitionSource } from '../core/resource.ts';
import type { Repository } from '../git/repository.ts';
import { makeDirectory } from '../system/files.ts';
import { fileSafe, type StateDirectory } from './state-directory.ts';

export interface WorkPlace {
  /** The definition's directory, absolute. */
  readonly directory: string;
  /** A directory of the resource's own that outlives rounds (`SNAP_COMMON`). */
  readonly common: string;
}

export interface WorkTrees {
  /** The place of a definition that is in the repository. */
  of(name: string, source: DefinitionSource): Promise<WorkPlace>;
}

/** What has been made is not looked at again: every round asks for every place. */
export function createWorkTrees(repository: Pick<Repository, 'checkout'>, state: StateDirectory): WorkTrees {
  const present = new Map<string, string>();
  const commons = new Set<string>();
  const mutex = createKeyedMutex();

  const checkout = (root: string, tree: string) =>
    mutex(root, async () => {
      if (present.get(root) === tree) return;
      // nobody takes it for what it was while it changes
      present.delete(root);
      await repository.checkout(tree, root);
      present.set(root, tree);
    });

  return {
    async of(name, { layout, path, tree }) {
      const root = join(state.workTrees, layout === 'branch' ? fileSafe(name) : 'default branch');
      if (present.get(root) !== tree) await checkout(root, tree);
      const common = join(state.common, fileSafe(name));
      if (!commons.has(common)) {
        await makeDirectory(common);
        commons.add(common);
      }
      return { directory: join(root, dirname(path)), common };
    },
  };
}
