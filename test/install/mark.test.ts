import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingOf, withMark } from '../../src/install/mark.ts';

describe('the mark', () => {
  it('tells what is as install wrote it from what somebody changed, and from what never was ours', () => {
    const wanted = withMark('a=1\n');
    expect(standingOf(null, wanted)).toBe('absent');
    expect(standingOf(null, null)).toBe('absent');
    expect(standingOf(wanted, wanted)).toBe('wanted');
    expect(standingOf(withMark('a=2\n'), wanted)).toBe('installed');
    expect(standingOf(wanted, null)).toBe('installed');
    expect(standingOf(`${wanted}b=1\n`, wanted)).toBe('edited');
    expect(standingOf(`${wanted}b=1\n`, null)).toBe('edited');
    expect(standingOf('[Unit]\n', wanted)).toBe('foreign');
    expect(standingOf('', wanted)).toBe('foreign');
    expect(standingOf(`# mine\n${wanted}`, wanted)).toBe('foreign');
  });

  it('holds for any text, and for no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        expect(standingOf(withMark(text), null)).toBe('installed');
        if (other !== '') expect(standingOf(withMark(text) + other, null)).toBe('edited');
      }),
    );
  });
});
