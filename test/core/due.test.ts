import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changesNeeded,
  type DueQuestion,
  dueChanges,
  EVERY_LIMIT,
  type PastChange,
  standingOf,
} from '../../src/core/due.ts';
import type { ResultStatus } from '../../src/core/result.ts';
import { resultOf } from '../support/results.ts';

const NOW = 1_000_000;

/** Changes named by letters, newest first; in capitals those with a skip directive. */
const changesOf = (names: string): readonly PastChange[] =>
  [...names].map((name) => ({ commit: name.toLowerCase(), skipped: name !== name.toLowerCase() }));

type Statuses = Readonly<Record<string, readonly ResultStatus[]>>;

const question = (
  names: string,
  statuses: Statuses = {},
  more: Partial<DueQuestion<PastChange>> = {},
): DueQuestion<PastChange> => ({
  changes: changesOf(names),
  results: new Map(
    Object.entries(statuses).map(([commit, list]) => [
      commit,
      list.map((status, position) =>
        resultOf({ status, attempt: status === 'adopted' ? 0 : position + 1, agent: 'us', startedAt: NOW - 50 }),
      ),
    ]),
  ),
  claims: new Map(),
  ours: new Set(),
  attempts: new Map(),
  agent: 'us',
  now: NOW,
  patience: 100,
  catchUp: 'newest',
  firstStart: false,
  atStart: false,
  retriesWhenLost: 1,
  ...more,
});

/** What is due, as names and attempts. */
const dueOf = (...given: Parameters<typeof question>) =>
  dueChanges(question(...given)).due.map(({ change, attempt, reason }) =>
    reason === 'lost' ? `${change.commit}${attempt} again` : `${change.commit}${attempt}`,
  );
const adoptedOf = (...given: Parameters<typeof question>) =>
  dueChanges(question(...given)).adopt.map(({ commit }) => commit);

describe('the newest change', () => {
  it('is due where it has no result, whatever older ones have', () => {
    expect(dueOf('cba')).toEqual(['c1']);
    expect(dueOf('cba', { a: ['success'] })).toEqual(['c1']);
    expect(dueOf('')).toEqual([]);
    expect(dueChanges(question('')).newest).toBeNull();
  });

  it.each<ResultStatus>(['success', 'failed', 'cancelled', 'superseded', 'timed-out', 'adopted'])(
    'is not due where it ended as %s, and nothing below it is',
    (status) => {
      expect(dueOf('cba', { c: [status] })).toEqual([]);
    },
  );

  it('is never due with a skip directive, nor is what lies below it', () => {
    expect(dueOf('Cba')).toEqual([]);
    expect(dueChanges(question('Cba')).newest).toBe('skipped');
  });

  it('is not due while a run of ours waits or runs', () => {
    expect(dueOf('c', { c: ['running'] }, { ours: new Set(['c']) })).toEqual([]);
    expect(dueOf('c', {}, { ours: new Set(['c']) })).toEqual([]);
  });

  it('is taken while the claim of another agent stands, and due after its deadline', () => {
    const claims = new Map([['c', { agent: 'them', deadline: NOW }]]);
    expect(dueChanges(question('c', {}, { claims })).newest).toBe('taken');
    expect(dueOf('c', {}, { claims, now: NOW + 1 })).toEqual(['c1']);
    expect(dueOf('c', { c: ['running'] }, { claims, now: NOW + 1 })).toEqual(['c2 again']);
    expect(dueOf('c', {}, { claims: new Map([['c', { agent: 'us', deadline: NOW + 9 }]]) })).toEqual(['c1']);
  });

  it('is taken while another agent says that it runs and could be right', () => {
    expect(dueOf('c', { c: ['running'] }, { agent: 'we' })).toEqual([]);
    expect(dueOf('c', { c: ['running'] }, { agent: 'we', now: NOW + 51 })).toEqual(['c2 again']);
  });

  it('is due again where its run was lost, as often as is allowed', () => {
    expect(dueOf('c', { c: ['lost'] })).toEqual(['c2 again']);
    expect(dueOf('c', { c: ['running'] })).toEqual(['c2 again']);
    expect(dueOf('c', { c: ['lost', 'lost'] })).toEqual([]);
    expect(dueOf('c', { c: ['lost', 'lost'] }, { retriesWhenLost: 2 })).toEqual(['c3 again']);
    expect(dueOf('c', { c: ['lost'] }, { retriesWhenLost: 0 })).toEqual([]);
    expect(dueOf('c', { c: ['lost', 'success'] })).toEqual([]);
    expect(dueOf('c', { c: ['failed', 'lost'] })).toEqual([]);
  });

  it('gets the attempt after the highest that notes or records know', () => {
    expect(dueOf('c', {}, { attempts: new Map([['c', 4]]) })).toEqual(['c5']);
    expect(dueOf('c', { c: ['lost'] }, { attempts: new Map([['c', 1]]) })).toEqual(['c2 again']);
  });
});

