import { describe, expect, it } from 'vitest';
import { renderLine, wantsColour } from '../../../src/cli/terminal/style.ts';

describe('colour', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: 'false' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    [{ TERM: 'dumb' }, true, false],
    [{ TERM: 'xterm-256color' }, true, true],
  ])('with %j on a terminal (%j) is %j', (variables, terminal, wanted) => {
    expect(wantsColour({ terminal }, variables)).toBe(wanted);
  });

  it('surrounds the text of a span, whose own escapes are shown', () => {
    const line = renderLine(['is ', { text: 'red\u001b[0m', style: 'red' }, { text: '', style: 'bold' }], 'coloured');
    expect(line).toBe('is \u001b[31mred\\e[0m\u001b[39m');
  });

  it('is left out of plain lines', () => {
    expect(renderLine([{ text: 'ok', style: 'green' }, '  '], 'plain')).toBe('ok');
  });
});
