// What a round does to a repository, for tests: reads a tip, puts an empty commit on it, pushes.
import { encodeCommit } from '../../src/git/objects.ts';
import type { Commit, NewObject, Repository } from '../../src/git/repository.ts';
import { NEVER } from './git-world.ts';

export const IDENTITY = { name: 'Robot', email: 'robot@example.com' };

/** An empty commit on top of another, as a change is recorded. */
export function emptyCommit(parent: Commit, message: string): NewObject {
  return encodeCommit({
    tree: parent.tree,
    parents: [parent.oid],
    identity: IDENTITY,
    authoredAt: 1_700_000_000_000,
    message,
  });
}

/** The commit that a branch of the mirror points to. */
export async function tipCommit(repository: Repository, branch: string): Promise<Commit> {
  const tip = (await repository.mirroredRefs()).branches.get(branch) ?? '';
  const commit = (await repository.readCommits([tip])).get(tip);
  if (commit === undefined) throw new Error(`the mirror has no branch ${branch}`);
  return commit;
}

/** Pushes an empty commit to each branch, expecting what the mirror has, and gives the kind of result by branch. */
export async function recordOn(repository: Repository, branches: readonly string[], message: string) {
  const made = await Promise.all(
    branches.map(async (branch) => {
      const tip = await tipCommit(repository, branch);
      return { branch, expected: tip.oid, commit: emptyCommit(tip, message) };
    }),
  );
  const results = await repository.push(
    made.map(({ branch, expected, commit }) => ({ ref: `refs/heads/${branch}`, expected, next: commit.oid })),
    made.map(({ commit }) => commit),
    NEVER,
  );
  return new Map(branches.map((branch) => [branch, results.get(`refs/heads/${branch}`)?.kind]));
}

/** The same, and gives the kinds of result in the order of the branches. */
export async function recordKinds(repository: Repository, branches: readonly string[], message = 'mine') {
  return [...(await recordOn(repository, branches, message)).values()];
}

/** The first commits of a walk; leaves it early. */
export async function take(commits: AsyncIterable<Commit>, count: number): Promise<readonly Commit[]> {
  const taken: Commit[] = [];
  for await (const commit of commits) {
    taken.push(commit);
    if (taken.length === count) break;
  }
  return taken;
}
