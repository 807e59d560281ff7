// The contract of Repository, run against every engine and every way to a remote: what all of them must do alike.
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { encodeBlob, encodeCommit, encodeTree } from '../../src/git/objects.ts';
import type { Commit, Repository } from '../../src/git/repository.ts';
import { addCommit, addManyCommits, git, installHook, subjectsOf, tipOf } from '../support/git-origin.ts';
import { type GitWorld, makeWorld, NEVER, refresh, type Way } from '../support/git-world.ts';

const IDENTITY = { name: 'Robot', email: 'robot@example.com' };

/** An empty commit on top of another, as a change is recorded. */
export function emptyCommit(parent: Commit, message: string) {
  return encodeCommit({
    tree: parent.tree,
    parents: [parent.oid],
    identity: IDENTITY,
    authoredAt: 1_700_000_000_000,
    message,
  });
}

async function tipCommit(repository: Repository, branch: string): Promise<Commit> {
  const tip = (await repository.mirroredRefs()).branches.get(branch) ?? '';
  return (await repository.readCommits([tip])).get(tip)!;
}

/** Pushes an empty commit to each branch and gives the results by branch. */
async function recordOn(repository: Repository, branches: readonly string[], message: string) {
  const commits = await Promise.all(
    branches.map(async (branch) => emptyCommit(await tipCommit(repository, branch), message)),
  );
  const listing = await repository.mirroredRefs();
  const results = await repository.push(
    branches.map((branch, position) => ({
      ref: `refs/heads/${branch}`,
      expected: listing.branches.get(branch) ?? null,
      next: commits[position]!.oid,
    })),
    commits,
    NEVER,
  );
  return new Map(branches.map((branch) => [branch, results.get(`refs/heads/${branch}`)?.kind]));
}

async function take(commits: AsyncIterable<Commit>, count: number): Promise<readonly Commit[]> {
  const taken: Commit[] = [];
  for await (const commit of commits) {
    taken.push(commit);
    if (taken.length === count) break;
  }
  return taken;
}

function onlyPack(mirror: string): string {
  const packs = join(mirror, 'objects', 'pack');
  return join(packs, readdirSync(packs).find((name) => name.endsWith('.pack'))!);
}

