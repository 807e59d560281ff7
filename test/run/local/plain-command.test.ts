import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainCommand } from '../../../src/run/local/plain-command.ts';

describe('a plain command', () => {
  it.each([
    ['./run-checks', 'program', ['./run-checks']],
    [' make  -j2\tVERBOSE=1 test ', 'program', ['make', '-j2', 'VERBOSE=1', 'test']],
    ['true', 'builtin', ['true']],
    ['exit 3', 'builtin', ['exit', '3']],
  ])('is one of plain words: %s', (line, kind, words) => {
    expect(plainCommand([line])).toEqual({ kind, words });
  });

  it.each([
    'echo $HOME',
    'a; b',
    'a && b',
    'a > b',
    'X=1 make',
    'make "all"',
    'ls *.ts',
    'cat ~/x',
    'true # no',
    '! true',
    'a\nb',
    '%1',
    '{a,b}',
    '-x',
    '',
    ' ',
    '. ./env.sh',
    'cd sub',
    'kill 1',
    'if true',
    'time make',
  ])('is not what a shell takes apart, or carries out itself: %s', (line) => {
    expect(plainCommand([line])).toBe(null);
  });

  it('is not more than one line, nor none', () => {
    expect([plainCommand(['true', 'true']), plainCommand([])]).toEqual([null, null]);
  });

  it('is no word that bash has for itself', () => {
    const words = spawnSync('bash', ['-c', 'compgen -bk'], { encoding: 'utf8' }).stdout.trim().split('\n');
    expect(words.length).toBeGreaterThan(60);
    expect(words.filter((word) => plainCommand([word])?.kind === 'program')).toEqual([]);
  });

  it('has the words that bash would give to a program', () => {
    const line = fc.string({ unit: fc.constantFrom(...'ab1 \t./:@%+,=-_') }).map((text) => `a${text}`);
    fc.assert(
      fc.property(line, (text) => {
        const plain = plainCommand([text]);
        fc.pre(plain !== null && !plain.words[0].includes('/'));
        const script = `${plain?.words[0]}() { printf '%s\\n' ${plain?.words[0]} "$@"; }; ${text}`;
        expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n')).toEqual(plain?.words);
      }),
      { numRuns: 50 },
    );
  });
});
