// What every Repository does alike: a mirror that is damaged or that git works on, and checkouts.
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/repository.ts';
import { addCommit, git } from '../support/git-origin.ts';
import { recordOn, take } from '../support/git-record.ts';
import { refresh, type Situation } from '../support/git-world.ts';

export function describeMirror(now: Situation): void {
  describe('damage', () => {
    async function damaged(harm: () => void) {
      addCommit(now.world.origin, 'main', { message: 'first', files: { a: '1' } });
      for (let position = 0; position < 5; position++)
        addCommit(now.world.origin, 'main', { message: `number ${position}` });
      const before = await refresh(now.repository);
      await now.repository.close();
      harm();
      const later = await now.world.open();
      return { later, tip: before.branches.get('main')! };
    }

    async function expectWhole(later: Repository, tip: string) {
      expect((await take(later.firstParents(tip), 9)).map(({ subject }) => subject).at(-1)).toBe('first');
      expect((await later.listFiles(tip)).map(({ path }) => path)).toEqual(['a']);
      git(now.world.mirror, ['fsck', '--full', '--strict']);
      expect(now.world.warnings.join('\n')).toContain('fetched anew');
    }

    it('of a pack that was cut off is repaired from the remote, and told', async () => {
      const { later, tip } = await damaged(() => {
        const pack = onlyPack(now.world.mirror);
        truncateSync(pack, statSync(pack).size - 30);
      });
      await refresh(later);
      await expectWhole(later, tip);
    });

    it('of a pack whose middle was overwritten is found while reading, and repaired by the next sync', async () => {
      const { later, tip } = await damaged(() => {
        const pack = onlyPack(now.world.mirror);
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
        const pack = readFileSync(onlyPack(now.world.mirror));
        rmSync(join(now.world.mirror, 'objects', 'pack'), { recursive: true });
        git(now.world.mirror, ['unpack-objects', '-q'], pack);
        const tree = git(now.world.origin, ['rev-parse', 'main^{tree}']);
        rmSync(join(now.world.mirror, 'objects', tree.slice(0, 2), tree.slice(2)));
      });
      await refresh(later);
      await expect(later.listTree(tip)).rejects.toMatchObject({ reason: 'mirror-damaged' });
      await later.close();
      const next = await now.world.open();
      await refresh(next);
      await expectWhole(next, tip);
    });

    it.each([
      ['overwritten', (file: string) => writeFileSync(file, 'this is not a list of refs\n')],
      ['cut off', (file: string) => truncateSync(file, 40)],
    ])('of refs that were %s is repaired from the remote', async (_what, harm) => {
      const { later, tip } = await damaged(() => harm(join(now.world.mirror, 'packed-refs')));
      await expect(later.mirroredRefs()).rejects.toMatchObject({ reason: 'mirror-damaged' });
      await refresh(later);
      await expectWhole(later, tip);
    });

    it('of all objects, or of HEAD, is repaired from the remote', async () => {
      const { later, tip } = await damaged(() =>
        rmSync(join(now.world.mirror, 'objects', 'pack'), { recursive: true }),
      );
      await refresh(later);
      await expectWhole(later, tip);
      await later.close();
      rmSync(join(now.world.mirror, 'HEAD'));
      const last = await now.world.open();
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
      addCommit(now.world.origin, 'main', { message: 'first', files: { a: '1' } });
      await refresh(now.repository);
      for (let round = 0; round < 3; round++) {
        expect(Object.fromEntries(await recordOn(now.repository, ['main'], `round ${round}`))).toEqual({
          main: 'accepted',
        });
        git(now.world.mirror, command);
        addCommit(now.world.origin, 'main', { message: `foreign ${round}` });
        await refresh(now.repository);
        git(now.world.mirror, command);
        const tip = (await now.repository.mirroredRefs()).branches.get('main')!;
        expect((await take(now.repository.firstParents(tip), 99)).length).toBe(3 + round * 2);
      }
      expect(now.world.warnings).toEqual([]);
    });

    it('lets the packed value win over a loose ref that somebody made', async () => {
      const first = addCommit(now.world.origin, 'main', { files: { a: '1' } });
      await refresh(now.repository);
      git(now.world.mirror, ['update-ref', 'refs/heads/main', first]);
      git(now.world.mirror, ['update-ref', 'refs/heads/stray', first]);
      const second = addCommit(now.world.origin, 'main', { message: 'second' });
      await refresh(now.repository);
      expect((await now.repository.mirroredRefs()).branches).toEqual(new Map([['main', second]]));
      expect(git(now.world.mirror, ['for-each-ref', '--format=%(refname) %(objectname)'])).toBe(
        `refs/heads/main ${second}`,
      );
    });
  });

  describe('checkout', () => {
    it('writes files, links and modes, changes only what differs, and leaves untracked files alone', async () => {
      const first = addCommit(now.world.origin, 'main', {
        files: {
          keep: 'same',
          'dir/change': 'old',
          'gone/deep/file': 'x',
          run: { executable: '#!/bin/sh\n' },
          link: { link: 'keep' },
        },
      });
      const second = addCommit(now.world.origin, 'main', {
        files: {
          keep: 'same',
          'dir/change': 'new',
          run: 'plain now',
          link: { link: 'dir/change' },
          gone: 'a file now',
        },
      });
      await refresh(now.repository);
      const target = join(now.world.path, 'work');
      await now.repository.checkout(first, target);
      expect(readFileSync(join(target, 'link'), 'utf8')).toBe('same');
      expect(statSync(join(target, 'run')).mode & 0o111).not.toBe(0);
      writeFileSync(join(target, 'untracked'), 'mine');
      writeFileSync(join(target, 'dir', 'untracked'), 'mine too');
      const kept = statSync(join(target, 'keep')).ino;
      await now.repository.checkout(second, target);
      expect(readdirSync(target).sort()).toEqual(['dir', 'gone', 'keep', 'link', 'run', 'untracked']);
      expect(statSync(join(target, 'keep')).ino).toBe(kept);
      expect(statSync(join(target, 'run')).mode & 0o111).toBe(0);
      expect(readFileSync(join(target, 'link'), 'utf8')).toBe('new');
      expect(readFileSync(join(target, 'gone'), 'utf8')).toBe('a file now');
      expect(readFileSync(join(target, 'dir', 'untracked'), 'utf8')).toBe('mine too');
    });
  });
}

function onlyPack(mirror: string): string {
  const packs = join(mirror, 'objects', 'pack');
  return join(packs, readdirSync(packs).find((name) => name.endsWith('.pack'))!);
}
