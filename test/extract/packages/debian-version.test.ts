// The order of Debian versions.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDebianVersions } from '../../../src/extract/packages/debian-version.ts';

/** From the oldest to the newest. */
const ORDERED = [
  '0~',
  '0',
  '0.9',
  '1.0~~',
  '1.0~~a',
  '1.0~rc1-1',
  '1.0',
  '1.0-1~bpo12+1',
  '1.0-1',
  '1.0-1ubuntu0.1',
  '1.0-1+b1',
  '1.0a',
  '1.0+dfsg-1',
  '1.0.1',
  '1.2',
  '1.10',
  '1.99999999999999999999',
  '2',
  '1:0.1',
  '2:0',
];

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;
const dpkgSays = (a: string, relation: 'lt' | 'eq' | 'gt', b: string) =>
  spawnSync('dpkg', ['--compare-versions', a, relation, b]).status === 0;

describe('the order of Debian versions', () => {
  it('is known for examples of every kind', () => {
    for (const [place, older] of ORDERED.entries())
      for (const newer of ORDERED.slice(place + 1)) {
        expect(compareDebianVersions(older, newer), `${older} < ${newer}`).toBeLessThan(0);
        expect(compareDebianVersions(newer, older), `${newer} > ${older}`).toBeGreaterThan(0);
      }
  });

  it('takes leading zeros and a revision of 0 for what they are', () => {
    expect(compareDebianVersions('1.01', '1.1')).toBe(0);
    expect(compareDebianVersions('0:1.0', '1.0')).toBe(0);
    expect(compareDebianVersions('1.0-0', '1.0')).toBe(0);
  });

  const version = fc
    .tuple(
      fc.option(fc.nat({ max: 3 })),
      fc.stringMatching(/^[0-9][0-9a-c.+~]{0,6}$/),
      fc.option(fc.stringMatching(/^[0-9a-c.+~]{1,4}$/)),
    )
    .map(([epoch, upstream, revision]) =>
      [epoch === null ? '' : `${epoch}:`, upstream, revision === null ? '' : `-${revision}`].join(''),
    );

  it('is an order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareDebianVersions(a, a)).toBe(0);
        expect(Math.sign(compareDebianVersions(a, b))).toBe(-Math.sign(compareDebianVersions(b, a)) || 0);
        const [one, two, three] = [a, b, c].sort(compareDebianVersions);
        expect(compareDebianVersions(one!, three!)).toBeLessThanOrEqual(0);
        expect(compareDebianVersions(two!, three!)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.skipIf(!hasDpkg)('is that of dpkg', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = compareDebianVersions(a, b);
        expect(dpkgSays(a, order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq', b), `${a} ${order} ${b}`).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
