// Tables that fit the terminal: columns that may shrink give way, widest first, and are cut with `…`; lines never wrap.
// Without a terminal nothing is cut.
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import type { Line, Span, Style } from './style.ts';
import { cutTo, widthOf } from './text-width.ts';

export interface Column {
  readonly title: string;
  /** `yes`: may be cut where the terminal is narrow. */
  readonly shrinks: 'yes' | 'no';
}

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Row = readonly (Cell | string)[];

const GAP = 2;
/** Columns are not cut below this width. */
const LEAST = 8;

/** Widths for columns that would like `natural` ones, in `available` columns of a terminal (null: without end). */
export function fitColumns(
  natural: readonly number[],
  columns: readonly Column[],
  available: number | null,
): readonly number[] {
  const widths = [...natural];
  const gaps = GAP * Math.max(0, widths.filter((width) => width > 0).length - 1);
  let excess = available === null ? 0 : sum(widths) + gaps - available;
  while (excess > 0) {
    const candidates = widths
      .map((width, index) => ({ width, index }))
      .filter(({ width, index }) => columns[index]?.shrinks === 'yes' && width > LEAST)
      .sort((a, b) => b.width - a.width);
    const [widest, next] = candidates;
    if (widest === undefined) break;
    const target = Math.max(LEAST, next?.width ?? LEAST);
    const cut = Math.min(excess, Math.max(1, widest.width - target));
    widths[widest.index] = widest.width - cut;
    excess -= cut;
  }
  return widths;
}

/** A table whose rows come in batches: columns grow with later batches but never shrink. */
export interface Table {
  /** The lines of further rows; the titles come before the first. Columns without any text are left out. */
  lines(rows: readonly Row[]): readonly Line[];
}

export function createTable(
  columns: readonly Column[],
  available: number | null,
  titles: 'titled' | 'untitled' = 'titled',
): Table {
  let natural = columns.map(() => 0);
  let pending: readonly Span[][] =
    titles === 'titled' ? [columns.map(({ title }) => ({ text: title, style: 'dim' }))] : [];
  return {
    lines(rows) {
      const cells = rows.map((row) => row.map(toSpan));
      natural = natural.map((before, index) =>
        cells.reduce((widest, row) => Math.max(widest, widthOf(row[index]?.text ?? '')), before),
      );
      const wanted = natural.map((width, index) =>
        width === 0 || titles === 'untitled' ? width : Math.max(width, widthOf(columns[index]?.title ?? '')),
      );
      const widths = fitColumns(wanted, columns, available);
      const lines = [...pending, ...cells].map((row) => layOut(row, widths, available));
      pending = [];
      return lines;
    },
  };
}

/** Prints a whole table. */
export function printTable(output: Output, columns: readonly Column[], rows: readonly Row[]): void {
  if (rows.length === 0) return;
  for (const line of createTable(columns, output.width).lines(rows)) output.print(line);
}

function layOut(row: readonly Span[], widths: readonly number[], available: number | null): Line {
  const spans: Span[] = [];
  let left = available ?? Number.POSITIVE_INFINITY;
  const shown = widths.flatMap((width, index) => (width > 0 ? [{ width, cell: row[index] ?? { text: '' } }] : []));
  for (const [position, { width, cell }] of shown.entries()) {
    const text = cutTo(cell.text, Math.min(width, left));
    const last = position === shown.length - 1;
    spans.push({ ...cell, text });
    const padding = last ? 0 : Math.min(width - widthOf(text) + GAP, left - widthOf(text));
    if (padding > 0) spans.push({ text: ' '.repeat(padding) });
    left -= widthOf(text) + Math.max(0, padding);
    if (left <= 0) break;
  }
  return spans;
}

function toSpan(cell: Cell | string): Span {
  const { text, style } = typeof cell === 'string' ? { text: cell } : { style: cell.style, text: cell.text };
  return { text: printable(text), style };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
