import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderLine } from '../../../src/cli/terminal/style.ts';
import { type Column, createTable, fitColumns } from '../../../src/cli/terminal/table.ts';
import { widthOf } from '../../../src/cli/terminal/text-width.ts';

const COLUMNS: readonly Column[] = [
  { title: 'STATE', shrinks: 'no' },
  { title: 'VALUE', shrinks: 'yes' },
  { title: 'ERROR', shrinks: 'yes' },
];

const plain = (columns: readonly Column[], rows: readonly (readonly string[])[], available: number | null) =>
  createTable(columns, available)
    .lines(rows)
    .map((line) => renderLine(line, 'plain'));

describe('a table', () => {
  it('aligns columns under their titles', () => {
    expect(
      plain(
        COLUMNS,
        [
          ['ok', '1', 'x'],
          ['failing', '12345678', ''],
        ],
        null,
      ),
    ).toEqual(['STATE    VALUE     ERROR', 'ok       1         x', 'failing  12345678']);
  });

  it('leaves out columns in which nothing stands', () => {
    expect(plain(COLUMNS, [['ok', '1', '']], null)).toEqual(['STATE  VALUE', 'ok     1']);
  });

  it('cuts the widest column first, and not what must be whole', () => {
    const row = ['not-started', 'a value', 'a long story about what went wrong'];
    expect(plain(COLUMNS, [row], 40)[1]).toBe('not-started  a value  a long story abou…');
  });

  it('tells everything where there is no terminal', () => {
    const long = 'x'.repeat(500);
    expect(plain(COLUMNS, [['ok', long, long]], null)[1]).toBe(`ok     ${long}  ${long}`);
  });

  it('measures wide characters by the columns that they take', () => {
    expect(
      plain(
        COLUMNS,
        [
          ['ok', '古い値', 'x'],
          ['ok', '1', 'y'],
        ],
        null,
      ).slice(1),
    ).toEqual(['ok     古い値  x', 'ok     1       y']);
    expect(plain(COLUMNS.slice(1, 2), [['古い値古い値']], 8)[1]).toBe('古い値…');
  });

  it('shows escapes in cells instead of letting them move the columns', () => {
    expect(plain(COLUMNS, [['ok', '\u001b[2K', 'x']], null)[1]).toBe('ok     \\e[2K  x');
  });

  it('comes in batches whose columns only grow', () => {
    const table = createTable(COLUMNS, null);
    const lines = [...table.lines([['ok', 'long value', 'x']]), ...table.lines([['ok', '1', 'y']])];
    expect(lines.map((line) => renderLine(line, 'plain'))).toEqual([
      'STATE  VALUE       ERROR',
      'ok     long value  x',
      'ok     1           y',
    ]);
  });

  it('never writes a line that is wider than the terminal', () => {
    const cells = fc.tuple(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 5 }), fc.integer({ min: 20, max: 100 }), (rows, width) => {
        for (const line of plain(COLUMNS, rows, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('fitting columns', () => {
  it('takes nothing away where there is room', () => {
    expect(fitColumns([5, 10, 20], COLUMNS, 39)).toEqual([5, 10, 20]);
  });

  it('shares what is left between the columns that shrink', () => {
    expect(fitColumns([5, 30, 40], COLUMNS, 49)).toEqual([5, 20, 20]);
  });

  it('stops at the least width and leaves the rest to the end of the line', () => {
    expect(fitColumns([30, 10, 10], COLUMNS, 20)).toEqual([30, 8, 8]);
  });
});
