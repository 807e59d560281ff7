import { describe, expect, it } from 'vitest';
import { exchangesOf, matchesTranscript } from './transcript.ts';

describe('exchangesOf', () => {
  it('gives commands with their continuations and what they print', () => {
    expect(exchangesOf('$ a \\\n>   b\none\n\ntwo\n$ c\n')).toEqual([
      { command: 'a \\\n  b', expected: ['one', '', 'two'] },
      { command: 'c', expected: [] },
    ]);
  });

  it('refuses output that no command prints', () => {
    expect(() => exchangesOf('one\n$ a\n')).toThrow('before the first command');
  });
});

describe('matchesTranscript', () => {
  it.each([
    [['ok  app  2.0  3m ago'], ['ok  app  2.0  now']],
    [['changed    app  New app (2.0)  5e1c309'], ['changed    app  New app (2.0)  1234567']],
    [['Observed: 2026-03-07T12:00:00.000Z'], ['Observed: 2027-01-01T00:00:01.250Z']],
    [['5e1c309  2026-03-07 12:00  3m ago  2.0'], ['99a0b1c  2026-11-21 19:16  1h ago     2.0']],
    [['resources of …/origin.git'], ['resources of /tmp/x y/origin.git']],
    [['1 http   25ms'], ['1 http   3s', '', '']],
  ])('takes %j for %j', (expected, actual) => {
    expect(matchesTranscript(expected, actual)).toBe(true);
  });

  it.each([
    [['ok  app  2.0'], ['ok  app  2.1']],
    [['ok  app  2.0'], ['ok app  2.0']],
    [['ok  app  2.0'], ['   ok  app  2.0']],
    [['a.c'], ['abc']],
    [['one'], ['one', 'two']],
    [['one', 'two'], ['one']],
    [[], ['one']],
  ])('does not take %j for %j', (expected, actual) => {
    expect(matchesTranscript(expected, actual)).toBe(false);
  });
});
