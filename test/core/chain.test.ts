import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainFailure, chainProblems, type Link, unknownResource } from '../../src/core/chain.ts';
import { describeFailure } from '../../src/core/failure.ts';

const links = (watches: Readonly<Record<string, readonly string[]>>): readonly Link[] =>
  Object.entries(watches).map(([name, watched]) => ({ name, watches: watched }));

describe('a chain of resources', () => {
  it('has no problem where every way ends', () => {
    expect(chainProblems(links({ page: [], one: ['page'], two: ['page'], both: ['one', 'two', 'elsewhere'] }))).toEqual(
      new Map(),
    );
  });

  it('is refused for a resource that watches itself', () => {
    expect(chainProblems(links({ page: ['page'] }))).toEqual(new Map([['page', ['page', 'page']]]));
  });

  it('names the circle from each resource that is part of it, and from no other', () => {
    const found = chainProblems(links({ a: ['b'], b: ['c'], c: ['a', 'page'], page: [], in: ['a'], out: ['in'] }));
    expect(found).toEqual(
      new Map([
        ['a', ['a', 'b', 'c', 'a']],
        ['b', ['b', 'c', 'a', 'b']],
        ['c', ['c', 'a', 'b', 'c']],
      ]),
    );
    expect(describeFailure(chainFailure(found.get('b') ?? []))).toContain('(circle b -> c -> a -> b)');
  });

  it('of ten thousand resources is looked at, and its circle told in part', () => {
    const ring = Array.from({ length: 10_000 }, (_, position) => ({
      name: `r${position}`,
      watches: [`r${(position + 1) % 10_000}`],
    }));
    expect(chainProblems(ring.slice(0, -1)).size).toBe(0);
    const found = chainProblems(ring);
    expect(found.size).toBe(10_000);
    expect(found.get('r9999')).toEqual([
      'r9999',
      ...Array.from({ length: 19 }, (_, position) => `r${position}`),
      '…',
      'r9999',
    ]);
    const into = ring.map((link, position) => (position === 9999 ? { ...link, watches: ['r9999'] } : link));
    expect([...chainProblems(into).keys()]).toEqual(['r9999']);
  });

  it('names a circle that is there, for exactly the resources that reach themselves', () => {
    const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    fc.assert(
      fc.property(fc.dictionary(name, fc.array(name, { maxLength: 3 })), (watches) => {
        const found = chainProblems(links(watches));
        for (const [start, circle] of found) {
          expect([circle[0], circle.at(-1)]).toEqual([start, start]);
          for (let step = 1; step < circle.length; step++)
            expect(watches[circle[step - 1] ?? '']).toContain(circle[step]);
        }
        for (const start of Object.keys(watches)) {
          const reached = new Set(watches[start]);
          for (const one of reached) for (const next of watches[one] ?? []) reached.add(next);
          expect(found.has(start)).toBe(reached.has(start));
        }
      }),
    );
  });

  it('names the nearest resource where one does not exist', () => {
    expect(unknownResource('core-bta', ['page', 'core-beta']).details).toEqual({
      name: 'core-bta',
      nearest: 'core-beta',
    });
  });
});
