// A process that ends at any step of writing the mirror or a checkout, and a disk that is full at any step: the next process
// finds everything usable, what the remote took is known, and nothing is left that stays wrong.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/repository.ts';
import { type Disk, systemDisk } from '../../src/system/disk.ts';
import { addCommit, GIT_ENV, git, subjectsOf, tipOf, treeOfLines } from '../support/git-origin.ts';
import { recordOn } from '../support/git-record.ts';
import { type GitWorld, makeWorld, refresh } from '../support/git-world.ts';

const WRITES = new Set(['link', 'mkdir', 'rename', 'rm', 'rmdir', 'symlink', 'unlink', 'writeFile']);

/** A disk whose writes fail from the given step on: for good, as for a process that was killed, or once, as a full disk. */
function failingDisk(step: number, how: 'dead' | 'full'): { readonly disk: Disk; readonly reached: () => boolean } {
  let writes = 0;
  const entries = Object.entries(systemDisk).map(([name, act]) => {
    if (!WRITES.has(name) || typeof act !== 'function') return [name, act];
    const guarded = async (...args: unknown[]) => {
      writes += 1;
      if (how === 'dead' ? writes >= step : writes === step && name !== 'rm')
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return (act as (...all: unknown[]) => unknown)(...args);
    };
    return [name, guarded];
  });
  return { disk: Object.fromEntries(entries) as Disk, reached: () => writes >= step };
}

let world: GitWorld;
afterEach(() => world.close());

async function record(repository: Repository, message: string) {
  return (await recordOn(repository, ['main'], message)).get('main');
}

/** Everything that a round does to the mirror. */
async function round(repository: Repository, message: string): Promise<void> {
  await refresh(repository);
  await record(repository, message);
}

describe.each(['git', 'isomorphic-git'] as const)('the mirror of %s', (engine) => {
  it('works after a process ended at any step of a round, and no change is lost or doubled', async () => {
    world = await makeWorld({ engine, remote: 'http' });
    addCommit(world.origin, 'main', { message: 'first', files: { a: '1' } });
    for (let step = 1; ; step++) {
      const { disk, reached } = failingDisk(step, 'dead');
      const before = subjectsOf(world.origin, 'main').length;
      addCommit(world.origin, 'main', { message: `foreign ${step}` });
      await world
        .open({ disk })
        .then((repository) => round(repository, `killed ${step}`))
        .catch(() => {});
      const next = await world.open();
      await round(next, `after ${step}`);
      const subjects = subjectsOf(world.origin, 'main');
      expect(subjects[0]).toBe(`after ${step}`);
      expect(new Set(subjects).size).toBe(subjects.length);
      expect(subjects.length - before).toBe(subjects.includes(`killed ${step}`) ? 3 : 2);
      expect((await next.mirroredRefs()).branches.get('main')).toBe(tipOf(world.origin, 'main'));
      git(world.mirror, ['fsck', '--full']);
      await next.close();
      if (!reached()) break;
      // The first steps make the mirror: begin without one each time for as long as they are what fails.
      if (step < 8) rmSync(join(world.path, 'state'), { recursive: true, force: true });
    }
  });

  it('that cannot be written for want of space loses nothing of what the remote took', async () => {
    world = await makeWorld({ engine, remote: 'http' });
    addCommit(world.origin, 'main', { message: 'first', files: { a: '1' } });
    await refresh(await world.open());
    for (let step = 1; ; step++) {
      const { disk, reached } = failingDisk(step, 'full');
      const repository = await world.open({ disk });
      const kind = await record(repository, `full ${step}`);
      expect(kind).toBe('accepted');
      if (!reached()) break;
      expect(world.warnings.join('\n')).toContain('free some space');
      await refresh(repository);
      expect((await repository.mirroredRefs()).branches.get('main')).toBe(tipOf(world.origin, 'main'));
      git(world.mirror, ['fsck', '--full']);
      await repository.close();
    }
  });
});

describe('a disk that is full while fetching', () => {
  it('is told in words that say what to do, and the mirror works once there is space', async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    addCommit(world.origin, 'main', { files: { large: randomBytes(400_000).toString('hex') } });
    // git with a limit to the size of files stands in for a disk with little space left.
    const bin = join(world.path, 'bin');
    mkdirSync(bin);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(join(bin, 'git'), `#!/bin/sh\ntrap "" XFSZ\nulimit -f 100\nexec ${real} "$@"\n`, { mode: 0o755 });
    const limited = await world.open({ env: { ...GIT_ENV, PATH: `${bin}:${GIT_ENV.PATH}` } });
    await expect(refresh(limited)).rejects.toMatchObject({ message: expect.stringContaining('free some space') });
    expect(world.warnings).toEqual([]);
    const repository = await world.open();
    const { branches } = await refresh(repository);
    expect((await repository.listFiles(branches.get('main') ?? '')).map(({ path }) => path)).toEqual(['large']);
  });
});