export function describeRepository(name: string, way: Way): void {
  describe(name, () => {
    let world: GitWorld;
    let repository: Repository;

    beforeEach(async () => {
      world = await makeWorld(way);
      repository = await world.open();
    });
    afterEach(() => world.close());

    describe('listing and mirroring', () => {
      it('lists an empty repository as one without branches', async () => {
        const listing = await refresh(repository);
        expect(listing.branches.size).toBe(0);
        expect(listing.defaultBranch).toBeNull();
        expect((await repository.mirroredRefs()).branches.size).toBe(0);
      });

      it('knows branches, the default branch and its own refs, and no tags', async () => {
        const main = addCommit(world.origin, 'main', { files: { a: '1' } });
        const other = addCommit(world.origin, 'watch/täst-ü', { files: { b: '2' } });
        git(world.origin, ['tag', '-m', 'a tag', 'v1', main]);
        git(world.origin, ['update-ref', 'refs/notes/spread-cron', other]);
        git(world.origin, ['update-ref', 'refs/notes/commits', other]);
        git(world.origin, ['update-ref', 'refs/spread-cron/claims/x', main]);
        const listing = await refresh(repository);
        const expected = {
          branches: new Map([
            ['main', main],
            ['watch/täst-ü', other],
          ]),
          defaultBranch: 'main',
          own: new Map([
            ['refs/notes/spread-cron', other],
            ['refs/spread-cron/claims/x', main],
          ]),
        };
        expect(listing).toEqual(expected);
        expect(await repository.mirroredRefs()).toEqual(expected);
      });

      it('says that there is no default branch where HEAD points nowhere', async () => {
        addCommit(world.origin, 'elsewhere', { files: { a: '1' } });
        const listing = await refresh(repository);
        expect(listing.defaultBranch).toBeNull();
        expect((await repository.mirroredRefs()).defaultBranch).toBeNull();
        git(world.origin, ['symbolic-ref', 'HEAD', 'refs/heads/elsewhere']);
        await refresh(repository);
        expect((await repository.mirroredRefs()).defaultBranch).toBe('elsewhere');
      });

      it('follows new, moved, force-pushed and deleted branches', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        addCommit(world.origin, 'rewritten', { message: 'old', files: { a: '2' } });
        addCommit(world.origin, 'gone', { files: { a: '3' } });
        await refresh(repository);
        addCommit(world.origin, 'main', { message: 'second' });
        addCommit(world.origin, 'rewritten', { message: 'new', parent: null, files: { a: '4' } });
        addCommit(world.origin, 'fresh', { message: 'fresh', files: { a: '5' } });
        git(world.origin, ['update-ref', '-d', 'refs/heads/gone']);
        await refresh(repository);
        const { branches } = await repository.mirroredRefs();
        expect([...branches.keys()].sort()).toEqual(['fresh', 'main', 'rewritten']);
        const commits = await repository.readCommits([...branches.values()]);
        expect([...commits.values()].map(({ subject }) => subject).sort()).toEqual(['fresh', 'new', 'second']);
      });

      it('lets a branch become a directory of branches and back', async () => {
        addCommit(world.origin, 'a', { files: { a: '1' } });
        await refresh(repository);
        git(world.origin, ['update-ref', '-d', 'refs/heads/a']);
        const nested = addCommit(world.origin, 'a/b', { files: { a: '2' } });
        await refresh(repository);
        expect((await repository.mirroredRefs()).branches).toEqual(new Map([['a/b', nested]]));
        git(world.origin, ['update-ref', '-d', 'refs/heads/a/b']);
        const flat = addCommit(world.origin, 'a', { files: { a: '3' } });
        await refresh(repository);
        expect((await repository.mirroredRefs()).branches).toEqual(new Map([['a', flat]]));
      });

      it('keeps what it knew for the next process, also while the remote is away', async () => {
        const tip = addCommit(world.origin, 'main', { message: 'kept', files: { a: '1' } });
        await refresh(repository);
        await repository.close();
        await world.server?.close();
        rmSync(world.origin, { recursive: true });
        const later = await world.open();
        expect((await later.mirroredRefs()).branches.get('main')).toBe(tip);
        expect((await later.readCommits([tip])).get(tip)?.subject).toBe('kept');
        await expect(later.listRefs(NEVER)).rejects.toBeInstanceOf(Failure);
      });

      it('says at once that another process writes the mirror, where it is told not to wait', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        const { acquireLock } = await import('../../src/system/lock.ts');
        const lock = await acquireLock(`${world.mirror}.lock`, { purpose: 'test', mode: 'try' }, NEVER);
        const listing = await repository.listRefs(NEVER);
        expect(await repository.sync(listing, { lock: 'try' }, NEVER)).toBe(false);
        expect((await repository.mirroredRefs()).branches.size).toBe(0);
        const waiting = repository.sync(listing, { lock: 'wait' }, NEVER);
        await lock.release();
        expect(await waiting).toBe(true);
        expect(await repository.sync(listing, { lock: 'try' }, NEVER)).toBe(true);
      });
    });

    describe('reading', () => {
      it('gives commits as they are: parents, dates, subjects with trailing blanks, whole messages', async () => {
        const first = addCommit(world.origin, 'main', {
          message: 'Über (1)  \n\nbody\n',
          files: { a: '1' },
          date: '2020-01-02T03:04:05+02:00',
        });
        const second = addCommit(world.origin, 'main', { message: 'second', date: '1999-12-31T23:59:59Z' });
        await refresh(repository);
        const commits = await repository.readCommits([first, second]);
        expect(commits.get(first)).toEqual({
          oid: first,
          tree: git(world.origin, ['rev-parse', `${first}^{tree}`]),
          parents: [],
          subject: 'Über (1)  ',
          message: 'Über (1)  \n\nbody\n',
          authoredAt: Date.parse('2020-01-02T03:04:05+02:00'),
        });
        expect(commits.get(second)?.parents).toEqual([first]);
        expect(commits.get(second)?.authoredAt).toBe(Date.parse('1999-12-31T23:59:59Z'));
      });

      it('reads trees and blobs in batches, and leaves out what is too large', async () => {
        const tip = addCommit(world.origin, 'main', {
          files: {
            'dir/deep/file': 'x',
            'dir/run': { executable: '#!/bin/sh\n' },
            link: { link: 'dir/run' },
            large: 'y'.repeat(5000),
          },
        });
        await refresh(repository);
        const files = await repository.listFiles(tip);
        expect(files.map(({ path, mode }) => `${mode} ${path}`).sort()).toEqual([
          '100644 dir/deep/file',
          '100644 large',
          '100755 dir/run',
          '120000 link',
        ]);
        expect((await repository.listFiles(tip, 'dir')).map(({ path }) => path).sort()).toEqual([
          'dir/deep/file',
          'dir/run',
        ]);
        expect(await repository.listFiles(tip, 'dir/none')).toEqual([]);
        expect(await repository.listFiles(tip, 'link')).toEqual([]);
        expect((await repository.listTree(tip)).map(({ path, mode }) => `${mode} ${path}`)).toEqual([
          '040000 dir',
          '100644 large',
          '120000 link',
        ]);
        const trees = await repository.listTrees([tip, tip]);
        expect(trees.get(tip)?.length).toBe(3);
        const blobs = await repository.readBlobs(
          files.map(({ oid }) => oid),
          4999,
        );
        expect([...blobs.values()].map((body) => Buffer.from(body).toString()).sort()).toEqual([
          '#!/bin/sh\n',
          'dir/run',
          'x',
        ]);
        expect(
          (
            await repository.readBlobs(
              files.map(({ oid }) => oid),
              5000,
            )
          ).size,
        ).toBe(4);
      });

      it('walks first parents lazily through ten thousand commits', async () => {
        addManyCommits(world.origin, 'main', 10_000, (position) => `number ${position}`);
        const listing = await refresh(repository);
        const tip = listing.branches.get('main')!;
        expect((await take(repository.firstParents(tip), 3)).map(({ subject }) => subject)).toEqual([
          'number 10000',
          'number 9999',
          'number 9998',
        ]);
        const all = await take(repository.firstParents(tip), 20_000);
        expect(all.length).toBe(10_000);
        expect(all.at(-1)?.subject).toBe('number 1');
        expect(new Set(all.map(({ oid }) => oid)).size).toBe(10_000);
      });

      it('follows the first parent of a merge only', async () => {
        addCommit(world.origin, 'main', { message: 'root', files: { a: '1' } });
        const side = addCommit(world.origin, 'side', { message: 'side', files: { a: '2' } });
        const main = addCommit(world.origin, 'main', { message: 'mainline' });
        const merge = git(world.origin, ['commit-tree', `${main}^{tree}`, '-p', main, '-p', side, '-m', 'merge']);
        git(world.origin, ['update-ref', 'refs/heads/main', merge]);
        await refresh(repository);
        expect((await take(repository.firstParents(merge), 9)).map(({ subject }) => subject)).toEqual([
          'merge',
          'mainline',
          'root',
        ]);
      });

      it('calls an id that the mirror lacks damage, and goes on with the next question', async () => {
        const tip = addCommit(world.origin, 'main', { files: { a: '1' } });
        await refresh(repository);
        await expect(repository.readCommits(['1'.repeat(40)])).rejects.toMatchObject({ reason: 'mirror-damaged' });
        expect((await repository.readCommits([tip])).size).toBe(1);
      });

      it('never takes an option for an id', async () => {
        await refresh(repository);
        await expect(repository.readCommits(['--batch-all-objects'])).rejects.toBeInstanceOf(Failure);
        await expect(take(repository.firstParents('--all'), 1)).rejects.toBeInstanceOf(Failure);
      });
    });

    describe('pushing', () => {
      it('moves many branches in one push and has them in the mirror at once', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        const branches = Array.from({ length: 150 }, (_, position) => `r/${position}`);
        for (const branch of branches) git(world.origin, ['update-ref', `refs/heads/${branch}`, 'refs/heads/main']);
        await refresh(repository);
        world.server?.forget();
        const results = await recordOn(repository, branches, 'New thing (1)\n');
        expect(new Set(results.values())).toEqual(new Set(['accepted']));
        if (world.server !== null)
          expect(world.server.requests.filter((line) => line === 'POST /origin.git/git-receive-pack').length).toBe(1);
        expect(subjectsOf(world.origin, 'r/149')).toEqual(['New thing (1)', 'A commit']);
        const mirrored = await repository.mirroredRefs();
        for (const branch of branches) expect(mirrored.branches.get(branch)).toBe(tipOf(world.origin, branch));
        expect((await tipCommit(repository, 'r/77')).authoredAt).toBe(1_700_000_000_000);
        git(world.mirror, ['fsck', '--full', '--strict']);
        git(world.origin, ['fsck', '--full', '--strict']);
        expect(world.warnings).toEqual([]);
      });

      it('makes branches with trees and files of their own, and deletes branches', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        addCommit(world.origin, 'old', { files: { a: '2' } });
        const listing = await refresh(repository);
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
        const results = await repository.push(
          [
            { ref: 'refs/heads/new/one', expected: null, next: commit.oid },
            { ref: 'refs/heads/old', expected: listing.branches.get('old')!, next: null },
          ],
          [commit, tree, directory, blob],
          NEVER,
        );
        expect([...results.values()]).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }]);
        expect(git(world.origin, ['show', 'refs/heads/new/one:sub/resource.yaml'])).toBe('schedule: H * * * *');
        expect(tipOf(world.origin, 'old')).toBeNull();
        const { branches } = await repository.mirroredRefs();
        expect([...branches.keys()].sort()).toEqual(['main', 'new/one']);
        expect((await repository.listFiles(commit.oid)).map(({ path }) => path)).toEqual(['sub/resource.yaml']);
      });

      it('deletes alone, without a pack', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        const tip = addCommit(world.origin, 'old', { files: { a: '2' } });
        await refresh(repository);
        const results = await repository.push([{ ref: 'refs/heads/old', expected: tip, next: null }], [], NEVER);
        expect([...results.values()]).toEqual([{ kind: 'accepted' }]);
        expect(tipOf(world.origin, 'old')).toBeNull();
      });

      it('begins an empty repository', async () => {
        await refresh(repository);
        const tree = encodeTree([]);
        const commit = encodeCommit({
          tree: tree.oid,
          parents: [],
          identity: IDENTITY,
          authoredAt: 0,
          message: 'begin\n',
        });
        const update = { ref: 'refs/heads/main', expected: null, next: commit.oid };
        expect([...(await repository.push([update], [commit, tree], NEVER)).values()]).toEqual([{ kind: 'accepted' }]);
        expect((await refresh(repository)).defaultBranch).toBe('main');
        expect((await repository.readCommits([commit.oid])).get(commit.oid)?.subject).toBe('begin');
      });

      it('is told where another writer was faster, and moves nothing of that branch', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        addCommit(world.origin, 'calm', { files: { a: '2' } });
        await refresh(repository);
        addCommit(world.origin, 'main', { message: 'the other writer' });
        const results = await recordOn(repository, ['main', 'calm'], 'mine');
        expect(Object.fromEntries(results)).toEqual({ main: 'stale', calm: 'accepted' });
        expect(subjectsOf(world.origin, 'main')[0]).toBe('the other writer');
        expect(subjectsOf(world.origin, 'calm')[0]).toBe('mine');
        await refresh(repository);
        expect(Object.fromEntries(await recordOn(repository, ['main'], 'mine again'))).toEqual({ main: 'accepted' });
        expect(subjectsOf(world.origin, 'main').slice(0, 2)).toEqual(['mine again', 'the other writer']);
      });

      it('is told where a branch was deleted, made or rewritten meanwhile', async () => {
        for (const branch of ['main', 'deleted', 'rewritten'])
          addCommit(world.origin, branch, { files: { a: branch } });
        await refresh(repository);
        const parent = await tipCommit(repository, 'main');
        git(world.origin, ['update-ref', '-d', 'refs/heads/deleted']);
        addCommit(world.origin, 'rewritten', { parent: null, message: 'rewritten', files: { a: 'x' } });
        addCommit(world.origin, 'made', { files: { a: 'made' } });
        const commit = emptyCommit(parent, 'mine');
        const listing = await repository.mirroredRefs();
        const results = await repository.push(
          [
            { ref: 'refs/heads/deleted', expected: listing.branches.get('deleted')!, next: commit.oid },
            { ref: 'refs/heads/rewritten', expected: listing.branches.get('rewritten')!, next: commit.oid },
            { ref: 'refs/heads/made', expected: null, next: commit.oid },
          ],
          [commit],
          NEVER,
        );
        expect([...results.values()].map(({ kind }) => kind)).toEqual(['stale', 'stale', 'stale']);
        expect(tipOf(world.origin, 'deleted')).toBeNull();
      });

      it('gives a protected branch as refused with what the hook said, and the others as accepted', async () => {
        for (const branch of ['main', 'a', 'b', 'protected']) addCommit(world.origin, branch, { files: { a: branch } });
        installHook(
          world.origin,
          'update',
          'case "$1" in refs/heads/protected) echo "this branch is protected" >&2; exit 1;; esac',
        );
        await refresh(repository);
        const results = await recordOn(repository, ['a', 'protected', 'b'], 'mine');
        expect(Object.fromEntries(results)).toEqual({ a: 'accepted', protected: 'refused', b: 'accepted' });
        expect(subjectsOf(world.origin, 'protected')).toEqual(['A commit']);
        expect((await repository.mirroredRefs()).branches.get('protected')).toBe(tipOf(world.origin, 'protected'));
      });

      it('halves a push that a hook refuses whole, until the refused branch stands alone', async () => {
        const branches = Array.from({ length: 20 }, (_, position) => `r/${position}`);
        for (const branch of branches) addCommit(world.origin, branch, { files: { a: branch } });
        await refresh(repository);
        installHook(
          world.origin,
          'pre-receive',
          'if grep -q refs/heads/r/13; then echo "not r/13, please" >&2; exit 1; fi',
        );
        const results = await recordOn(repository, branches, 'mine');
        const refused = [...results].filter(([, kind]) => kind === 'refused').map(([branch]) => branch);
        expect(refused).toEqual(['r/13']);
        expect([...results.values()].filter((kind) => kind === 'accepted').length).toBe(19);
        for (const branch of branches) expect(subjectsOf(world.origin, branch).length).toBe(branch === 'r/13' ? 1 : 2);
        git(world.mirror, ['fsck', '--full', '--strict']);
        for (const [branch, tip] of (await repository.mirroredRefs()).branches)
          expect(tip).toBe(tipOf(world.origin, branch));
      });

      it('hands on the words of the hook', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        installHook(world.origin, 'pre-receive', 'echo "closed for maintenance" >&2; exit 1');
        await refresh(repository);
        const commit = emptyCommit(await tipCommit(repository, 'main'), 'mine');
        const results = await repository.push(
          [{ ref: 'refs/heads/main', expected: commit.oid && tipOf(world.origin, 'main'), next: commit.oid }],
          [commit],
          NEVER,
        );
        const result = results.get('refs/heads/main');
        expect(result?.kind === 'refused' && result.message).toContain('closed for maintenance');
      });

      it('sends no more refs at once than the remote takes', async () => {
        const branches = Array.from({ length: 7 }, (_, position) => `r/${position}`);
        for (const branch of branches) addCommit(world.origin, branch, { files: { a: branch } });
        installHook(world.origin, 'post-receive', `wc -l >> '${world.path}/pushes'`);
        const careful = await world.open({ maxPushRefs: 3 });
        await refresh(careful);
        const results = await recordOn(careful, branches, 'mine');
        expect(new Set(results.values())).toEqual(new Set(['accepted']));
        expect(readFileSync(join(world.path, 'pushes'), 'utf8').split('\n').map(Number).slice(0, -1)).toEqual([
          3, 3, 1,
        ]);
        git(world.mirror, ['fsck', '--full', '--strict']);
      });

      it('lets exactly one of two repositories record a change of the same branch', async () => {
        addCommit(world.origin, 'main', { files: { a: '1' } });
        const other = await world.open({ directory: join(world.path, 'second', 'mirror.git') });
        await Promise.all([refresh(repository), refresh(other)]);
        const results = await Promise.all([recordOn(repository, ['main'], 'one'), recordOn(other, ['main'], 'two')]);
        expect(results.map((result) => result.get('main')).sort()).toEqual(['accepted', 'stale']);
        expect(subjectsOf(world.origin, 'main').length).toBe(2);
      });
    });

    describe('damage', () => {
      async function damaged(harm: () => void) {
        addCommit(world.origin, 'main', { message: 'first', files: { a: '1' } });
        for (let position = 0; position < 5; position++)
          addCommit(world.origin, 'main', { message: `number ${position}` });
        const before = await refresh(repository);
        await repository.close();
        harm();
        const later = await world.open();
        return { later, tip: before.branches.get('main')! };
      }

      async function expectWhole(later: Repository, tip: string) {
        expect((await take(later.firstParents(tip), 9)).map(({ subject }) => subject).at(-1)).toBe('first');
        expect((await later.listFiles(tip)).map(({ path }) => path)).toEqual(['a']);
        git(world.mirror, ['fsck', '--full', '--strict']);
        expect(world.warnings.join('\n')).toContain('fetched anew');
      }

      it('of a pack that was cut off is repaired from the remote, and told', async () => {
        const { later, tip } = await damaged(() => {
          const pack = onlyPack(world.mirror);
          truncateSync(pack, statSync(pack).size - 30);
        });
        await refresh(later);
        await expectWhole(later, tip);
      });

      it('of a pack whose middle was overwritten is found while reading, and repaired by the next sync', async () => {
        const { later, tip } = await damaged(() => {
          const pack = onlyPack(world.mirror);
          const bytes = readFileSync(pack);
          bytes.fill(0xff, 12, bytes.length - 20);
          rmSync(pack);
          writeFileSync(pack, bytes);
        });
        await refresh(later);
        await expect(take(later.firstParents(tip), 9)).rejects.toMatchObject({ reason: 'mirror-damaged' });
        await refresh(later);
        await expectWhole(later, tip);
      });

      it('of an object that is missing is found while reading, and repaired by the next process too', async () => {
        const { later, tip } = await damaged(() => {
          const pack = readFileSync(onlyPack(world.mirror));
          rmSync(join(world.mirror, 'objects', 'pack'), { recursive: true });
          git(world.mirror, ['unpack-objects', '-q'], pack);
          const tree = git(world.origin, ['rev-parse', 'main^{tree}']);
          rmSync(join(world.mirror, 'objects', tree.slice(0, 2), tree.slice(2)));
        });
        await refresh(later);
        await expect(later.listTree(tip)).rejects.toMatchObject({ reason: 'mirror-damaged' });
        await later.close();
        const next = await world.open();
        await refresh(next);
        await expectWhole(next, tip);
      });

      it.each([
        ['overwritten', (file: string) => writeFileSync(file, 'this is not a list of refs\n')],
        ['cut off', (file: string) => truncateSync(file, 40)],
      ])('of refs that were %s is repaired from the remote', async (_what, harm) => {
        const { later, tip } = await damaged(() => harm(join(world.mirror, 'packed-refs')));
        await expect(later.mirroredRefs()).rejects.toMatchObject({ reason: 'mirror-damaged' });
        await refresh(later);
        await expectWhole(later, tip);
      });

      it('of all objects, or of HEAD, is repaired from the remote', async () => {
        const { later, tip } = await damaged(() => rmSync(join(world.mirror, 'objects', 'pack'), { recursive: true }));
        await refresh(later);
        await expectWhole(later, tip);
        await later.close();
        rmSync(join(world.mirror, 'HEAD'));
        const last = await world.open();
        await refresh(last);
        await expectWhole(last, tip);
      });
    });

    describe('a mirror that git works on', () => {
      it.each([
        ['gc', ['gc', '--quiet', '--prune=now']],
        ['repack', ['repack', '-a', '-d', '-q']],
        ['pack-refs', ['pack-refs', '--all']],
      ])('stays usable through %s between operations', async (_name, command) => {
        addCommit(world.origin, 'main', { message: 'first', files: { a: '1' } });
        await refresh(repository);
        for (let round = 0; round < 3; round++) {
          expect(Object.fromEntries(await recordOn(repository, ['main'], `round ${round}`))).toEqual({
            main: 'accepted',
          });
          git(world.mirror, command);
          addCommit(world.origin, 'main', { message: `foreign ${round}` });
          await refresh(repository);
          git(world.mirror, command);
          const tip = (await repository.mirroredRefs()).branches.get('main')!;
          expect((await take(repository.firstParents(tip), 99)).length).toBe(3 + round * 2);
        }
        expect(world.warnings).toEqual([]);
      });

      it('lets the packed value win over a loose ref that somebody made', async () => {
        const first = addCommit(world.origin, 'main', { files: { a: '1' } });
        await refresh(repository);
        git(world.mirror, ['update-ref', 'refs/heads/main', first]);
        git(world.mirror, ['update-ref', 'refs/heads/stray', first]);
        const second = addCommit(world.origin, 'main', { message: 'second' });
        await refresh(repository);
        expect((await repository.mirroredRefs()).branches).toEqual(new Map([['main', second]]));
        expect(git(world.mirror, ['for-each-ref', '--format=%(refname) %(objectname)'])).toBe(
          `refs/heads/main ${second}`,
        );
      });
    });

    describe('checkout', () => {
      it('writes files, links and modes, changes only what differs, and leaves untracked files alone', async () => {
        const first = addCommit(world.origin, 'main', {
          files: {
            keep: 'same',
            'dir/change': 'old',
            'gone/deep/file': 'x',
            run: { executable: '#!/bin/sh\n' },
            link: { link: 'keep' },
          },
        });
        const second = addCommit(world.origin, 'main', {
          files: {
            keep: 'same',
            'dir/change': 'new',
            run: 'plain now',
            link: { link: 'dir/change' },
            gone: 'a file now',
          },
        });
        await refresh(repository);
        const target = join(world.path, 'work');
        await repository.checkout(first, target);
        expect(readFileSync(join(target, 'link'), 'utf8')).toBe('same');
        expect(statSync(join(target, 'run')).mode & 0o111).not.toBe(0);
        writeFileSync(join(target, 'untracked'), 'mine');
        writeFileSync(join(target, 'dir', 'untracked'), 'mine too');
        const kept = statSync(join(target, 'keep')).ino;
        await repository.checkout(second, target);
        expect(readdirSync(target).sort()).toEqual(['dir', 'gone', 'keep', 'link', 'run', 'untracked']);
        expect(statSync(join(target, 'keep')).ino).toBe(kept);
        expect(statSync(join(target, 'run')).mode & 0o111).toBe(0);
        expect(readFileSync(join(target, 'link'), 'utf8')).toBe('new');
        expect(readFileSync(join(target, 'gone'), 'utf8')).toBe('a file now');
        expect(readFileSync(join(target, 'dir', 'untracked'), 'utf8')).toBe('mine too');
      });
    });
  });
}
