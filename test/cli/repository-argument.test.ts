import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressFrom, originUrl, repositoryAddress } from '../../src/cli/repository-argument.ts';
import { systemDisk } from '../../src/system/disk.ts';
import { GIT_ENV, git, temporaryDirectory } from '../support/git-origin.ts';

const directory = temporaryDirectory();
const clone = join(directory.path, 'clone');
const ORIGIN = 'https://git.example.com/team/resources.git';

beforeAll(() => {
  mkdirSync(join(clone, 'deep/er'), { recursive: true });
  git(clone, ['init', '--quiet', '--initial-branch=main']);
  git(clone, ['remote', 'add', 'upstream', 'https://git.example.com/other.git']);
  git(clone, ['remote', 'add', 'origin', ORIGIN]);
  git(clone, ['commit', '--quiet', '--allow-empty', '-m', 'first']);
  git(clone, ['worktree', 'add', '--quiet', join(directory.path, 'work tree'), '-b', 'other']);
  mkdirSync(join(directory.path, 'lonely'));
  git(join(directory.path, 'lonely'), ['init', '--quiet']);
});
afterAll(() => directory.remove());

const at = (path: string) => repositoryAddress(null, join(directory.path, path), systemDisk);

describe('the repository of a command', () => {
  it('is the origin of the clone that one stands in, however deep', async () => {
    expect(await at('clone')).toBe(ORIGIN);
    expect(await at('clone/deep/er')).toBe(ORIGIN);
  });

  it('is the origin also in a linked work tree', async () => {
    expect(await at('work tree')).toBe(ORIGIN);
  });

  it('is that of a submodule where one stands in one', async () => {
    const inner = join(clone, 'inner');
    mkdirSync(join(clone, '.git/modules'));
    execFileSync('git', ['init', '--quiet', '--separate-git-dir', join(clone, '.git/modules/inner'), inner], {
      env: GIT_ENV,
    });
    git(inner, ['remote', 'add', 'origin', '../next-door.git']);
    expect(await at('clone/inner')).toBe(join(clone, 'next-door.git'));
  });

  it('is unknown without a clone, and in a clone without an origin', async () => {
    expect(await at('')).toBeNull();
    expect(await at('lonely')).toBeNull();
  });

  it('is unknown where the clone cannot be read', async () => {
    const broken = join(directory.path, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, '.git'), 'gitdir: nowhere\n');
    expect(await at('broken')).toBeNull();
  });

  it('is exactly the one that was named, also where that is a clone', async () => {
    expect(await repositoryAddress('clone', directory.path, systemDisk)).toBe(clone);
    expect(await repositoryAddress(clone, '/', systemDisk)).toBe(clone);
  });
});

describe('an address', () => {
  it.each([
    ['https://git.example.com/a.git', 'https://git.example.com/a.git'],
    ['git@git.example.com:a.git', 'git@git.example.com:a.git'],
    ['host:a/b', 'host:a/b'],
    ['file:///srv/a.git', 'file:///srv/a.git'],
    ['/srv/a.git', '/srv/a.git'],
    ['a.git', '/here/a.git'],
    ['../a.git', '/a.git'],
    ['./with:colon', '/here/with:colon'],
  ])('%s means %s', (written, meant) => {
    expect(addressFrom(written, '/here')).toBe(meant);
  });
});

describe('the url of origin in a git configuration', () => {
  it.each([
    ['plain', '[remote "origin"]\n\turl = https://a.example/x\n', 'https://a.example/x'],
    ['quoted, with a comment', '[remote "origin"]\nurl = "/srv/a b#c" ; here\n', '/srv/a b#c'],
    ['escaped', '[remote "origin"]\nurl = "C:\\\\repo"\n', 'C:\\repo'],
    ['on the line of its section', '[remote "origin"] url = /srv/a\n', '/srv/a'],
    ['in any case', '[REMOTE "origin"]\n  URL=/srv/a\n', '/srv/a'],
    ['given twice', '[remote "origin"]\nurl = /srv/a\nurl = /srv/b\n', '/srv/b'],
    ['of another remote', '[remote "Origin"]\nurl = /srv/a\n[remote "x"]\nurl = /srv/b\n', null],
    ['outside of a remote', '[remote "origin"]\nfetch = x\n[url "y"]\ninsteadOf = z\nurl = /srv/a\n', null],
    ['commented out', '[remote "origin"]\n# url = /srv/a\n', null],
    ['empty', '[remote "origin"]\nurl =\n', null],
  ])('%s', (_what, text, url) => {
    expect(originUrl(text)).toBe(url);
  });
});
