import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { compilePattern } from '../../src/system/pattern.ts';

function refusal(source: string, flags?: string): Failure {
  try {
    compilePattern(source, flags);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${source} was accepted`);
}

describe('a pattern', () => {
  it('gives groups by number and by name, and null for one that took no part', () => {
    const match = compilePattern('v(?<major>\\d+)\\.(\\d+)(?:-(\\w+))?').match('tag v12.3 of v1.0');
    expect(match).toEqual({ text: 'v12.3', index: 4, groups: ['12', '3', null], named: { major: '12' } });
  });

  it('gives null where nothing matches', () => {
    expect(compilePattern('x').match('abc')).toBeNull();
    expect(compilePattern('x').test('abc')).toBe(false);
    expect(compilePattern('b').test('abc')).toBe(true);
  });

  it('finds all matches from left to right, empty ones too', () => {
    expect([...compilePattern('\\d+').matchAll('1 22 333')].map((match) => match.text)).toEqual(['1', '22', '333']);
    expect([...compilePattern('a*').matchAll('ba')].map((match) => match.index)).toEqual([0, 1, 2]);
  });

  it('replaces all matches or the first, with groups', () => {
    expect(compilePattern('(?<a>\\w)(\\d)').replace('x1 y2', '$2$<a>$$')).toBe('1x$ 2y$');
    expect(compilePattern('\\d').replace('1 2', '-', 'first')).toBe('- 2');
  });

  it('takes flags', () => {
    expect(compilePattern('^B$', 'im').test('a\nb\nc')).toBe(true);
    expect(compilePattern('^B$').test('a\nb\nc')).toBe(false);
    expect(compilePattern('a.b', 's').test('a\nb')).toBe(true);
    expect(refusal('a', 'g')).toMatchObject({ reason: 'definition', details: { flag: 'g' } });
  });

  it('tells which groups it has', () => {
    expect(compilePattern('(a)(?P<b>b)')).toMatchObject({ groupCount: 2, groupNames: ['b'] });
  });
});

describe('an expression that cannot be used', () => {
  it.each([
    ['a(?=b)', /lookahead/],
    ['a(?!b)', /lookahead/],
    ['(?<=a)b', /lookbehind/],
    ['(?<!a)b', /lookbehind/],
    ['(a)\\1', /references back/],
    ['a++', /possessive/],
    ['(?>a)', /atomic/],
    ['[a', /not valid/],
    ['(a', /not valid/],
    ['a{2000}', /not valid/],
    [`(${'x{1000}'.repeat(11)})`, /too large/],
  ])('%s is refused with the reason', (source, message) => {
    expect(refusal(source)).toMatchObject({ reason: 'definition', message: expect.stringMatching(message) });
  });

  it('names what is wrong with the syntax', () => {
    expect(refusal('x[a').details.problem).toContain('[a');
  });
});

it('an expression that makes a backtracking matcher hang is matched', () => {
  const text = `${'a'.repeat(50_000)}!`;
  expect(compilePattern('^(a+)+$').test(text)).toBe(false);
  expect(compilePattern('^(a|aa)+$').match(text)).toBeNull();
});
