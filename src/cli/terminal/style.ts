// Lines as spans of text and style. Only here does text become what a terminal obeys: the text of every span is made
// printable first, so that no value can carry an escape of its own past this file.
import { styleText } from 'node:util';
import { printable } from './printable.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** One line of output; a plain string is a span without style. */
export type Line = string | readonly (string | Span)[];

/** Environment variables that decide on colour, as they are set. */
export type ColourVariables = Readonly<Partial<Record<'NO_COLOR' | 'FORCE_COLOR' | 'TERM', string>>>;

/**
 * Whether to colour what goes to a stream: FORCE_COLOR decides where it is set (0 and false: no), then NO_COLOR where
 * it is set and not empty; else only terminals that are not dumb are coloured.
 */
export function wantsColour(stream: { readonly terminal: boolean }, variables: ColourVariables): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = variables;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (refused !== undefined && refused !== '') return false;
  return stream.terminal && terminal !== 'dumb';
}

export type Colour = 'coloured' | 'plain';

/** The spans of a line, strings included. */
export function spansOf(line: Line): readonly Span[] {
  return (typeof line === 'string' ? [line] : line).map((part) => (typeof part === 'string' ? { text: part } : part));
}

/** The line as it is written to the stream, without its line break. */
export function renderLine(line: Line, colour: Colour): string {
  return spansOf(line)
    .map(({ text, style }) => {
      const shown = printable(text);
      return style === undefined || colour === 'plain' || shown === ''
        ? shown
        : styleText(style, shown, { validateStream: false });
    })
    .join('')
    .trimEnd();
}
