// What every Repository does alike: pushing as compare-and-swap.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeBlob, encodeCommit, encodeTree } from '../../src/git/objects.ts';
import { addCommit, git, installHook, subjectsOf, tipOf } from '../support/git-origin.ts';
import { emptyCommit, IDENTITY, recordOn, tipCommit } from '../support/git-record.ts';
import { NEVER, refresh, type Situation } from '../support/git-world.ts';

export function describePushing(now: Situation): void {
  describe('pushing', () => {
    it('moves many branches in one push and has them in the mirror at once', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      const branches = Array.from({ length: 150 }, (_, position) => `r/${position}`);
      for (const branch of branches) git(now.world.origin, ['update-ref', `refs/heads/${branch}`, 'refs/heads/main']);
      await refresh(now.repository);
      now.world.server?.forget();
      const results = await recordOn(now.repository, branches, 'New thing (1)\n');
      expect(new Set(results.values())).toEqual(new Set(['accepted']));
      if (now.world.server !== null)
        expect(now.world.server.requests.filter((line) => line === 'POST /origin.git/git-receive-pack').length).toBe(1);
      expect(subjectsOf(now.world.origin, 'r/149')).toEqual(['New thing (1)', 'A commit']);
      const mirrored = await now.repository.mirroredRefs();
      for (const branch of branches) expect(mirrored.branches.get(branch)).toBe(tipOf(now.world.origin, branch));
      expect((await tipCommit(now.repository, 'r/77')).authoredAt).toBe(1_700_000_000_000);
      git(now.world.mirror, ['fsck', '--full', '--strict']);
      git(now.world.origin, ['fsck', '--full', '--strict']);
      expect(now.world.warnings).toEqual([]);
    });

    it('makes branches with trees and files of their own, and deletes branches', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      addCommit(now.world.origin, 'old', { files: { a: '2' } });
      const listing = await refresh(now.repository);
      const blob = encodeBlob('schedule: H * * * *\n');
      const directory = encodeTree([{ path: 'resource.yaml', mode: '100644', oid: blob.oid }]);
      const tree = encodeTree([{ path: 'sub', mode: '040000', oid: directory.oid }]);
      const commit = encodeCommit({
        tree: tree.oid,
        parents: [],
        identity: IDENTITY,
        authoredAt: 0,
        message: 'made\n',
      });
      const results = await now.repository.push(
        [
          { ref: 'refs/heads/new/one', expected: null, next: commit.oid },
          { ref: 'refs/heads/old', expected: listing.branches.get('old')!, next: null },
        ],
        [commit, tree, directory, blob],
        NEVER,
      );
      expect([...results.values()]).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }]);
      expect(git(now.world.origin, ['show', 'refs/heads/new/one:sub/resource.yaml'])).toBe('schedule: H * * * *');
      expect(tipOf(now.world.origin, 'old')).toBeNull();
      const { branches } = await now.repository.mirroredRefs();
      expect([...branches.keys()].sort()).toEqual(['main', 'new/one']);
      expect((await now.repository.listFiles(commit.oid)).map(({ path }) => path)).toEqual(['sub/resource.yaml']);
    });

    it('deletes alone, without a pack', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      const tip = addCommit(now.world.origin, 'old', { files: { a: '2' } });
      await refresh(now.repository);
      const results = await now.repository.push([{ ref: 'refs/heads/old', expected: tip, next: null }], [], NEVER);
      expect([...results.values()]).toEqual([{ kind: 'accepted' }]);
      expect(tipOf(now.world.origin, 'old')).toBeNull();
    });

    it('begins an empty repository', async () => {
      await refresh(now.repository);
      const tree = encodeTree([]);
      const commit = encodeCommit({
        tree: tree.oid,
        parents: [],
        identity: IDENTITY,
        authoredAt: 0,
        message: 'begin\n',
      });
      const update = { ref: 'refs/heads/main', expected: null, next: commit.oid };
      expect([...(await now.repository.push([update], [commit, tree], NEVER)).values()]).toEqual([
        { kind: 'accepted' },
      ]);
      expect((await refresh(now.repository)).defaultBranch).toBe('main');
      expect((await now.repository.readCommits([commit.oid])).get(commit.oid)?.subject).toBe('begin');
    });

    it('is told where another writer was faster, and moves nothing of that branch', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      addCommit(now.world.origin, 'calm', { files: { a: '2' } });
      await refresh(now.repository);
      addCommit(now.world.origin, 'main', { message: 'the other writer' });
      const results = await recordOn(now.repository, ['main', 'calm'], 'mine');
      expect(Object.fromEntries(results)).toEqual({ main: 'stale', calm: 'accepted' });
      expect(subjectsOf(now.world.origin, 'main')[0]).toBe('the other writer');
      expect(subjectsOf(now.world.origin, 'calm')[0]).toBe('mine');
      await refresh(now.repository);
      expect(Object.fromEntries(await recordOn(now.repository, ['main'], 'mine again'))).toEqual({ main: 'accepted' });
      expect(subjectsOf(now.world.origin, 'main').slice(0, 2)).toEqual(['mine again', 'the other writer']);
    });

    it('is told where a branch was deleted, made or rewritten meanwhile', async () => {
      for (const branch of ['main', 'deleted', 'rewritten'])
        addCommit(now.world.origin, branch, { files: { a: branch } });
      await refresh(now.repository);
      const parent = await tipCommit(now.repository, 'main');
      git(now.world.origin, ['update-ref', '-d', 'refs/heads/deleted']);
      addCommit(now.world.origin, 'rewritten', { parent: null, message: 'rewritten', files: { a: 'x' } });
      addCommit(now.world.origin, 'made', { files: { a: 'made' } });
      const commit = emptyCommit(parent, 'mine');
      const listing = await now.repository.mirroredRefs();
      const results = await now.repository.push(
        [
          { ref: 'refs/heads/deleted', expected: listing.branches.get('deleted')!, next: commit.oid },
          { ref: 'refs/heads/rewritten', expected: listing.branches.get('rewritten')!, next: commit.oid },
          { ref: 'refs/heads/made', expected: null, next: commit.oid },
        ],
        [commit],
        NEVER,
      );
      expect([...results.values()].map(({ kind }) => kind)).toEqual(['stale', 'stale', 'stale']);
      expect(tipOf(now.world.origin, 'deleted')).toBeNull();
    });

    it('gives a protected branch as refused with what the hook said, and the others as accepted', async () => {
      for (const branch of ['main', 'a', 'b', 'protected'])
        addCommit(now.world.origin, branch, { files: { a: branch } });
      installHook(
        now.world.origin,
        'update',
        'case "$1" in refs/heads/protected) echo "this branch is protected" >&2; exit 1;; esac',
      );
      await refresh(now.repository);
      const results = await recordOn(now.repository, ['a', 'protected', 'b'], 'mine');
      expect(Object.fromEntries(results)).toEqual({ a: 'accepted', protected: 'refused', b: 'accepted' });
      expect(subjectsOf(now.world.origin, 'protected')).toEqual(['A commit']);
      expect((await now.repository.mirroredRefs()).branches.get('protected')).toBe(
        tipOf(now.world.origin, 'protected'),
      );
    });

    it('halves a push that a hook refuses whole, until the refused branch stands alone', async () => {
      const branches = Array.from({ length: 20 }, (_, position) => `r/${position}`);
      for (const branch of branches) addCommit(now.world.origin, branch, { files: { a: branch } });
      await refresh(now.repository);
      installHook(
        now.world.origin,
        'pre-receive',
        'if grep -q refs/heads/r/13; then echo "not r/13, please" >&2; exit 1; fi',
      );
      const results = await recordOn(now.repository, branches, 'mine');
      const refused = [...results].filter(([, kind]) => kind === 'refused').map(([branch]) => branch);
      expect(refused).toEqual(['r/13']);
      expect([...results.values()].filter((kind) => kind === 'accepted').length).toBe(19);
      for (const branch of branches)
        expect(subjectsOf(now.world.origin, branch).length).toBe(branch === 'r/13' ? 1 : 2);
      git(now.world.mirror, ['fsck', '--full', '--strict']);
      for (const [branch, tip] of (await now.repository.mirroredRefs()).branches)
        expect(tip).toBe(tipOf(now.world.origin, branch));
    });

    it('hands on the words of the hook', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      installHook(now.world.origin, 'pre-receive', 'echo "closed for maintenance" >&2; exit 1');
      await refresh(now.repository);
      const commit = emptyCommit(await tipCommit(now.repository, 'main'), 'mine');
      const results = await now.repository.push(
        [{ ref: 'refs/heads/main', expected: commit.oid && tipOf(now.world.origin, 'main'), next: commit.oid }],
        [commit],
        NEVER,
      );
      const result = results.get('refs/heads/main');
      expect(result?.kind === 'refused' && result.message).toContain('closed for maintenance');
    });

    it('sends no more refs at once than the remote takes', async () => {
      const branches = Array.from({ length: 7 }, (_, position) => `r/${position}`);
      for (const branch of branches) addCommit(now.world.origin, branch, { files: { a: branch } });
      installHook(now.world.origin, 'post-receive', `wc -l >> '${now.world.path}/pushes'`);
      const careful = await now.world.open({ maxPushRefs: 3 });
      await refresh(careful);
      const results = await recordOn(careful, branches, 'mine');
      expect(new Set(results.values())).toEqual(new Set(['accepted']));
      expect(readFileSync(join(now.world.path, 'pushes'), 'utf8').split('\n').map(Number).slice(0, -1)).toEqual([
        3, 3, 1,
      ]);
      git(now.world.mirror, ['fsck', '--full', '--strict']);
    });

    it('moves all refs or none where that is asked for, in one request however little the remote takes', async () => {
      const branches = Array.from({ length: 4 }, (_, position) => `r/${position}`);
      for (const branch of branches) addCommit(now.world.origin, branch, { files: { a: branch } });
      installHook(now.world.origin, 'post-receive', `wc -l >> '${now.world.path}/pushes'`);
      const careful = await now.world.open({ maxPushRefs: 3 });
      await refresh(careful);
      const wishes = await Promise.all(
        branches.map(async (branch) => {
          const tip = await tipCommit(careful, branch);
          return { update: { ref: `refs/heads/${branch}`, expected: tip.oid }, commit: emptyCommit(tip, 'mine') };
        }),
      );
      const updates = wishes.map(({ update, commit }) => ({ ...update, next: commit.oid }));
      const objects = wishes.map(({ commit }) => commit);
      addCommit(now.world.origin, 'r/2', { message: 'theirs' });
      const refused = await careful.push(updates, objects, NEVER, { atomic: true });
      expect(updates.map(({ ref }) => refused.get(ref)?.kind)).toEqual(['refused', 'refused', 'stale', 'refused']);
      expect(branches.map((branch) => subjectsOf(now.world.origin, branch)[0])).not.toContain('mine');
      const others = updates.filter(({ ref }) => ref !== 'refs/heads/r/2');
      const accepted = await careful.push([...others, { ...deletion(), next: null }], objects, NEVER, { atomic: true });
      expect([...accepted.values()]).toEqual(Array(4).fill({ kind: 'accepted' }));
      expect(readFileSync(join(now.world.path, 'pushes'), 'utf8').trim()).toBe('4');

      function deletion() {
        return { ref: 'refs/heads/r/2', expected: tipOf(now.world.origin, 'r/2') };
      }
    });

    it('lets exactly one of two repositories record a change of the same branch', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      const other = await now.world.open({ directory: join(now.world.path, 'second', 'mirror.git') });
      await Promise.all([refresh(now.repository), refresh(other)]);
      const results = await Promise.all([recordOn(now.repository, ['main'], 'one'), recordOn(other, ['main'], 'two')]);
      expect(results.map((result) => result.get('main')).sort()).toEqual(['accepted', 'stale']);
      expect(subjectsOf(now.world.origin, 'main').length).toBe(2);
    });
  });
}
