import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/core/shell-word.ts';

const HOSTILE = `a b'c"d$e\`f%g\\h*i;j&k#l!m~n`;

describe('words of a shell', () => {
  it('stay one word each, whatever is in them', () => {
    const words = ['', HOSTILE, "''", '$(id)', 'plain/path', '-x=1', 'ä ö'];
    const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words);
  });

  it('hold for any text', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (words) => {
        const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
        expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });
});
