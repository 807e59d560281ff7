// The tasks of a run as a picture: one line each, a bar where along the run's time it ran.
import { isFinished, type RunRecord, type TaskRecord } from '../../core/run.ts';
import { printable } from '../terminal/printable.ts';
import type { Line, Span } from '../terminal/style.ts';
import { type Column, fitColumns } from '../terminal/table.ts';
import { cutTo, widthOf } from '../terminal/text-width.ts';
import { STATUS_STYLES, statusText, timeSpent } from './run-words.ts';

/** Width of the bars where there is no terminal, and the most and least on one. */
const USUAL = 40;
const WIDEST = 60;
const NARROWEST = 10;
const GAP = 2;
const BAR = '━';
/** What a task waited before it began. */
const WAITED = '·';

const COLUMNS: readonly Column[] = [
  { title: 'task', shrinks: 'yes' },
  { title: 'status', shrinks: 'no' },
  { title: 'time', shrinks: 'no' },
];

/** `available` is the width of the terminal; null: there is none. Tasks that run have come as far as `now`. */
export function timelineLines(run: RunRecord, now: number, available: number | null): readonly Line[] {
  const rows = run.tasks.map((task) => ({ task, texts: textsOf(task, now) }));
  const natural = COLUMNS.map((_, column) => Math.max(0, ...rows.map(({ texts }) => widthOf(texts[column] ?? ''))));
  const [name = 0, status = 0, time = 0] = fitColumns(
    natural,
    COLUMNS,
    available === null ? null : available - NARROWEST - GAP,
  );
  const taken = name + status + time + 3 * GAP;
  const width = available === null ? USUAL : Math.min(WIDEST, available - taken);
  return rows.map(({ task, texts }): Line => {
    const [named = '', how = '', spent = ''] = texts;
    const style = STATUS_STYLES[task.status];
    const bar = width < NARROWEST ? [] : barOf(task, run, now, width);
    return [
      { text: padded(cutTo(named, name), name + GAP), style: 'bold' },
      { text: padded(how, status + GAP), style },
      padded(spent, time + GAP),
      ...bar,
    ];
  });
}

function textsOf(task: TaskRecord, now: number): readonly [name: string, status: string, time: string] {
  const tries = task.tries > 1 ? `, ${task.tries} tries` : '';
  const spent = task.startedAt === null ? '' : timeSpent(Math.max(0, (task.finishedAt ?? now) - task.startedAt));
  return [printable(task.name), `${statusText(task)}${tries}`, spent];
}

/** The part of the run's time in which a task waited, and in which it ran; at least one sign where it ran at all. */
function barOf(task: TaskRecord, run: RunRecord, now: number, width: number): readonly Span[] {
  const { startedAt } = task;
  if (startedAt === null) return [];
  const begin = run.startedAt ?? startedAt;
  const ends = run.tasks.map(({ finishedAt }) => finishedAt ?? begin);
  const end = Math.max(isFinished(run.status) ? (run.finishedAt ?? begin) : now, ...ends, begin + 1);
  const place = (instant: number) => {
    const part = (Math.min(Math.max(instant, begin), end) - begin) / (end - begin);
    return Math.round(part * width);
  };
  const from = Math.min(place(startedAt), width - 1);
  const to = Math.max(place(task.finishedAt ?? end), from + 1);
  return [
    { text: WAITED.repeat(from), style: 'dim' },
    { text: BAR.repeat(to - from), style: STATUS_STYLES[task.status] },
  ];
}

function padded(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - widthOf(text)))}`;
}
