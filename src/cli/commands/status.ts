// `status`: one line per resource, failing first.
import type { Command } from 'commander';
import { formatDuration } from '../../core/duration.ts';
import { describeFailure } from '../../core/failure.ts';
import type { StatusLine } from '../../pipeline/show/status.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { describeError } from '../outcome-lines.ts';
import type { Runtime } from '../runtime.ts';
import type { Style } from '../style.ts';
import { type Column, printTable, type Row } from '../table.ts';
import { relativeTime } from '../times.ts';
import type { AppTools } from '../tools.ts';

export interface StatusOptions {
  readonly tag?: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'STATE', shrinks: 'no' },
  { title: 'RESOURCE', shrinks: 'yes' },
  { title: 'VALUE', shrinks: 'yes' },
  { title: 'CHANGED', shrinks: 'no' },
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
      'The newest recorded value of every resource, when it changed, when it is checked next, and what fails. Runs\n' +
        'nothing of what the repository holds; where the remote cannot be reached the last known state is shown.',
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
  for (const line of lines) output.object(line);
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
  output.say(countStates(lines, report.noDefinition));
  return 0;
}

function statusRow(line: StatusLine, now: number): Row {
  const { observed_at: observed, next_check: next } = line;
  return [
    { text: line.state, style: STYLES[line.state] },
    { text: line.resource, style: 'bold' },
    line.value ?? '',
    observed === null ? '' : relativeTime(Date.parse(observed), now),
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
