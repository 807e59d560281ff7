// What a step was given or gave, as a few lines for people.
import { printableLines } from './printable.ts';
import type { Line } from './style.ts';
import { cutTo } from './text-width.ts';

/** Lines that are shown. */
const MOST = 12;

/** The first lines of a text, each cut to the width of the terminal (null: there is none). */
export function previewLines(text: string, indent: string, width: number | null): readonly Line[] {
  const lines = printableLines(text);
  const left = width === null ? Number.POSITIVE_INFINITY : width - indent.length;
  const shown = lines.slice(0, MOST).map((line): Line => [indent, cutTo(line, left)]);
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, [indent, { text: `… ${more} more lines`, style: 'dim' }]];
}
