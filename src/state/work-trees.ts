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

export function createWorkTrees(repository: Repository, state: StateDirectory): WorkTrees {
  const present = new Map<string, string>();
  const mutex = createKeyedMutex();
  return {
    async of(name, { layout, path, tree }) {
      const root = join(state.workTrees, layout === 'branch' ? fileSafe(name) : 'default branch');
      await mutex(root, async () => {
        if (present.get(root) === tree) return;
        await repository.checkout(tree, root);
        present.set(root, tree);
      });
      const common = join(state.common, fileSafe(name));
      await makeDirectory(common);
      return { directory: join(root, dirname(path)), common };
    },
  };
}
