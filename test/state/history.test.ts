import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { Commit, Repository } from '../../src/git/repository.ts';
import { changesOf, createNewestChanges, readChange } from '../../src/state/history.ts';

const commit = (oid: string, message: string, parents: readonly string[] = []): Commit => ({
  oid,
  tree: 't',
  parents,
  subject: message.split('\n')[0] ?? '',
  message,
  authoredAt: 1000,
});

/** A line of commits, newest first, that counts how many are read. */
function line(...messages: readonly string[]) {
  const commits = messages.map((message, index) => commit(`c${messages.length - index}`, message));
  const counts = { batches: 0, walked: 0 };
  const repository: Pick<Repository, 'readCommits' | 'firstParents'> = {
    async readCommits(oids) {
      counts.batches += 1;
      return new Map(commits.filter(({ oid }) => oids.includes(oid)).map((one) => [one.oid, one]));
    },
    async *firstParents(tip) {
      for (const one of commits.slice(commits.findIndex(({ oid }) => oid === tip))) {
        counts.walked += 1;
        yield one;
      }
    },
  };
  return { repository: repository as Repository, counts };
}

const MESSAGES = { message: 'New core', aliases: ['Old core'] };

describe('a change commit', () => {
  it('is read with its trailers, under its message or an alias', () => {
    expect(
      readChange(commit('a', 'New core (2)\n\nObserved: 2026-01-01T00:00:00Z\nExtractor: e1\n'), MESSAGES),
    ).toEqual({
      value: '2',
      message: 'New core',
      commit: 'a',
      observedAt: 1000,
      extractor: 'e1',
      skipped: false,
    });
    expect(readChange(commit('b', 'Old core (1)'), MESSAGES)).toMatchObject({ message: 'Old core', extractor: null });
    expect(readChange(commit('c', 'New snap (1)'), MESSAGES)).toBeNull();
  });

  it('with a skip directive is history that is never due', () => {
    expect(readChange(commit('a', 'New core (2)\n\n[skip ci]\n'), MESSAGES)).toMatchObject({
      value: '2',
      skipped: true,
    });
  });
});

describe('the newest change', () => {
  it('at the tip needs no walk, and is asked for once', async () => {
    const { repository, counts } = line('New core (3)', 'New core (2)');
    const newest = createNewestChanges(repository);
    for (let round = 0; round < 3; round++) await newest.learn([{ branch: 'core', tip: 'c2', messages: MESSAGES }]);
    expect(newest.of('core')?.value).toBe('3');
    expect(counts).toEqual({ batches: 1, walked: 0 });
  });

  it('below other commits is walked to once, then only what came on top is', async () => {
    const { repository, counts } = line(
      'Edit 2',
      'Edit 1',
      ...Array.from({ length: 50 }, (_, k) => `Other (${k})`),
      'New core (1)',
    );
    const newest = createNewestChanges(repository);
    await newest.learn([{ branch: 'core', tip: 'c52', messages: MESSAGES }]);
    expect(newest.of('core')?.value).toBe('1');
    const before = counts.walked;
    await newest.learn([{ branch: 'core', tip: 'c53', messages: MESSAGES }]);
    expect(newest.of('core')?.value).toBe('1');
    expect(counts.walked - before).toBe(2);
  });

  it('is looked for anew when the messages change or the branch was rewritten', async () => {
    const { repository } = line('New core (2)', 'Old words (1)');
    const newest = createNewestChanges(repository);
    await newest.learn([{ branch: 'core', tip: 'c2', messages: { message: 'Nothing', aliases: [] } }]);
    expect(newest.of('core')).toBeNull();
    await newest.learn([{ branch: 'core', tip: 'c2', messages: MESSAGES }]);
    expect(newest.of('core')?.value).toBe('2');
    await newest.learn([{ branch: 'core', tip: 'c1', messages: { message: 'Old words', aliases: [] } }]);
    expect(newest.of('core')?.value).toBe('1');
  });

  it('of a branch that was never learned is a mistake of ours', () => {
    expect(() => createNewestChanges(line('x').repository).of('core')).toThrow(Failure);
  });
});

it('the whole history is newest first, less commits of other messages', async () => {
  const { repository } = line('New core (3)', 'Merge things', 'Old core (2)', 'New core (1)', 'Begin');
  const values: string[] = [];
  for await (const { value } of changesOf(repository, 'c5', MESSAGES)) values.push(value);
  expect(values).toEqual(['3', '2', '1']);
});
