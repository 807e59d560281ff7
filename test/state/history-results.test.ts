import { describe, expect, it } from 'vitest';
import type { Commit, RefListing, Repository } from '../../src/git/repository.ts';
import { changesWithResults } from '../../src/state/history-results.ts';
import { resultOf } from '../support/results.ts';

const listing: RefListing = { branches: new Map(), defaultBranch: null, own: new Map() };

/** A branch of so many changes, every third commit another one's; asks are written down. */
function history(count: number) {
  const asked: number[] = [];
  const repository: Partial<Repository> = {
    async *firstParents() {
      for (let position = count; position > 0; position--) {
        const subject = position % 3 === 0 ? 'Update the suite' : `New thing (${position})`;
        yield { oid: `c${position}`, tree: '', parents: [], subject, message: subject, authoredAt: 0 } satisfies Commit;
      }
    },
  };
  const results = {
    of: async (_listing: RefListing, commits: readonly string[]) => {
      asked.push(commits.length);
      return new Map(commits.filter((commit) => commit.endsWith('1')).map((commit) => [commit, [resultOf()]]));
    },
  };
  const source = { repository: repository as Repository, results, listing };
  return { asked, changes: changesWithResults(source, 'tip', { message: 'New thing', aliases: [] }) };
}

describe('a history with results', () => {
  it('has every change of the resource, newest first, each with what its runs ended in', async () => {
    const { changes } = history(11);
    const found: [string, number][] = [];
    for await (const { value, results } of changes) found.push([value, results.length]);
    expect(found).toEqual([
      ['11', 1],
      ['10', 0],
      ['8', 0],
      ['7', 0],
      ['5', 0],
      ['4', 0],
      ['2', 0],
      ['1', 1],
    ]);
  });

  it('reads few notes for who stops early, and many at once for who goes on', async () => {
    const early = history(3000);
    for await (const { value } of early.changes) if (value === '2999') break;
    expect(early.asked).toEqual([4]);
    const all = history(3000);
    let count = 0;
    for await (const _ of all.changes) count++;
    expect(count).toBe(2000);
    expect(all.asked.slice(0, 8)).toEqual([4, 8, 16, 32, 64, 128, 256, 256]);
  });
});
