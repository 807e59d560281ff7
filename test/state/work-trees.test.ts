import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DefinitionSource } from '../../src/core/resource.ts';
import { stateDirectory } from '../../src/state/state-directory.ts';
import { createWorkTrees } from '../../src/state/work-trees.ts';
import { temporaryDirectory } from '../support/git-origin.ts';

let home: ReturnType<typeof temporaryDirectory>;
/** Trees in the order in which they were checked out. */
let checkouts: string[];
/** What stops the next checkout. */
let obstacle: Error | undefined;

const repository = {
  async checkout(tree: string, directory: string) {
    if (obstacle !== undefined) throw obstacle;
    checkouts.push(tree);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'tree'), tree);
  },
};

function source(tree: string, layout: DefinitionSource['layout'] = 'branch', path = 'options'): DefinitionSource {
  return { layout, path, oid: 'oid', commit: 'commit', tree };
}

const open = () => createWorkTrees(repository, stateDirectory(home.path, 'https://git.example.com/watched.git'));

beforeEach(() => {
  home = temporaryDirectory();
  checkouts = [];
  obstacle = undefined;
});
afterEach(() => home.remove());

describe('the place of a definition', () => {
  it('is a work tree and a directory of its own, both of which exist', async () => {
    const { directory, common } = await open().of('core', source('one'));
    expect(existsSync(join(directory, 'tree'))).toBe(true);
    expect(existsSync(common)).toBe(true);
  });

  it('is checked out once for as long as the tree stays the same, also for those who ask at once', async () => {
    const trees = open();
    await Promise.all([trees.of('core', source('one')), trees.of('core', source('one'))]);
    await trees.of('core', source('one'));
    await trees.of('core', source('two'));
    await trees.of('core', source('one'));
    expect(checkouts).toEqual(['one', 'two', 'one']);
  });

  it('keeps what else lies there when the tree changes', async () => {
    const trees = open();
    const { directory } = await trees.of('core', source('one'));
    writeFileSync(join(directory, 'untracked'), '');
    await trees.of('core', source('two'));
    expect(existsSync(join(directory, 'untracked'))).toBe(true);
  });

  it('is shared by the definitions of the default branch, but not their own directories', async () => {
    const trees = open();
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => trees.of(name, source('one', 'central', `branches/${name}/options`))),
    );
    expect(checkouts).toEqual(['one']);
    expect(a?.directory).toMatch(/branches\/a$/);
    expect(b?.directory).toMatch(/branches\/b$/);
    expect(a?.common).not.toBe(b?.common);
  });

  it('is checked out again after a change of its tree that failed halfway', async () => {
    const trees = open();
    await trees.of('core', source('one'));
    obstacle = new Error('no room');
    await expect(trees.of('core', source('two'))).rejects.toThrow('no room');
    obstacle = undefined;
    await trees.of('core', source('one'));
    expect(checkouts).toEqual(['one', 'one']);
  });
});
