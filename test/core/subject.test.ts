import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertMessage, assertValue, formatSubject, hasSkipDirective, parseSubject } from '../../src/core/subject.ts';

describe('the subject of a change commit', () => {
  it('gives back every value that may be written, for every message that may be used', () => {
    const admitted = (check: (text: string) => void) => (text: string) => {
      try {
        check(text);
        return true;
      } catch {
        return false;
      }
    };
    const message = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter(admitted(assertMessage));
    const value = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }).filter(admitted(assertValue));
    fc.assert(
      fc.property(message, value, (m, v) => {
        expect(parseSubject(m, formatSubject(m, v))).toBe(v);
      }),
    );
  });

  it.each([
    ['New snap', 'New snap (12)', '12'],
    ['New snap', 'New snap (1.0 (beta))', '1.0 (beta)'],
    ['New arch ', 'New arch  (abc)', 'abc'],
    ['New arch', 'New arch  (abc)', 'abc'],
    ['New snap', 'New snap beta (12)', undefined],
    ['New snap', 'New snap (12) again', undefined],
    ['New snap', 'New snap(12)', undefined],
    ['New (a|b)+ snap', 'New (a|b)+ snap (1+2)', '1+2'],
    ['New snap', 'Merge: New snap (12)', undefined],
    ['New snap', 'New snap (', undefined],
  ])('of message %j reads %j as %j', (message, subject, value) => {
    expect(parseSubject(message, subject)).toBe(value);
  });

  it.each([
    '[skip ci]',
    '[CI SKIP]',
    '[no ci]',
    '[skip actions]',
    '[actions skip]',
    '***NO_CI***',
    'Skip-Checks: true',
  ])('never carries the CI directive %s', (directive) => {
    expect(hasSkipDirective(`a ${directive} b`)).toBe(true);
    expect(() => assertValue(`1 ${directive}`)).toThrow('CI skip');
    expect(() => assertMessage(`m ${directive}`)).toThrow('CI skip');
  });

  it('refuses line breaks, control characters, empty and over-long values', () => {
    expect(() => assertValue('a\nb')).toThrow('several lines');
    expect(() => assertValue('a\u0000b')).toThrow('control characters');
    expect(() => assertValue('')).toThrow('empty');
    expect(() => assertValue('x'.repeat(201))).toThrow('too long');
    expect(() => assertValue('x'.repeat(200))).not.toThrow();
    expect(() => assertMessage('a\rb')).toThrow('line break');
  });
});