describe('a checkout', () => {
  let repository: Repository;
  let target: string;
  beforeEach(async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    repository = await world.open();
    target = join(world.path, 'work', 'tree');
  });

  it('that was interrupted at any step is completed by the next one', async () => {
    const first = addCommit(world.origin, 'main', { files: { a: '1', 'b/c': '2', gone: 'x', 'd/e': 'y' } });
    const second = addCommit(world.origin, 'main', {
      files: { a: '9', 'b/c': '2', 'gone/now': 'dir', d: { link: 'a' } },
    });
    await refresh(repository);
    for (let step = 1; ; step++) {
      rmSync(join(world.path, 'work'), { recursive: true, force: true });
      await repository.checkout(first, target);
      const { disk, reached } = failingDisk(step, 'dead');
      const dying = await world.open({ disk });
      await dying.checkout(second, target).catch(() => {});
      await repository.checkout(second, target);
      const found = ['a', 'b/c', 'gone/now', 'd'].map((path) => readFileSync(join(target, path), 'utf8'));
      expect(found).toEqual(['9', '2', 'dir', '9']);
      if (!reached()) break;
    }
  });

  it.each([
    ['..', '../evil'],
    ['.git', '.git/config'],
    ['.GIT in capitals', 'sub/.GiT/config'],
    ["Windows' short name of .git", 'GIT~1/config'],
  ])('refuses a commit with %s, and writes nothing of it', async (_what, path) => {
    const blob = git(world.origin, ['hash-object', '-w', '--stdin'], 'evil');
    const segments = path.split('/');
    let tree = '';
    let entry = `100644 blob ${blob}\t${segments.pop()}\n`;
    for (;;) {
      tree = hashTree(entry);
      const name = segments.pop();
      if (name === undefined) break;
      entry = `040000 tree ${tree}\t${name}\n`;
    }
    const commit = git(world.origin, ['commit-tree', tree, '-m', 'evil']);
    git(world.origin, ['update-ref', 'refs/heads/main', commit]);
    await refresh(repository);
    await expect(repository.checkout(commit, target)).rejects.toMatchObject({ reason: 'refused' });
    expect(existsSync(target)).toBe(false);
    expect(existsSync(join(world.path, 'work', 'evil'))).toBe(false);
  });

  it('never writes through a link that stands where a directory should be', async () => {
    const commit = addCommit(world.origin, 'main', { files: { 'dir/file': 'inside' } });
    await refresh(repository);
    const outside = join(world.path, 'outside');
    mkdirSync(outside);
    mkdirSync(target, { recursive: true });
    symlinkSync(outside, join(target, 'dir'));
    await expect(repository.checkout(commit, target)).rejects.toMatchObject({ reason: 'refused' });
    expect(existsSync(join(outside, 'file'))).toBe(false);
  });

  it('replaces a link that stands where a file should be, and does not touch what it points to', async () => {
    const first = addCommit(world.origin, 'main', { files: { file: 'one' } });
    const second = addCommit(world.origin, 'main', { files: { file: 'two' } });
    await refresh(repository);
    await repository.checkout(first, target);
    writeFileSync(join(world.path, 'precious'), 'precious');
    rmSync(join(target, 'file'));
    symlinkSync(join(world.path, 'precious'), join(target, 'file'));
    await repository.checkout(second, target);
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('two');
    expect(readFileSync(join(world.path, 'precious'), 'utf8')).toBe('precious');
  });

  it('does not remove untracked files to make room', async () => {
    const commit = addCommit(world.origin, 'main', { files: { name: 'a file' } });
    await refresh(repository);
    mkdirSync(join(target, 'name'), { recursive: true });
    writeFileSync(join(target, 'name', 'mine'), 'mine');
    await expect(repository.checkout(commit, target)).rejects.toMatchObject({ reason: 'refused' });
    expect(readFileSync(join(target, 'name', 'mine'), 'utf8')).toBe('mine');
  });

  it('keeps submodules as empty directories', async () => {
    const main = addCommit(world.origin, 'main', { files: { a: '1' } });
    const tree = treeOfLines(world.origin, [`160000 ${main}\tmodule`]);
    const commit = git(world.origin, ['commit-tree', tree, '-m', 'module']);
    git(world.origin, ['update-ref', 'refs/heads/main', commit]);
    await refresh(repository);
    await repository.checkout(commit, target);
    await repository.checkout(commit, target);
    expect(existsSync(join(target, 'module'))).toBe(true);
  });

  /** `git mktree` refuses such names: the bytes are written as they are. */
  function hashTree(line: string): string {
    const [meta = '', name = ''] = line.trimEnd().split('\t');
    const [mode = '', , oid = ''] = meta.split(' ');
    const body = Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(oid, 'hex')]);
    return git(world.origin, ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], body);
  }
});
