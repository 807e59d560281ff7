import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { addCommit, git } from '../../support/git-origin.ts';
import { recordOn, take } from '../../support/git-record.ts';
import type { Way } from '../../support/git-world.ts';
import { type GitWorld, makeWorld, refresh } from '../../support/git-world.ts';

describe('a mirror that lives long', () => {
  let world: GitWorld;
  afterEach(() => world.close());

  const packs = () =>
    readdirSync(join(world.mirror, 'objects', 'pack')).filter((name) => name.endsWith('.pack')).length;

  it.each<Way>([
    { engine: 'git', remote: 'local' },
    { engine: 'isomorphic-git', remote: 'http' },
  ])('joins the packs that pushes leave behind, over $remote with $engine', async (way) => {
    world = await makeWorld(way);
    addCommit(world.origin, 'main', { message: 'first', files: { a: '1' } });
    const repository = await world.open();
    await refresh(repository);
    for (let round = 0; round < 60; round++) await recordOn(repository, ['main'], `round ${round}`);
    expect(packs()).toBeLessThan(20);
    const tip = (await repository.mirroredRefs()).branches.get('main') ?? '';
    const walked = await take(repository.firstParents(tip), 100);
    expect(walked.map(({ subject }) => subject)).toEqual([
      ...Array.from({ length: 60 }, (_, position) => `round ${59 - position}`),
      'first',
    ]);
    expect((await repository.listFiles(tip)).map(({ path }) => path)).toEqual(['a']);
    git(world.mirror, ['fsck', '--full', '--strict']);
    expect(world.warnings).toEqual([]);
  });
});
