import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatcher, isGlob } from '../../src/core/glob.ts';

describe('globMatcher', () => {
  it.each([
    ['core-*', 'core-beta', true],
    ['core-*', 'core-', true],
    ['core-*', 'core-beta/arm64', false],
    ['core-**', 'core-beta/arm64', true],
    ['**/arm64', 'core/beta/arm64', true],
    ['core-?', 'core-x', true],
    ['core-?', 'core-/', false],
    ['core-?', 'core-\u{1f600}', true],
    ['{core,snapd}-beta', 'snapd-beta', true],
    ['{core*,snapd}-beta', 'core22-beta', true],
    ['{core,snapd}-beta', 'lxd-beta', false],
    ['a.b', 'axb', false],
    ['a+b', 'aab', false],
    ['core', 'core-beta', false],
    ['core', 'Core', false],
  ])('%s on %s is %s', (pattern, name, expected) => {
    expect(globMatcher(pattern)(name)).toBe(expected);
  });

  it('takes every name without special characters for itself and nothing else', () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => !isGlob(text));
    fc.assert(
      fc.property(name, name, (pattern, other) => {
        expect(globMatcher(pattern)(pattern)).toBe(true);
        expect(globMatcher(pattern)(other)).toBe(pattern === other);
      }),
    );
  });

  it('takes no longer than pattern times name, however many runs there are', () => {
    const matches = globMatcher(`${'**a'.repeat(60)}b`);
    expect(matches('a'.repeat(200))).toBe(false);
    expect(matches(`${'a'.repeat(200)}b`)).toBe(true);
  });

  it('compiles whatever is typed, unbalanced braces and brackets included', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20, unit: fc.constantFrom(...'{}[](),*?\\|^$a/-') }), (pattern) => {
        expect(typeof globMatcher(pattern)('a')).toBe('boolean');
      }),
    );
  });
});

describe('isGlob', () => {
  it('tells patterns from names', () => {
    expect(['a*', 'a?', '{a,b}'].every(isGlob)).toBe(true);
    expect(['core-beta', 'a/b', 'a.b+c', 'a]b'].some(isGlob)).toBe(false);
  });
});
