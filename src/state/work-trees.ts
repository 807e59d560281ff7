// Work trees for definitions that run in a directory: one per branch that holds some, without `.git`, brought up to
// date only when its tree changed. Untracked files survive, as they did under the classic agent.
import { dirname, join } from 'node:path';
import { createKeyedMutex } from '../concurrency/keyed-limit.ts';
import type { Resource } from '../core/resource.ts';
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
  of(resource: Pick<Resource & { state: 'watched' }, 'name' | 'branch' | 'tree' | 'source'>): Promise<WorkPlace>;
}

export function createWorkTrees(repository: Repository, state: StateDirectory): WorkTrees {
  const present = new Map<string, string>();
  const mutex = createKeyedMutex();
  return {
    async of({ name, branch, tree, source }) {
      const own = source.layout === 'branch';
      const root = join(state.workTrees, own ? fileSafe(branch) : 'default branch');
      const treeish = own ? tree : source.commit;
      await mutex(root, async () => {
        if (present.get(root) === treeish) return;
        await repository.checkout(treeish, root);
        present.set(root, treeish);
      });
      const common = join(state.common, fileSafe(name));
      await makeDirectory(common);
      return { directory: join(root, dirname(source.path)), common };
    },
  };
}
