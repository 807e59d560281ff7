import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronCommand, execWord, shellWord, unitText, unitWord } from '../../src/install/quoting.ts';

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

  it('are written for cron with no bare percent sign, which would be a line break', () => {
    expect(cronCommand(['node', shellWord('100% of it')])).toBe("node '100\\% of it'");
  });
});

describe('words of a unit', () => {
  it('stand bare where nothing in them means anything', () => {
    expect(execWord('/usr/bin/node')).toBe('/usr/bin/node');
    expect(unitWord('PATH=/usr/bin:/bin')).toBe('PATH=/usr/bin:/bin');
  });

  it('are quoted and disarmed elsewhere', () => {
    expect(execWord('/a b/"c"\\$HOME/100%')).toBe('"/a b/\\"c\\"\\\\$$HOME/100%%"');
    expect(unitWord('PATH=/a $b')).toBe('"PATH=/a $b"');
    expect(unitWord("it's")).toBe('"it\'s"');
    expect(execWord('')).toBe('""');
    expect(unitText('100% of "it"')).toBe('100%% of "it"');
  });
});
