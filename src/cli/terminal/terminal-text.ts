// What tasks print made fit for a terminal. Colours pass: they change how text looks and nothing else, and suites speak
// by them. Everything else that a terminal obeys (moving the cursor, erasing, titles, links, the clipboard) is taken out,
// since it could overwrite our lines or answer for the user; what is left of control characters is written out.
import { printable } from './printable.ts';
import type { Colour } from './style.ts';

/** Sequences that begin with ESC: control sequences, strings with their end, and all shorter ones. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are looked for
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[PX^_][^\u001b]*\u001b\\|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const COLOURS = /^\u001b\[[0-9;:]*m$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const RESET = /^\u001b\[[0;]*m$/;
const NORMAL = '\u001b[0m';
/** Colours that are carried over to the next line, in characters; a line that sets more begins anew. */
const LONGEST_COLOURS = 200;

/** Makes the lines of one stream fit, one after the other: a colour that is still on at the end of a line is ended there
 * and taken up again on the next. A line is text without its line break. */
export function createTerminalText(colour: Colour): (line: string) => string {
  let carried = '';
  return (line) => {
    let shown = colour === 'coloured' ? carried : '';
    let from = 0;
    for (const { 0: sequence, index } of line.matchAll(SEQUENCE)) {
      shown += withTabs(line.slice(from, index));
      from = index + sequence.length;
      if (colour === 'plain' || !COLOURS.test(sequence)) continue;
      shown += sequence;
      carried = RESET.test(sequence) || carried.length > LONGEST_COLOURS ? '' : carried + sequence;
    }
    shown += withTabs(line.slice(from));
    return carried === '' || colour === 'plain' ? shown : `${shown}${NORMAL}`;
  };
}

/** The last state of a line that was written over by carriage returns, as a terminal would show it. */
export function lastState(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

function withTabs(text: string): string {
  return text.split('\t').map(printable).join('\t');
}