describe('the first start of a runner', () => {
  it('adopts the newest change and runs nothing', () => {
    expect(dueOf('cba', {}, { firstStart: true, catchUp: 'every' })).toEqual([]);
    expect(adoptedOf('cba', {}, { firstStart: true })).toEqual(['c']);
    expect(adoptedOf('cba', { c: ['adopted'] }, { firstStart: true })).toEqual([]);
  });

  it('adopts a baseline too, so that it was the first start', () => {
    expect(adoptedOf('Cba', {}, { firstStart: true })).toEqual(['c']);
  });
});

describe('catching up', () => {
  it('with none adopts what was there at the start and runs what comes later', () => {
    expect(adoptedOf('cba', {}, { catchUp: 'none', atStart: true })).toEqual(['c']);
    expect(dueOf('cba', {}, { catchUp: 'none', atStart: true })).toEqual([]);
    expect(dueOf('cba', {}, { catchUp: 'none' })).toEqual(['c1']);
    expect(dueOf('cba', { c: ['lost'] }, { catchUp: 'none', atStart: true })).toEqual(['c2 again']);
  });

  it('with every runs all since the newest with a result, the oldest first', () => {
    const catchUp = 'every';
    expect(dueOf('edcba', { b: ['success'] }, { catchUp })).toEqual(['c1', 'd1', 'e1']);
    expect(dueOf('edcba', { d: ['running'], b: ['adopted'] }, { catchUp, ours: new Set(['d']) })).toEqual(['c1', 'e1']);
    expect(dueOf('eDcba', {}, { catchUp })).toEqual(['e1']);
    expect(dueOf('Edcba', {}, { catchUp })).toEqual([]);
  });

  it('with every runs also what was lost below a change that has a result', () => {
    expect(dueOf('dcba', { c: ['success'], b: ['lost'] }, { catchUp: 'every' })).toEqual(['b2 again', 'd1']);
  });

  it('with every looks at a bounded number, and says where that cut it short', () => {
    const changes = Array.from({ length: EVERY_LIMIT + 5 }, (_, position) => ({
      commit: `c${position}`,
      skipped: false,
    }));
    const all = dueChanges({ ...question(''), catchUp: 'every', changes });
    expect([all.due.length, all.cut]).toEqual([EVERY_LIMIT, true]);
    expect(all.due.at(-1)?.change.commit).toBe('c0');
    const fewer = dueChanges({ ...question('', { c9: ['success'] }), catchUp: 'every', changes });
    expect([fewer.due.length, fewer.cut]).toEqual([9, false]);
    expect([changesNeeded('every'), changesNeeded('newest')]).toEqual([EVERY_LIMIT, 1]);
  });
});

describe('whatever there is', () => {
  const status = fc.constantFrom<ResultStatus>('running', 'success', 'failed', 'lost', 'superseded', 'adopted');
  const anyQuestion = fc
    .record({
      skips: fc.array(fc.boolean(), { maxLength: 6 }),
      statuses: fc.array(fc.array(status, { maxLength: 3 }), { minLength: 6, maxLength: 6 }),
      ours: fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']),
      claimed: fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']),
      agent: fc.constantFrom('us', 'them'),
      catchUp: fc.constantFrom('newest' as const, 'every' as const, 'none' as const),
      firstStart: fc.boolean(),
      atStart: fc.boolean(),
      retriesWhenLost: fc.nat({ max: 2 }),
    })
    .map(({ skips, statuses, ours, claimed, ...more }) =>
      question(
        skips.map((skip, position) => (skip ? 'ABCDEF' : 'abcdef')[position]).join(''),
        Object.fromEntries(statuses.map((list, position) => ['abcdef'[position], list])),
        {
          ...more,
          ours: new Set(ours),
          claims: new Map(claimed.map((commit) => [commit, { agent: 'them', deadline: NOW + 1 }])),
        },
      ),
    );

  it('nothing runs twice at a time, nothing that was skipped or has an end runs, and attempts grow', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const { due, adopt } = dueChanges(asked);
        for (const { change, attempt } of due) {
          expect(['open', 'lost']).toContain(standingOf(change, asked));
          for (const result of asked.results.get(change.commit) ?? []) expect(attempt).toBeGreaterThan(result.attempt);
        }
        expect(adopt.length === 0 || due.length === 0).toBe(true);
        if (asked.firstStart) expect(due).toEqual([]);
        // what is due is settled by a result, and never due again
        const after = new Map([...asked.results, ...due.map(({ change }) => [change.commit, [resultOf()]] as const)]);
        expect(dueChanges({ ...asked, results: after }).due).toEqual([]);
      }),
    );
  });
});
