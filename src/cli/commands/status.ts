// `status`: one line per resource, failing first.
import type { Command } from 'commander';
import { formatDuration } from '../../core/duration.ts';
import { describeFailure } from '../../core/failure.ts';
import type { StatusLine } from '../../pipeline/show/status.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { describeError } from '../outcome-lines.ts';
import { STATUS_STYLES, statusText } from '../runs/run-words.ts';
import type { Runtime } from '../runtime.ts';
import type { Style } from '../terminal/style.ts';
import { type Cell, type Column, printTable, type Row } from '../terminal/table.ts';
import { relativeTime } from '../terminal/times.ts';
import type { AppTools } from '../tools.ts';

export interface StatusOptions {
  readonly tag?: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'STATE', shrinks: 'no' },
  { title: 'RESOURCE', shrinks: 'yes' },
  { title: 'VALUE', shrinks: 'yes' },
  { title: 'CHANGED', shrinks: 'no' },
  { title: 'RESULT', shrinks: 'no' },
  { title: 'RUNS', shrinks: 'no' },
  { title: 'NEXT', shrinks: 'no' },
  { title: 'ERROR', shrinks: 'yes' },
];

const STYLES: Readonly<Record<StatusLine['state'], Style>> = {
  ok: 'green',
  failing: 'red',
  manual: 'dim',
  paused: 'dim',
  'not-started': 'yellow',
  'no-definition': 'dim',
};

export function addStatus(program: Command, runtime: Runtime): void {
  program
    .command('status')
    .summary('one line per resource, failing first')
    .description(
      'The newest recorded value of every resource, when it changed, how its newest run ended, how many runs are due,\n' +
        'wait and run, when it is checked next, and what fails. Runs nothing of what the repository holds; where the remote\n' +
        'cannot be reached the last known state is shown.',
    )
    .argument('[NAME...]', 'names or globs of resources')
    .option('--tag <TAG>', 'only resources with this tag')
    .addHelpText('after', examples(['status', "status 'core-*'", 'status --tag store --json']))
    .action((names: string[], options: StatusOptions) => runtime.withApp((tools) => runStatus(names, options, tools)));
}

export async function runStatus(
  names: readonly string[],
  options: StatusOptions,
  { app, output, clock, signal }: AppTools,
): Promise<ExitStatus> {
  const report = await app.status(names, signal);
  const { tag } = options;
  const lines = tag === undefined ? report.lines : report.lines.filter(({ tags }) => tags.includes(tag));
  for (const line of lines) output.object(statusObject(line));
  const now = clock.now();
  if (output.format === 'human') {
    const rows = lines.map((line) => statusRow(line, now));
    printTable(output, COLUMNS, rows);
  }
  if (report.stale !== null) {
    output.log.warn(`the remote could not be asked, this is its last known state: ${describeFailure(report.stale)}`);
  }
  const { failing_since: since, error } = report.remote;
  if (since !== null) {
    output.log.warn(
      `the remote is failing since ${formatDuration(now - Date.parse(since))}${error === null ? '' : `: ${error}`}`,
    );
  }
  const runs = countRuns(lines);
  output.say(`${countStates(lines, report.noDefinition)}${runs === '' ? '' : `; runs: ${runs}`}`);
  return 0;
}

/** The objects of `status --json`: what is said of runs is there also where nothing ran. */
function statusObject(line: StatusLine): object {
  const { due = 0, waiting = 0, running = 0, last_run: last = null } = line;
  return { ...line, due, waiting, running, last_run: last };
}

/** `2 due, 1 waiting, 1 running` over these resources; empty where there is none. */
function countRuns(lines: readonly Pick<StatusLine, 'due' | 'waiting' | 'running'>[]): string {
  return (['due', 'waiting', 'running'] as const)
    .map((word) => ({ word, count: lines.reduce((sum, line) => sum + (line[word] ?? 0), 0) }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`)
    .join(', ');
}

/** How the newest run ended, and when: `failed (3) 2h ago`. */
function lastRunCell({ last_run: last }: StatusLine, now: number): Cell {
  if (last === null || last === undefined) return { text: '' };
  const text = statusText({ status: last.status, exitCode: last.exit_code });
  const when = last.finished_at === null ? '' : ` ${relativeTime(Date.parse(last.finished_at), now)}`;
  return { text: `${text}${when}`, style: STATUS_STYLES[last.status] };
}

function statusRow(line: StatusLine, now: number): Row {
  const { observed_at: observed, next_check: next } = line;
  return [
    { text: line.state, style: STYLES[line.state] },
    { text: line.resource, style: 'bold' },
    line.value ?? '',
    observed === null ? '' : relativeTime(Date.parse(observed), now),
    lastRunCell(line, now),
    { text: countRuns([line]), style: 'cyan' },
    next === null ? '' : Date.parse(next) <= now ? 'due' : relativeTime(Date.parse(next), now),
    { text: remarks(line, now), style: line.error === null ? undefined : 'red' },
  ];
}

function remarks(line: StatusLine, now: number): string {
  const since = line.failing_since;
  const failing =
    line.error === null || since === null
      ? ''
      : ` (${line.failures} times in ${formatDuration(Math.max(0, now - Date.parse(since)))})`;
  return [
    line.error === null ? '' : `${describeError(line.error)}${failing}`,
    line.pending === null ? '' : `${line.pending} awaits confirmation`,
    line.unpushed === null ? '' : `${line.unpushed} not pushed yet`,
  ]
    .filter((remark) => remark !== '')
    .join('; ');
}

/** `34 resources: 1 failing, 32 ok, 1 not-started; 3 branches without a definition`. */
export function countStates(lines: readonly StatusLine[], noDefinition: number): string {
  const order: readonly StatusLine['state'][] = ['failing', 'ok', 'manual', 'paused', 'not-started', 'no-definition'];
  const counts = order
    .map((state) => ({ state, count: lines.filter((line) => line.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  const resources = `${lines.length} ${lines.length === 1 ? 'resource' : 'resources'}`;
  const branches = noDefinition === 1 ? 'branch' : 'branches';
  const others = noDefinition === 0 ? '' : `; ${noDefinition} ${branches} without a definition`;
  return `${counts.length === 0 ? resources : `${resources}: ${counts.join(', ')}`}${others}`;
}
