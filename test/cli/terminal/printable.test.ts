import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableLines } from '../../../src/cli/terminal/printable.ts';

describe('hostile text', () => {
  it.each([
    ['a colour', '\u001b[31mred\u001b[0m', '\\e[31mred\\e[0m'],
    ['a title of the window', '\u001b]0;owned\u0007', '\\e]0;owned\\x07'],
    ['the eight-bit form of an escape', '\u009b31m', '\\x9b31m'],
    ['a line break', 'one\ntwo\r', 'one\\ntwo\\r'],
    ['a backspace and a NUL', 'a\b\0', 'a\\x08\\x00'],
    ['a turned direction', '1\u202e2\u202c', '1\\u202e2\\u202c'],
    ['an invisible space', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['half a pair', '\ud83d', '\\ud83d'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ])('shows %s instead of obeying it', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(['1.2.3+git', 'Größe 古い 👩‍👩‍👧', 'a (b)'])('leaves %s alone', (text) => {
    expect(printable(text)).toBe(text);
  });

  it('never lets a control character through, and has nothing more to do the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });

  it('keeps the lines of a preview, and only those', () => {
    expect(printableLines('one\r\n\ttwo\n')).toEqual(['one', '\\ttwo']);
  });
});
