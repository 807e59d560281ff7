import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scaffoldRepository } from '../../src/git/scaffold.ts';
import { failureOf } from '../support/failures.ts';
import { git, temporaryDirectory } from '../support/git-origin.ts';

const { path: root, remove } = temporaryDirectory();
afterAll(remove);

const FILES = { 'README.md': 'read\n', 'a/b/c.yaml': 'x: 1\n' };
const make = (name: string, remote: string | null = null) =>
  scaffoldRepository({
    directory: join(root, name),
    files: FILES,
    message: 'Start',
    identity: { name: 'Somebody', email: 'somebody@example.com' },
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
    remote,
  });

describe('a scaffolded repository', () => {
  it('is one that git finds nothing wrong with, with one commit on main', async () => {
    const commit = await make('plain');
    const directory = join(root, 'plain');
    expect(git(directory, ['log', '--format=%H %an <%ae> %at %s', 'main'])).toBe(
      `${commit} Somebody <somebody@example.com> ${Date.UTC(2026, 0, 2, 3, 4, 5) / 1000} Start`,
    );
    expect(git(directory, ['ls-tree', '-r', '--name-only', 'HEAD']).split('\n')).toEqual(['README.md', 'a/b/c.yaml']);
    expect(git(directory, ['status', '--porcelain'])).toBe('');
    expect(git(directory, ['symbolic-ref', 'HEAD'])).toBe('refs/heads/main');
    git(directory, ['fsck', '--strict']);
  });

  it('knows its origin, and fetches notes with the branches', async () => {
    await make('remote', 'https://git.example.com/resources.git');
    const directory = join(root, 'remote');
    expect(git(directory, ['remote', 'get-url', 'origin'])).toBe('https://git.example.com/resources.git');
    expect(git(directory, ['config', '--get-all', 'remote.origin.fetch']).split('\n')).toEqual([
      '+refs/heads/*:refs/remotes/origin/*',
      '+refs/notes/*:refs/notes/*',
    ]);
  });

  it('lets git see which scripts can be executed', async () => {
    await make('scripts');
    const directory = join(root, 'scripts');
    writeFileSync(join(directory, 'run-checks'), '#!/bin/sh\n', { mode: 0o755 });
    git(directory, ['add', 'run-checks']);
    expect(git(directory, ['ls-files', '--stage', 'run-checks'])).toMatch(/^100755 /);
    expect(git(directory, ['config', '--local', '--list'])).not.toMatch(/ignorecase|symlinks/);
  });

  it('leaves other files in the directory alone', async () => {
    mkdirSync(join(root, 'used'));
    writeFileSync(join(root, 'used/notes.txt'), 'mine');
    await make('used');
    expect(readFileSync(join(root, 'used/notes.txt'), 'utf8')).toBe('mine');
    expect(git(join(root, 'used'), ['status', '--porcelain'])).toBe('?? notes.txt');
  });

  it('is not made over files that are there already', async () => {
    mkdirSync(join(root, 'taken'));
    writeFileSync(join(root, 'taken/README.md'), 'mine');
    const failure = await failureOf(make('taken'));
    expect(failure).toMatchObject({ reason: 'refused', details: { files: 'README.md' } });
    expect(readdirSync(join(root, 'taken'))).toEqual(['README.md']);
  });

  it('is not made over a repository', async () => {
    mkdirSync(join(root, 'repository'));
    git(join(root, 'repository'), ['init', '--quiet']);
    expect((await failureOf(make('repository'))).details).toMatchObject({ files: '.git' });
  });

  it('is not made where a file has the name of the directory', async () => {
    writeFileSync(join(root, 'file'), '');
    expect((await failureOf(make('file'))).message).toMatch(/in the way/);
  });

  it('is not made where the disk does not let it, and says what to look at', async () => {
    const name = 'x'.repeat(300);
    expect(await failureOf(make(name))).toMatchObject({
      reason: 'not-writable',
      message: expect.stringMatching(/cannot be written: choose another one/),
      details: { directory: join(root, name), code: 'ENAMETOOLONG' },
    });
  });
});
