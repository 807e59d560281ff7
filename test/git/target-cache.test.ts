// Every way to clone a target: what is in `target/` is a repository of its own, as `git clone` would have made it.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitCommand } from '../../src/git/git-command.ts';
import { createProcesses } from '../../src/system/process/processes.ts';
import { failureOf } from '../support/failures.ts';
import { addCommit, GIT_ENV, git, makeOrigin, treeOfLines } from '../support/git-origin.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { makeTargetWorld, storesIn, type TargetWorld, WHOLE_TARGET } from '../support/target-world.ts';

const NEVER = new AbortController().signal;
let world: TargetWorld;
beforeEach(async () => {
  world = await makeTargetWorld();
});
afterEach(() => world.close());

const head = (directory: string) => git(directory, ['rev-parse', 'HEAD']);
/** For what talks to the server of this process. */
const gitAsync = async (directory: string, args: readonly string[]) =>
  (await promisify(execFile)('git', args, { cwd: directory, env: GIT_ENV })).stdout.trimEnd();
const isClean = (directory: string) => git(directory, ['status', '--porcelain']) === '';

/** The repository is whole without the cache. */
function expectIndependent(directory: string): void {
  rmSync(world.caches, { recursive: true });
  expect(existsSync(join(directory, '.git/objects/info/alternates'))).toBe(false);
  git(directory, ['fsck', '--full', '--strict']);
  expect(isClean(directory)).toBe(true);
}

