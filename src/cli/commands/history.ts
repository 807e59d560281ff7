// `history NAME`: the recorded values of one resource, newest first.
import type { Command } from 'commander';
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { HistoryEntry } from '../../state/history.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import { type Column, createTable, type Row } from '../table.ts';
import { absoluteTime, relativeTime } from '../times.ts';
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
  { title: 'MESSAGE', shrinks: 'yes' },
];

/** Rows that are laid out together: their columns have one width. */
const BATCH = 200;
/** How many a terminal shows where nothing is said. */
const SCREEN = 30;

export function addHistory(program: Command, runtime: Runtime): void {
  program
    .command('history')
    .alias('log')
    .summary('the recorded values of a resource, newest first')
    .description('The recorded values of one resource, newest first: commit, time of observation, value and message.')
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
function historyObject(resource: string, entry: HistoryEntry): object {
  const { value, message, commit, skipped } = entry;
  return { resource, value, message, commit, observed_at: formatInstant(entry.observedAt), skipped };
}

function historyRow(entry: HistoryEntry, now: number): Row {
  return [
    { text: entry.commit.slice(0, 7), style: 'yellow' },
    absoluteTime(entry.observedAt),
    { text: relativeTime(entry.observedAt, now), style: 'dim' },
    { text: entry.value, style: 'bold' },
    { text: entry.skipped ? `${entry.message} [skipped by CI]` : entry.message, style: 'dim' },
  ];
}

function readCount(written: string | undefined, otherwise: number): number {
  if (written === undefined) return otherwise;
  if (written === 'all') return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(written)) throw new Failure('usage', '-n takes a number or "all"', { found: written });
  return Number(written);
}
