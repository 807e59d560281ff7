import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editNotes, mergeNotes, type NoteEdit, readNotes } from '../../src/git/notes.ts';
import type { Repository } from '../../src/git/repository.ts';
import { addCommit, addManyCommits, git, treeOfLines } from '../support/git-origin.ts';
import { type GitWorld, makeWorld, NEVER, refresh } from '../support/git-world.ts';

const REF = 'refs/notes/spread-cron';
const BY = { identity: { name: 'Robot', email: 'robot@example.com' }, at: 1_700_000_000_000, message: 'Results' };

describe('notes', () => {
  let world: GitWorld;
  let repository: Repository;
  beforeEach(async () => {
    world = await makeWorld({ engine: 'git', remote: 'local' });
    repository = await world.open();
  });
  afterEach(() => world.close());

  const notesTip = async () => (await refresh(repository)).own.get(REF) ?? null;
  const set =
    (text: string | null): NoteEdit =>
    () =>
      text;

  async function push(edits: ReadonlyMap<string, NoteEdit>): Promise<string | null> {
    const tip = await notesTip();
    const { commit, objects } = await editNotes(repository, tip, edits, BY);
    if (commit === null) return null;
    const results = await repository.push([{ ref: REF, expected: tip, next: commit }], objects, NEVER);
    expect([...results.values()]).toEqual([{ kind: 'accepted' }]);
    return commit;
  }

  /** The notes tree of the origin divided by so many directories of two digits. */
  function divide(levels: number): void {
    const lines = git(world.origin, ['ls-tree', '-r', REF]).split('\n');
    const moved = lines.map((line) => {
      const [meta, path = ''] = line.split('\t');
      const digits = path.replaceAll('/', '');
      const parts = Array.from({ length: levels }, (_, level) => `${digits.slice(level * 2, level * 2 + 2)}/`);
      return `${meta}\t${parts.join('')}${digits.slice(levels * 2)}`;
    });
    const tree = treeOfLines(world.origin, moved);
    git(world.origin, ['update-ref', REF, git(world.origin, ['commit-tree', tree, '-m', 'divided'])]);
  }

  it('of ours are what git shows', async () => {
    const commit = addCommit(world.origin, 'main', { files: { a: '1' } });
    await push(new Map([[commit, set('ok 12s attempt 1 by agent {"v":1}\n')]]));
    expect(git(world.origin, ['notes', '--ref=spread-cron', 'show', commit])).toBe('ok 12s attempt 1 by agent {"v":1}');
    expect(git(world.origin, ['log', '-1', '--format=%an %at %s', REF])).toBe('Robot 1700000000 Results');
  });

  it.each([0, 1, 2])('are read, changed, added and removed at fan-out %d, and never doubled', async (levels) => {
    const commits: string[] = [];
    for (let position = 0; position < 6; position++) {
      const commit = addCommit(world.origin, 'main', { message: `number ${position}`, files: { a: String(position) } });
      commits.push(commit);
      if (position < 5) git(world.origin, ['notes', '--ref=spread-cron', 'add', '-m', `by git ${position}`, commit]);
    }
    divide(levels);
    expect(await readNotes(repository, await notesTip())).toEqual(
      new Map(commits.slice(0, 5).map((commit, position) => [commit, `by git ${position}\n`])),
    );
    expect(await readNotes(repository, await notesTip(), [commits[3]!, commits[5]!])).toEqual(
      new Map([[commits[3]!, 'by git 3\n']]),
    );
    await push(
      new Map<string, NoteEdit>([
        [commits[0]!, (present) => `${present}and us\n`],
        [commits[1]!, set(null)],
        [commits[5]!, set('new\n')],
      ]),
    );
    expect(git(world.origin, ['notes', '--ref=spread-cron', 'show', commits[0]!])).toBe('by git 0\nand us');
    expect(git(world.origin, ['notes', '--ref=spread-cron', 'show', commits[5]!])).toBe('new');
    const listed = git(world.origin, ['notes', '--ref=spread-cron', 'list'])
      .split('\n')
      .map((line) => line.split(' ')[1]);
    expect(listed.sort()).toEqual(commits.filter((_, position) => position !== 1).sort());
    expect(git(world.origin, ['ls-tree', '-r', '--name-only', REF]).split('\n').length).toBe(5);
    const parents = git(world.origin, ['log', '--format=%h', REF]).split('\n');
    expect(parents.length).toBe(2);
  });

  it('that are many are divided, and git still finds every one', async () => {
    const tip = addManyCommits(world.origin, 'main', 700, (position) => `number ${position}`);
    const commits = git(world.origin, ['rev-list', tip]).split('\n');
    await push(new Map(commits.slice(0, 200).map((commit) => [commit, set('first\n')])));
    expect(git(world.origin, ['ls-tree', REF]).split('\n').length).toBe(200);
    await push(new Map(commits.slice(200).map((commit) => [commit, set('second\n')])));
    expect(
      git(world.origin, ['ls-tree', REF])
        .split('\n')
        .every((line) => line.includes(' tree ')),
    ).toBe(true);
    expect((await readNotes(repository, await notesTip())).size).toBe(700);
    for (const commit of [commits[0]!, commits[699]!])
      git(world.origin, ['notes', '--ref=spread-cron', 'show', commit]);
    expect(git(world.origin, ['notes', '--ref=spread-cron', 'list']).split('\n').length).toBe(700);
  });

  it('leave other files of the notes tree alone', async () => {
    const commit = addCommit(world.origin, 'main', { files: { a: '1' } });
    const other = addCommit(world.origin, 'notes', { files: { README: 'about', 'dir/x': 'y' } });
    git(world.origin, ['update-ref', REF, other]);
    await push(new Map([[commit, set('text\n')]]));
    expect(git(world.origin, ['ls-tree', '-r', '--name-only', REF]).split('\n').sort()).toEqual(
      [commit, 'README', 'dir/x'].sort(),
    );
    expect((await readNotes(repository, await notesTip())).size).toBe(1);
  });

  it('make no commit where nothing changes, and end in an empty tree when all are removed', async () => {
    const commit = addCommit(world.origin, 'main', { files: { a: '1' } });
    await push(new Map([[commit, set('text\n')]]));
    expect(await push(new Map([[commit, set('text\n')]]))).toBeNull();
    await push(new Map([[commit, set(null)]]));
    expect(git(world.origin, ['ls-tree', REF])).toBe('');
    expect(await readNotes(repository, await notesTip())).toEqual(new Map());
  });

  it('of two writers are merged line by line as the caller says', async () => {
    const one = addCommit(world.origin, 'main', { files: { a: '1' } });
    const two = addCommit(world.origin, 'main', { message: 'two' });
    await push(new Map([[one, set('theirs\n')]]));
    const theirs = await notesTip();
    const ours = new Map([
      [one, 'ours\n'],
      [two, 'only ours\n'],
    ]);
    const { commit, objects } = await mergeNotes(repository, ours, theirs, (mine, other) => other + mine, BY);
    await repository.push([{ ref: REF, expected: theirs, next: commit }], objects, NEVER);
    expect(await readNotes(repository, await notesTip())).toEqual(
      new Map([
        [one, 'theirs\nours\n'],
        [two, 'only ours\n'],
      ]),
    );
  });
});