describe('a whole clone', () => {
  it('is the tip of the default branch, with its history, its tags and the other branches', async () => {
    const target = await world.checkout();
    expect(head(target)).toBe(world.commits[2]);
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('three');
    expect(lstatSync(join(target, 'link')).isSymbolicLink()).toBe(true);
    expect(statSync(join(target, 'run')).mode & 0o111).not.toBe(0);
    expect(git(target, ['status', '--short', '--branch'])).toBe('## main...origin/main');
    expect(git(target, ['log', '--format=%s'])).toBe('third\nsecond\nfirst');
    expect(git(target, ['describe'])).toMatch(/^v1-1-g/);
    expect(git(target, ['remote', 'get-url', 'origin'])).toBe(world.url);
    expect(git(target, ['branch', '-r', '--format=%(refname)'])).toBe(
      'refs/remotes/origin/HEAD\nrefs/remotes/origin/feature/x\nrefs/remotes/origin/main',
    );
    expectIndependent(target);
  });

  it('can be fetched into, committed to and moved to another branch, as any clone', async () => {
    const target = await world.checkout();
    addCommit(world.origin, 'main', { message: 'fourth' });
    await gitAsync(target, ['pull', '--quiet', '--ff-only']);
    expect(git(target, ['log', '-1', '--format=%s'])).toBe('fourth');
    git(target, ['checkout', '--quiet', 'feature/x']);
    expect(head(target)).toBe(world.commits[3]);
    git(target, ['commit', '--quiet', '--allow-empty', '-m', 'mine']);
  });

  it('takes from the cache what it has: without news nothing is fetched', async () => {
    await world.checkout();
    world.server.forget();
    const target = await world.checkout();
    expect(head(target)).toBe(world.commits[2]);
    expect(world.server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('follows what is new, what was rewritten and what was removed', async () => {
    await world.checkout();
    git(world.origin, ['update-ref', '-d', 'refs/heads/feature/x']);
    addCommit(world.origin, 'feature', { parent: world.commits[0] });
    const rewritten = addCommit(world.origin, 'main', { message: 'other third', parent: world.commits[1] });
    const target = await world.checkout();
    expect(head(target)).toBe(rewritten);
    expect(git(target, ['branch', '-r', '--format=%(refname:lstrip=3)'])).toBe('HEAD\nfeature\nmain');
  });

  it.each(['path', 'file address'])('of a %s keeps that as its origin', async (kind) => {
    const repository = kind === 'path' ? world.origin : `file://${world.origin}`;
    const target = await world.checkout({ repository });
    expect(git(target, ['remote', 'get-url', 'origin'])).toBe(repository);
    expect(head(target)).toBe(world.commits[2]);
    expectIndependent(target);
  });

  it('shares no file with the cache where runs are kept apart', async () => {
    const target = await world.checkout({}, world.cache({ links: 'copied' }));
    git(target, ['fsck', '--full']);
    const packs = join(target, '.git/objects/pack');
    expect(readdirSync(packs).map((name) => statSync(join(packs, name)).nlink)).toEqual(
      readdirSync(packs).map(() => 1),
    );
  });
});

describe('a ref', () => {
  it.each([
    ['a branch', 'feature/x', 3],
    ['a branch by its full name', 'refs/heads/feature/x', 3],
    ['a tag', 'v1', 1],
    ['a tag by its full name', 'refs/tags/v1', 1],
  ] as const)('that is %s is checked out', async (_what, ref, commit) => {
    for (const depth of [null, 1]) {
      const target = await world.checkout({ ref, depth });
      expect(head(target)).toBe(world.commits[commit]);
      expect(isClean(target)).toBe(true);
    }
  });

  it('that is a commit at no tip is checked out', async () => {
    for (const depth of [null, 1]) {
      const target = await world.checkout({ ref: world.commits[0], depth });
      expect(head(target)).toBe(world.commits[0]);
      expect(git(target, ['rev-list', '--count', 'HEAD'])).toBe('1');
    }
  });

  it('that no branch leads to is checked out where the server gives it', async () => {
    const lonely = addCommit(world.origin, 'gone', { message: 'lonely', parent: null, files: { only: 'here' } });
    git(world.origin, ['update-ref', '-d', 'refs/heads/gone']);
    expect(head(await world.checkout({ ref: lonely }))).toBe(lonely);
    git(world.origin, ['update-ref', 'refs/pull/7/head', lonely]);
    expect(head(await world.checkout({ ref: 'refs/pull/7/head' }))).toBe(lonely);
    expect(head(await world.checkout({ ref: 'refs/pull/7/head', depth: 1 }))).toBe(lonely);
  });

  it('that is wanted from a server of the old protocol, which gives no single commits, comes with all', async () => {
    const old = await makeTargetWorld({ protocol: 'old' });
    try {
      const target = await old.checkout({ ref: old.commits[0], depth: 1 });
      expect(head(target)).toBe(old.commits[0]);
      expect(old.told.join('\n')).toContain('everything is fetched');
      expect(await failureOf(old.checkout({ ref: '1'.repeat(40), depth: 1 }))).toMatchObject({ reason: 'not-found' });
    } finally {
      await old.close();
    }
  });

  it('that is missing is told with what there is like it', async () => {
    expect(await failureOf(world.checkout({ ref: 'feture/x' }))).toMatchObject({
      reason: 'not-found',
      details: { did_you_mean: 'feature/x', ref: 'feture/x', url: world.url },
    });
    expect(await failureOf(world.checkout({ ref: 'something-else' }))).toMatchObject({
      details: { it_has: 'feature/x, main, v1' },
    });
    expect(await failureOf(world.checkout({ ref: 'abc1234' }))).toMatchObject({
      message: expect.stringContaining('40 digits'),
    });
    expect(await failureOf(world.checkout({ ref: '1'.repeat(40) }))).toMatchObject({ reason: 'not-found' });
  });

  it.each(['--upload-pack=touch /tmp/x', '-b', 'main:refs/heads/x', '+main', '../main', 'a b', 'x\ny', 'refs/x\ny'])(
    'like %j never reaches a command line',
    async (ref) => {
      expect(await failureOf(world.checkout({ ref }))).toMatchObject({ reason: 'not-found' });
    },
  );

  it('that leads to no commit is told', async () => {
    const blob = git(world.origin, ['hash-object', '-w', '--stdin'], 'text');
    git(world.origin, ['tag', 'text', blob]);
    expect(await failureOf(world.checkout({ ref: 'text' }))).toMatchObject({ reason: 'not-found' });
  });

  it('of an empty repository is told', async () => {
    makeOrigin(join(world.path, 'empty.git'));
    const repository = `${world.server.url}/empty.git`;
    expect(await failureOf(world.checkout({ repository }))).toMatchObject({ reason: 'not-found' });
  });
});

describe('a shallow clone', () => {
  it('has as many commits as asked for, now and after news', async () => {
    const one = await world.checkout({ depth: 1 });
    expect(git(one, ['log', '--format=%s'])).toBe('third');
    expect(git(one, ['rev-parse', '--is-shallow-repository'])).toBe('true');
    const two = await world.checkout({ depth: 2 });
    expect(git(two, ['log', '--format=%s'])).toBe('third\nsecond');
    addCommit(world.origin, 'main', { message: 'fourth' });
    expect(git(await world.checkout({ depth: 1 }), ['log', '--format=%s'])).toBe('fourth');
    expect(git(await world.checkout({ depth: 2 }), ['log', '--format=%s'])).toBe('fourth\nthird');
    expect(git(await world.checkout(), ['rev-list', '--count', 'HEAD'])).toBe('4');
    // the next one fetches nothing
    world.server.forget();
    const again = await world.checkout({ depth: 2 });
    expect(world.server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    git(again, ['fsck', '--full']);
    await gitAsync(again, ['fetch', '--quiet', '--unshallow']);
    expect(git(again, ['rev-list', '--count', 'HEAD'])).toBe('4');
  });
});

describe('a partial clone', () => {
  it('brings the files that are checked out and none of the old ones', async () => {
    const target = await world.checkout({ filter: 'blob:none' });
    expect(isClean(target)).toBe(true);
    expect(git(target, ['rev-list', '--count', 'HEAD'])).toBe('3');
    const missing = git(target, ['rev-list', '--objects', '--all', '--missing=print']);
    expect(missing.split('\n').filter((line) => line.startsWith('?'))).not.toEqual([]);
    rmSync(world.caches, { recursive: true });
    expect(await gitAsync(target, ['show', 'HEAD~2:README.md'])).toBe('one');
  });

  it('takes from the cache what an earlier one fetched', async () => {
    await world.checkout({ filter: 'blob:none' });
    world.server.forget();
    const target = await world.checkout({ filter: 'blob:none' });
    expect(isClean(target)).toBe(true);
    expect(world.server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('can be shallow and sparse too', async () => {
    const target = await world.checkout({ filter: 'blob:none', depth: 1, sparse: ['src/deep'] });
    expect(existsSync(join(target, 'src/deep/b'))).toBe(true);
    expect(existsSync(join(target, 'docs'))).toBe(false);
    expect(isClean(target)).toBe(true);
  });
});

describe('a sparse checkout', () => {
  it('has the directories that it names and the files above them', async () => {
    const target = await world.checkout({ sparse: ['src/deep', './docs/c'] });
    expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('three');
    expect(existsSync(join(target, 'src/deep/b'))).toBe(true);
    expect(existsSync(join(target, 'docs/c'))).toBe(true);
    const narrow = await world.checkout({ sparse: ['docs', 'none'] });
    expect(existsSync(join(narrow, 'src'))).toBe(false);
    expect(world.told.join('\n')).toContain('has no none');
    expect(isClean(narrow)).toBe(true);
  });

  it.each(['../x', 'a*', 'x\ny'])('refuses the path %j', async (path) => {
    expect(await failureOf(world.checkout({ sparse: [path] }))).toMatchObject({ reason: 'refused' });
  });
});

describe('submodules', () => {
  it('are there where they are asked for, and empty directories else', async () => {
    const library = makeOrigin(join(world.path, 'library.git'));
    const module = addCommit(library, 'main', { files: { code: 'library' } });
    const modules = git(
      world.origin,
      ['hash-object', '-w', '--stdin'],
      '[submodule "lib"]\n\tpath = lib\n\turl = ../library.git\n',
    );
    const tree = treeOfLines(world.origin, [`100644 ${modules}\t.gitmodules`, `160000 ${module}\tlib`]);
    git(world.origin, ['update-ref', 'refs/heads/main', git(world.origin, ['commit-tree', tree, '-m', 'with module'])]);
    for (const repository of [world.url, world.origin])
      for (const depth of [null, 1]) {
        const target = await world.checkout({ repository, depth, submodules: true });
        expect(readFileSync(join(target, 'lib/code'), 'utf8')).toBe('library');
        expect(isClean(target)).toBe(true);
      }
    expect(existsSync(join(await world.checkout(), 'lib/code'))).toBe(false);
    rmSync(library, { recursive: true });
    const failure = await failureOf(world.checkout({ submodules: true }));
    expect(failure.message).toContain('submodules');
  });
});

describe('files that git-lfs keeps', () => {
  const content = 'large '.repeat(1000);
  const lfsInstalled = spawnSync('git', ['lfs', 'version']).status === 0;
  if (!lfsInstalled) process.stderr.write('NOT TESTED: targets with git-lfs, which is not installed\n');

  /** Adds a commit with a file in LFS, as a client with git-lfs does. */
  async function pushLargeFile(): Promise<void> {
    const clone = await world.checkout({ repository: world.origin });
    git(clone, ['lfs', 'install', '--local']);
    git(clone, ['lfs', 'track', '*.bin']);
    writeFileSync(join(clone, 'large.bin'), content);
    git(clone, ['add', '.gitattributes', 'large.bin']);
    git(clone, ['commit', '--quiet', '-m', 'large']);
    git(clone, ['push', '--quiet', 'origin', 'main']);
  }

  it.skipIf(!lfsInstalled)('are there where they are asked for, shared by all runs, and pointers else', async () => {
    await pushLargeFile();
    for (let round = 0; round < 2; round++) {
      const target = await world.checkout({ repository: world.origin, lfs: true });
      expect(readFileSync(join(target, 'large.bin'), 'utf8')).toBe(content);
      expect(isClean(target)).toBe(true);
      // the second comes from the cache
      rmSync(join(world.origin, 'lfs'), { recursive: true, force: true });
    }
    const pointers = await world.checkout({ repository: world.origin });
    expect(readFileSync(join(pointers, 'large.bin'), 'utf8')).toContain('oid sha256:');
    expect(isClean(pointers)).toBe(true);
    rmSync(world.caches, { recursive: true });
    expect(await failureOf(world.checkout({ repository: world.origin, lfs: true }))).toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('git-lfs'),
    });
  });

  it('stay pointers where git-lfs is not installed, which is told', async () => {
    const bin = join(world.path, 'bin');
    mkdirSync(bin);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(join(bin, 'git'), `#!/bin/sh\ncase "$*" in *"lfs version") exit 1 ;; esac\nexec ${real} "$@"\n`, {
      mode: 0o755,
    });
    const withoutLfs = createGitCommand(createProcesses(), { ...GIT_ENV, PATH: `${bin}:${GIT_ENV.PATH}` });
    await world.checkout({ lfs: true }, world.cache({ git: withoutLfs }));
    expect(world.told.join('\n')).not.toContain('git-lfs');
    addCommit(world.origin, 'main', { files: { '.gitattributes': '*.bin filter=lfs', 'x.bin': 'pointer' } });
    await world.checkout({ lfs: true }, world.cache({ git: withoutLfs }));
    expect(world.told.join('\n')).toContain('git-lfs is not installed');
  });
});

describe('the cache', () => {
  it('is called after the address, without its credentials', async () => {
    const secret = world.url.replace('://', '://user:hunter2@');
    await world.checkout({ repository: secret });
    await world.checkout({ repository: world.url });
    const stores = storesIn(world.caches);
    expect(stores).toHaveLength(1);
    expect(stores[0]).toMatch(/127\.0\.0\.1-target-[0-9a-f]{12}\/full\.git$/);
    expect(git(stores[0] ?? '', ['config', '--list'])).not.toContain('hunter2');
  });

  it.each(['ext::sh -c id', 'ssh://-oProxyCommand=x/y', '--upload-pack=x', 'relative/path', 'ftp://x/y'])(
    'refuses the address %j',
    async (repository) => {
      expect(await failureOf(world.checkout({ repository }))).toMatchObject({ reason: 'refused' });
    },
  );

  it('does not clone over what is there', async () => {
    const cache = world.cache();
    const directory = await world.checkout();
    const again = cache.checkout({ repository: world.url, ...WHOLE_TARGET }, directory, () => {}, NEVER);
    expect(await failureOf(again)).toMatchObject({ reason: 'refused' });
    expect(existsSync(join(directory, 'README.md'))).toBe(true);
  });

  it('joins its packs and is removed when nobody used it for long', async () => {
    const clock = createManualClock();
    const cache = world.cache({ clock });
    for (let round = 0; round < 20; round++) {
      addCommit(world.origin, 'main', { message: `round ${round}` });
      await world.checkout({ ref: round % 2 === 0 ? null : world.commits[0] }, cache);
    }
    const [store = ''] = storesIn(world.caches);
    const packs = () => Number(/^packs: (\d+)$/m.exec(git(store, ['count-objects', '-v']))?.[1]);
    expect(packs()).toBeGreaterThan(15);
    expect(await cache.collect(1000, NEVER)).toEqual([]);
    expect(packs()).toBe(1);
    expect(head(await world.checkout({}, cache))).toBe(git(world.origin, ['rev-parse', 'main']));
    clock.advance(1001);
    expect(await cache.collect(1000, NEVER)).toEqual([expect.stringContaining('target')]);
    expect(storesIn(world.caches)).toEqual([]);
    expect(isClean(await world.checkout({}, cache))).toBe(true);
  });
});
