// Ending a watch: the branch goes, and with it (or kept on request) the definition on the default branch.

import { formatCommitMessage } from '../../core/change-commit.ts';
import { Failure } from '../../core/failure.ts';
import type { Resource } from '../../core/resource.ts';
import { CONFIG_FILE } from '../../definition/repository-config.ts';
import { editTree } from '../../git/edit-tree.ts';
import { encodeCommit } from '../../git/objects.ts';
import type { Identity, Repository } from '../../git/repository.ts';
import type { Base } from '../../state/default-branch.ts';

/**
 * Removes resources: first their central definitions in one commit, then their branches. A crash between the two leaves
 * branches without a definition, which nobody polls. Throws a Failure where the remote refuses.
 */
export async function removeResources(
  resources: readonly Resource[],
  base: Base,
  tools: { readonly repository: Repository; readonly identity: Identity; readonly now: number },
  signal: AbortSignal,
): Promise<void> {
  const generated = resources.find((resource) => 'source' in resource && resource.source.path === CONFIG_FILE);
  if (generated !== undefined) {
    throw new Failure('refused', 'a list makes this resource: take it out of spread-cron.yaml, then remove it', {
      name: generated.name,
    });
  }
  const central = resources.flatMap((resource) =>
    resource.state !== 'no-definition' && resource.source.layout === 'central' ? [resource.name] : [],
  );
  if (central.length > 0) {
    const edits = new Map(central.map((name) => [`branches/${name}`, null]));
    const edited = await editTree(tools.repository, base.tree, edits);
    const commit = encodeCommit({
      tree: edited.tree,
      parents: [base.commit],
      identity: tools.identity,
      authoredAt: tools.now,
      message: formatCommitMessage({ subject: `Stop watching ${central.join(', ')}`, skipCi: true }),
    });
    await push(
      [{ ref: `refs/heads/${base.branch}`, expected: base.commit, next: commit.oid }],
      [...edited.objects, commit],
    );
  }
  const branches = resources.filter((resource) => resource.tip !== null);
  await push(
    branches.map(({ branch, tip }) => ({ ref: `refs/heads/${branch}`, expected: tip, next: null })),
    [],
  );

  async function push(...[updates, objects]: [Parameters<Repository['push']>[0], Parameters<Repository['push']>[1]]) {
    if (updates.length === 0) return;
    const results = await tools.repository.push(updates, objects, signal);
    for (const [ref, result] of results) {
      if (result.kind === 'refused')
        throw new Failure('push-refused', 'the remote refused the push', { ref, said: result.message });
      if (result.kind === 'stale')
        throw new Failure('tip-moved', 'the branch moved meanwhile: run the command again', { ref });
    }
  }
}
