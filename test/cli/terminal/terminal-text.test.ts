import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTerminalText, lastState } from '../../../src/cli/terminal/terminal-text.ts';

const ESC = '\u001b';

describe('what tasks print, on a terminal', () => {
  it.each([
    ['colours', `${ESC}[31mred${ESC}[0m`, `${ESC}[31mred${ESC}[0m`],
    ['tabs', 'a\tb', 'a\tb'],
    ['erasing the screen', `a${ESC}[2J${ESC}[Hb`, 'ab'],
    ['moving up', `${ESC}[3Aover`, 'over'],
    ['a title', `${ESC}]0;pwned\u0007text`, 'text'],
    ['a link', `${ESC}]8;;https://evil.example.com${ESC}\\here${ESC}]8;;${ESC}\\`, 'here'],
    ['the clipboard', `${ESC}]52;c;cm0gLXJm${ESC}\\x`, 'x'],
    ['a device control string', `${ESC}Pq123${ESC}\\x`, 'x'],
    ['a reset of the terminal', `${ESC}cx`, 'x'],
    ['a title without an end', `${ESC}]0;never ends`, '0;never ends'],
    ['a lone escape', `x${ESC}`, 'x\\e'],
    ['a bell and a backspace', 'a\u0007\u0008b', 'a\\x07\\x08b'],
    ['text that runs backwards', 'a\u202eb', 'a\\u202eb'],
    ['a control sequence in one byte', 'a\u009b2Jb', 'a\\x9b2Jb'],
  ])('%s', (_what, printed, shown) => {
    expect(createTerminalText('coloured')(printed)).toBe(shown);
  });

  it('loses its colours where the terminal has none', () => {
    expect(createTerminalText('plain')(`${ESC}[1;31mred${ESC}[0m`)).toBe('red');
  });

  it('keeps a colour from line to line, but never lets it run into ours', () => {
    const fitted = createTerminalText('coloured');
    expect([fitted(`${ESC}[32mfirst`), fitted('second'), fitted(`third${ESC}[0m`), fitted('fourth')]).toEqual([
      `${ESC}[32mfirst${ESC}[0m`,
      `${ESC}[32msecond${ESC}[0m`,
      `${ESC}[32mthird${ESC}[0m`,
      'fourth',
    ]);
  });

  it('whatever is printed, only colours and tabs are left of what a terminal obeys', () => {
    const evil = fc.string({
      unit: fc.constantFrom(ESC, '[', ']', '2', 'J', 'm', ';', '\\', '\u0007', '\r', 'x', 'P'),
    });
    fc.assert(
      fc.property(evil, fc.constantFrom('coloured' as const, 'plain' as const), (text, colour) => {
        const shown = createTerminalText(colour)(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
        expect(shown.replace(/\u001b\[[0-9;:]*m/g, '')).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

it.each([
  ['10%\r20%\r100%', '100%'],
  ['line\r', 'line'],
  ['plain', 'plain'],
  ['10%\r', '10%'],
])('a line that is written over is shown in its last state: %j', (printed, shown) => {
  expect(lastState(printed)).toBe(shown);
});
