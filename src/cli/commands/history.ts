// `history NAME`: the recorded values of one resource with their results, newest first.
import type { Command } from 'commander';
import { formatInstant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { HistoryWithResults } from '../../state/history.ts';
import { readCount, SCREEN } from '../count-argument.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { resultObject } from '../runs/run-object.ts';
import { runDuration, STATUS_STYLES, statusText, timeSpent } from '../runs/run-words.ts';
import type { Runtime } from '../runtime.ts';
import { type Cell, type Column, createTable, type Row } from '../terminal/table.ts';
import { absoluteTime, relativeTime } from '../terminal/times.ts';
import type { AppTools } from '../tools.ts';

export interface HistoryOptions {
  /** How many, as written; `all` for all. */
  readonly count?: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'COMMIT', shrinks: 'no' },
  { title: 'OBSERVED (UTC)', shrinks: 'no' },
  { title: '', shrinks: 'no' },
  { title: 'VALUE', shrinks: 'yes' },
  { title: 'RESULT', shrinks: 'no' },
  { title: 'TIME', shrinks: 'no' },
  { title: 'MESSAGE', shrinks: 'yes' },
];

/** Rows that are laid out together: their columns have one width. */
const BATCH = 200;

export function addHistory(program: Command, runtime: Runtime): void {
  program
    .command('history')
    .alias('log')
    .summary('the recorded values of a resource with their results, newest first')
    .description(
      'The recorded values of one resource, newest first: commit, time of observation, value, how the latest run for it\n' +
        'ended and how long that took, and the message.',
    )
    .argument('<NAME>', 'name of a resource')
    .option('-n, --count <COUNT>', `how many, or "all"; by default ${SCREEN} on a terminal, else all`)
    .addHelpText('after', examples(['history core-beta', 'history core-beta -n 5', 'log core-beta --json']))
    .action((name: string, options: HistoryOptions) => runtime.withApp((tools) => runHistory(name, options, tools)));
}

export async function runHistory(
  name: string,
  options: HistoryOptions,
  { app, output, clock, signal }: AppTools,
): Promise<ExitStatus> {
  const limit = readCount(options.count, output.onTerminal ? SCREEN : Number.POSITIVE_INFINITY);
  const table = createTable(COLUMNS, output.width);
  let batch: Row[] = [];
  const flush = () => {
    if (batch.length > 0) for (const line of table.lines(batch)) output.print(line);
    batch = [];
  };
  let shown = 0;
  let more = false;
  for await (const entry of app.history(name, signal)) {
    if (shown === limit || output.closed()) {
      more = true;
      break;
    }
    shown += 1;
    output.object(historyObject(name, entry));
    batch.push(historyRow(entry, clock.now()));
    if (batch.length === BATCH) flush();
  }
  flush();
  if (shown === 0 && !more) output.say('no value is recorded yet');
  if (more && options.count === undefined) output.say(`older values: -n COUNT, or -n all`);
  return 0;
}

/** The objects of `history --json`. */
function historyObject(resource: string, entry: HistoryWithResults): object {
  const { value, message, commit, skipped } = entry;
  const results = entry.results.map(resultObject);
  return { resource, value, message, commit, observed_at: formatInstant(entry.observedAt), skipped, results };
}

/** The latest attempt, and how many there were. */
function resultCells(results: readonly Result[]): readonly [Cell, Cell] {
  const latest = results.at(-1);
  if (latest === undefined) return [{ text: '' }, { text: '' }];
  const spent = runDuration(latest);
  // what was adopted is no attempt
  const ran = results.filter(({ attempt }) => attempt > 0).length;
  const attempts = ran > 1 ? `, ${ran} attempts` : '';
  return [
    { text: `${statusText(latest)}${attempts}`, style: STATUS_STYLES[latest.status] },
    { text: spent === null ? '' : timeSpent(spent), style: 'dim' },
  ];
}

function historyRow(entry: HistoryWithResults, now: number): Row {
  return [
    { text: entry.commit.slice(0, 7), style: 'yellow' },
    absoluteTime(entry.observedAt),
    { text: relativeTime(entry.observedAt, now), style: 'dim' },
    { text: entry.value, style: 'bold' },
    ...resultCells(entry.results),
    { text: entry.skipped ? `${entry.message} [skipped by CI]` : entry.message, style: 'dim' },
  ];
}
