// What every Repository does alike: listing, mirroring and reading.
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { acquireLock } from '../../src/system/lock.ts';
import { addCommit, addManyCommits, git } from '../support/git-origin.ts';
import { take } from '../support/git-record.ts';
import { NEVER, refresh, type Situation } from '../support/git-world.ts';

export function describeReading(now: Situation): void {
  describe('listing and mirroring', () => {
    it('lists an empty repository as one without branches', async () => {
      const listing = await refresh(now.repository);
      expect(listing.branches.size).toBe(0);
      expect(listing.defaultBranch).toBeNull();
      expect((await now.repository.mirroredRefs()).branches.size).toBe(0);
    });

    it('knows branches, the default branch and its own refs, and no tags', async () => {
      const main = addCommit(now.world.origin, 'main', { files: { a: '1' } });
      const other = addCommit(now.world.origin, 'watch/täst-ü', { files: { b: '2' } });
      git(now.world.origin, ['tag', '-m', 'a tag', 'v1', main]);
      git(now.world.origin, ['update-ref', 'refs/notes/spread-cron', other]);
      git(now.world.origin, ['update-ref', 'refs/notes/commits', other]);
      git(now.world.origin, ['update-ref', 'refs/spread-cron/claims/x', main]);
      const listing = await refresh(now.repository);
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
      expect(await now.repository.mirroredRefs()).toEqual(expected);
    });

    it('says that there is no default branch where HEAD points nowhere', async () => {
      addCommit(now.world.origin, 'elsewhere', { files: { a: '1' } });
      const listing = await refresh(now.repository);
      expect(listing.defaultBranch).toBeNull();
      expect((await now.repository.mirroredRefs()).defaultBranch).toBeNull();
      git(now.world.origin, ['symbolic-ref', 'HEAD', 'refs/heads/elsewhere']);
      await refresh(now.repository);
      expect((await now.repository.mirroredRefs()).defaultBranch).toBe('elsewhere');
    });

    it('follows new, moved, force-pushed and deleted branches', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      addCommit(now.world.origin, 'rewritten', { message: 'old', files: { a: '2' } });
      addCommit(now.world.origin, 'gone', { files: { a: '3' } });
      await refresh(now.repository);
      addCommit(now.world.origin, 'main', { message: 'second' });
      addCommit(now.world.origin, 'rewritten', { message: 'new', parent: null, files: { a: '4' } });
      addCommit(now.world.origin, 'fresh', { message: 'fresh', files: { a: '5' } });
      git(now.world.origin, ['update-ref', '-d', 'refs/heads/gone']);
      await refresh(now.repository);
      const { branches } = await now.repository.mirroredRefs();
      expect([...branches.keys()].sort()).toEqual(['fresh', 'main', 'rewritten']);
      const commits = await now.repository.readCommits([...branches.values()]);
      expect([...commits.values()].map(({ subject }) => subject).sort()).toEqual(['fresh', 'new', 'second']);
    });

    it('lets a branch become a directory of branches and back', async () => {
      addCommit(now.world.origin, 'a', { files: { a: '1' } });
      await refresh(now.repository);
      git(now.world.origin, ['update-ref', '-d', 'refs/heads/a']);
      const nested = addCommit(now.world.origin, 'a/b', { files: { a: '2' } });
      await refresh(now.repository);
      expect((await now.repository.mirroredRefs()).branches).toEqual(new Map([['a/b', nested]]));
      git(now.world.origin, ['update-ref', '-d', 'refs/heads/a/b']);
      const flat = addCommit(now.world.origin, 'a', { files: { a: '3' } });
      await refresh(now.repository);
      expect((await now.repository.mirroredRefs()).branches).toEqual(new Map([['a', flat]]));
    });

    it('keeps what it knew for the next process, also while the remote is away', async () => {
      const tip = addCommit(now.world.origin, 'main', { message: 'kept', files: { a: '1' } });
      await refresh(now.repository);
      await now.repository.close();
      await now.world.server?.close();
      rmSync(now.world.origin, { recursive: true });
      const later = await now.world.open();
      expect((await later.mirroredRefs()).branches.get('main')).toBe(tip);
      expect((await later.readCommits([tip])).get(tip)?.subject).toBe('kept');
      await expect(later.listRefs(NEVER)).rejects.toBeInstanceOf(Failure);
    });

    it('says at once that another process writes the mirror, where it is told not to wait', async () => {
      addCommit(now.world.origin, 'main', { files: { a: '1' } });
      const lock = await acquireLock(`${now.world.mirror}.lock`, { purpose: 'test', mode: 'try' }, NEVER);
      const listing = await now.repository.listRefs(NEVER);
      expect(await now.repository.sync(listing, { lock: 'try' }, NEVER)).toBe(false);
      expect((await now.repository.mirroredRefs()).branches.size).toBe(0);
      const waiting = now.repository.sync(listing, { lock: 'wait' }, NEVER);
      await lock.release();
      expect(await waiting).toBe(true);
      expect(await now.repository.sync(listing, { lock: 'try' }, NEVER)).toBe(true);
    });
  });

  describe('reading', () => {
    it('gives commits as they are: parents, dates, subjects with trailing blanks, whole messages', async () => {
      const first = addCommit(now.world.origin, 'main', {
        message: 'Über (1)  \n\nbody\n',
        files: { a: '1' },
        date: '2020-01-02T03:04:05+02:00',
      });
      const second = addCommit(now.world.origin, 'main', { message: 'second', date: '1999-12-31T23:59:59Z' });
      await refresh(now.repository);
      const commits = await now.repository.readCommits([first, second]);
      expect(commits.get(first)).toEqual({
        oid: first,
        tree: git(now.world.origin, ['rev-parse', `${first}^{tree}`]),
        parents: [],
        subject: 'Über (1)  ',
        message: 'Über (1)  \n\nbody\n',
        authoredAt: Date.parse('2020-01-02T03:04:05+02:00'),
      });
      expect(commits.get(second)?.parents).toEqual([first]);
      expect(commits.get(second)?.authoredAt).toBe(Date.parse('1999-12-31T23:59:59Z'));
    });

    it('reads trees and blobs in batches, and leaves out what is too large', async () => {
      const tip = addCommit(now.world.origin, 'main', {
        files: {
          'dir/deep/file': 'x',
          'dir/run': { executable: '#!/bin/sh\n' },
          link: { link: 'dir/run' },
          large: 'y'.repeat(5000),
        },
      });
      await refresh(now.repository);
      const files = await now.repository.listFiles(tip);
      expect(files.map(({ path, mode }) => `${mode} ${path}`).sort()).toEqual([
        '100644 dir/deep/file',
        '100644 large',
        '100755 dir/run',
        '120000 link',
      ]);
      expect((await now.repository.listFiles(tip, 'dir')).map(({ path }) => path).sort()).toEqual([
        'dir/deep/file',
        'dir/run',
      ]);
      expect(await now.repository.listFiles(tip, 'dir/none')).toEqual([]);
      expect(await now.repository.listFiles(tip, 'link')).toEqual([]);
      expect((await now.repository.listTree(tip)).map(({ path, mode }) => `${mode} ${path}`)).toEqual([
        '040000 dir',
        '100644 large',
        '120000 link',
      ]);
      const trees = await now.repository.listTrees([tip, tip]);
      expect(trees.get(tip)?.length).toBe(3);
      const blobs = await now.repository.readBlobs(
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
          await now.repository.readBlobs(
            files.map(({ oid }) => oid),
            5000,
          )
        ).size,
      ).toBe(4);
    });

    it('walks first parents lazily through ten thousand commits', async () => {
      addManyCommits(now.world.origin, 'main', 10_000, (position) => `number ${position}`);
      const listing = await refresh(now.repository);
      const tip = listing.branches.get('main')!;
      expect((await take(now.repository.firstParents(tip), 3)).map(({ subject }) => subject)).toEqual([
        'number 10000',
        'number 9999',
        'number 9998',
      ]);
      const all = await take(now.repository.firstParents(tip), 20_000);
      expect(all.length).toBe(10_000);
      expect(all.at(-1)?.subject).toBe('number 1');
      expect(new Set(all.map(({ oid }) => oid)).size).toBe(10_000);
    });

    it('follows the first parent of a merge only', async () => {
      addCommit(now.world.origin, 'main', { message: 'root', files: { a: '1' } });
      const side = addCommit(now.world.origin, 'side', { message: 'side', files: { a: '2' } });
      const main = addCommit(now.world.origin, 'main', { message: 'mainline' });
      const merge = git(now.world.origin, ['commit-tree', `${main}^{tree}`, '-p', main, '-p', side, '-m', 'merge']);
      git(now.world.origin, ['update-ref', 'refs/heads/main', merge]);
      await refresh(now.repository);
      expect((await take(now.repository.firstParents(merge), 9)).map(({ subject }) => subject)).toEqual([
        'merge',
        'mainline',
        'root',
      ]);
    });

    it('calls an id that the mirror lacks damage, and goes on with the next question', async () => {
      const tip = addCommit(now.world.origin, 'main', { files: { a: '1' } });
      await refresh(now.repository);
      await expect(now.repository.readCommits(['1'.repeat(40)])).rejects.toMatchObject({ reason: 'mirror-damaged' });
      expect((await now.repository.readCommits([tip])).size).toBe(1);
    });

    it('never takes an option for an id', async () => {
      await refresh(now.repository);
      await expect(now.repository.readCommits(['--batch-all-objects'])).rejects.toBeInstanceOf(Failure);
      await expect(take(now.repository.firstParents('--all'), 1)).rejects.toBeInstanceOf(Failure);
    });
  });
}
