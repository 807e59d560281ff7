import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/core/shell-word.ts';
import { cronCommand, execWord, unitText, unitWord } from '../../src/install/quoting.ts';

describe('words of a shell', () => {
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
