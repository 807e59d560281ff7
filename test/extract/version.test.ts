import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { compareVersions, isPrerelease, isVersion } from '../../src/extract/version.ts';

/** Each list in ascending order. */
const ASCENDING = [
  ['0.9', '1.0-alpha', '1.0-beta1', '1.0-beta2', '1.0-beta10', '1.0-rc1', '1.0', '1.0.1', '1.1'],
  ['v1.2', 'v1.10', 'v2.0'],
  ['2.26.4', '2.26.10', '2.27'],
  ['20231231', '20240101', '20240102'],
  ['2024-01-31', '2024-02-01', '2024-11-01'],
  ['1.0.0-1', '1.0.0-2', '1.0.0-10', '1.0.0-rc.1', '1.0.0'],
  ['1.0~rc1', '1.0', '1.0-1', '1.0-1ubuntu1', '1.0-2'],
  ['3.13.0a1', '3.13.0b2', '3.13.0rc1', '3.13.0', '3.13.1'],
  ['OpenSSL_1_0_2', 'OpenSSL_1_0_2a', 'OpenSSL_1_0_2k', 'OpenSSL_1_1_0'],
  ['8.8', '8.8p1', '8.8p2', '8.9'],
  ['jdk-21.0.1+11', 'jdk-21.0.1+12', 'jdk-21.0.2+1'],
  ['go1.9', 'go1.21rc2', 'go1.21', 'go1.21.0', 'go1.21.1'],
  ['latest', 'nightly', '0.1'],
  ['r99999999999999999998', 'r99999999999999999999', 'r100000000000000000000'],
  ['1.2-dev', '1.2-SNAPSHOT', '1.2', '1.2.post1'],
];

describe('compareVersions', () => {
  it.each(ASCENDING)('puts %s first of its list', (...versions) => {
    const shuffled = [...versions].reverse();
    expect(shuffled.sort(compareVersions)).toEqual(versions);
  });

  it('takes a prefix, case and missing zeros for the same version, and still gives them one order', () => {
    for (const [a, b] of [
      ['v1.2', '1.2'],
      ['1.0', '1.0.0'],
      ['1.0-RC1', '1.0rc1'],
    ] as const) {
      expect(compareVersions(a, b)).not.toBe(0);
      expect(Math.sign(compareVersions(a, `${b}.9`))).toBe(Math.sign(compareVersions(b, `${a}.9`)));
    }
  });

  const versions = fc.oneof(
    fc.string(),
    fc.stringMatching(/^v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}([-~._+]?(rc|a|b|beta|p|final|dev)?[0-9]{0,2}){0,2}$/),
  );

  it('is a total order over all strings', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, b) === 0).toBe(a === b);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with semantic versioning where pre-release parts are plain words and numbers', () => {
    const part = fc.oneof(fc.nat(30).map(String), fc.constantFrom('alpha', 'beta', 'gamma', 'rc', 'x'));
    const semantic = fc
      .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.array(part, { maxLength: 3 }))
      .map(([major, minor, patch, parts]) => `${major}.${minor}.${patch}${parts.length ? `-${parts.join('.')}` : ''}`);
    fc.assert(
      fc.property(semantic, semantic, (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(semver.compare(a, b));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('isPrerelease', () => {
  it.each(['1.0-rc1', '2.0.0-beta.3', '3.1~pre2', '4.0b2', '1.0.0-1', 'v1.2.0-next.4', '5.0.0.dev3', '1.2-SNAPSHOT'])(
    'is true for %s',
    (version) => expect(isPrerelease(version)).toBe(true),
  );
  it.each([
    '1.0',
    'v2.26.4',
    '20240101',
    '8.8p1',
    '1.0-1ubuntu2',
    '1.1.1w',
    '5.0.0.Final',
    '2.0+build7',
    'jammy-22.04',
  ])('is false for %s', (version) => expect(isPrerelease(version)).toBe(false));
});

describe('isVersion', () => {
  it('asks for a digit', () => {
    expect(isVersion('v1')).toBe(true);
    expect(isVersion('latest')).toBe(false);
  });
});
