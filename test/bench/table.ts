// The result for people: what was measured, the goal and the figure side by side, then the medians for information.
import { isBoundBelow, type Line } from './goals.ts';
import { format } from './lines.ts';

const HEADINGS = ['measured', 'against', 'goal', 'reached', 'verdict', 'median', 'its median', 'note'];

export function printTable(lines: readonly Line[]): void {
  const rows = [HEADINGS, ...lines.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head = '', ...body] = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  console.log([head, '-'.repeat(head.length), ...body].join('\n'));
  const missed = lines.filter(({ verdict }) => verdict === 'not reached').length;
  const judged = lines.filter(({ verdict }) => verdict !== 'no goal').length;
  console.log(`\n${judged - missed} of ${judged} goals reached. Only ratios of one run mean something elsewhere.`);
}

function cells(line: Line): readonly string[] {
  const bound = isBoundBelow(line.unit) ? 'at least' : 'at most';
  const milliseconds = (value: number | null): string => (value === null ? '' : `${format(value)} ms`);
  return [
    line.what,
    line.against,
    line.goal === null ? '' : `${bound} ${line.goal}`,
    `${format(line.reached)} ${line.unit}`,
    line.verdict,
    milliseconds(line.ours),
    milliseconds(line.other),
    line.note,
  ];
}
