// `runs [NAME…]`: what ran, newest first.
import { type Command, Option } from 'commander';
import { Failure } from '../../core/failure.ts';
import { RUN_STATUSES, type RunRecord, type RunStatus } from '../../core/run.ts';
import type { RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import { readCount, SCREEN } from '../count-argument.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { repeated } from '../repeated-flag.ts';
import { runObject } from '../runs/run-object.ts';
import { runDuration, STATUS_STYLES, shortId, timeSpent } from '../runs/run-words.ts';
import type { Runtime } from '../runtime.ts';
import { type Column, createTable, type Row } from '../terminal/table.ts';
import { relativeTime } from '../terminal/times.ts';
import type { Tools } from '../tools.ts';

export interface RunsOptions {
  /** How many, as written; `all` for all. */
  readonly count?: string | undefined;
  readonly status?: readonly string[] | undefined;
}

export interface RunsTools extends Tools {
  readonly app: Pick<RunVerbs, 'runs'>;
}

const COLUMNS: readonly Column[] = [
  { title: 'RUN', shrinks: 'no' },
  { title: 'RESOURCE', shrinks: 'yes' },
  { title: 'VALUE', shrinks: 'yes' },
  { title: 'STATUS', shrinks: 'no' },
  { title: 'EXIT', shrinks: 'no' },
  { title: 'STARTED', shrinks: 'no' },
  { title: 'TIME', shrinks: 'no' },
  { title: 'ATTEMPT', shrinks: 'no' },
  { title: 'REASON', shrinks: 'yes' },
];

/** Runs that are asked for at a time: their columns have one width. */
const PAGE = 200;

export function addRuns(program: Command, runtime: Runtime): void {
  program
    .command('runs')
    .summary('what ran, newest first')
    .description('The runs of all resources, or of the named ones, newest first: waiting and running ones too.')
    .argument('[NAME...]', 'names or globs of resources')
    .option('-n, --count <COUNT>', `how many, or "all"; by default ${SCREEN} on a terminal, else all`)
    .addOption(
      new Option('--status <STATUS>', 'only runs of this status; repeat for more')
        .choices(RUN_STATUSES)
        .argParser((written: string, before?: readonly string[]) => repeated(readStatus(written), before)),
    )
    .addHelpText('after', examples(['runs', "runs 'core-*' -n 5", 'runs --status failed --status lost --json']))
    .action((names: string[], options: RunsOptions) =>
      runtime.withApp((tools) => runRuns(names, options, tools), { repository: 'optional' }),
    );
}

export async function runRuns(
  names: readonly string[],
  options: RunsOptions,
  { app, output, clock, signal }: RunsTools,
): Promise<ExitStatus> {
  const limit = readCount(options.count, output.onTerminal ? SCREEN : Number.POSITIVE_INFINITY);
  const table = createTable(COLUMNS, output.width);
  const statuses = options.status?.map(readStatus);
  let shown = 0;
  let more = false;
  let before: string | undefined;
  while (!output.closed() && !signal.aborted) {
    // one more than is shown, to know whether there are older ones
    const wanted = Math.min(PAGE, limit - shown + 1);
    const runs = await app.runs({ names, statuses, limit: wanted, before });
    const page = runs.slice(0, limit - shown);
    for (const run of page) output.object(runObject(run));
    if (page.length > 0)
      for (const line of table.lines(page.map((run) => runRow(run, clock.now())))) output.print(line);
    shown += page.length;
    before = runs.at(-1)?.id;
    more = page.length < runs.length;
    if (more || runs.length < wanted) break;
  }
  if (more && options.count === undefined) output.say('older runs: -n COUNT, or -n all');
  if (shown === 0 && !more)
    output.say(names.length === 0 && statuses === undefined ? 'nothing has run yet' : 'no such run');
  return 0;
}

function runRow(run: RunRecord, now: number): Row {
  const { change, note } = run;
  const spent = runDuration(run);
  return [
    { text: shortId(run.id), style: 'yellow' },
    { text: run.resource, style: 'bold' },
    change?.value ?? '',
    { text: run.status, style: STATUS_STYLES[run.status] },
    run.exitCode === null ? '' : String(run.exitCode),
    { text: relativeTime(run.startedAt ?? run.createdAt, now), style: 'dim' },
    spent === null ? '' : timeSpent(spent),
    run.attempt === 1 ? '' : String(run.attempt),
    { text: reasonText(run.reason, run.user, note), style: 'dim' },
  ];
}

/** `request by ada: release rehearsal`; a change is reason enough and not told. */
export function reasonText(reason: RunRecord['reason'], user: string | null, note: string | null): string {
  const by = user === null ? '' : ` by ${user}`;
  const why = note === null ? '' : `: ${note}`;
  return reason === 'change' && by === '' && why === '' ? '' : `${reason}${by}${why}`;
}

function readStatus(written: string): RunStatus {
  const status = RUN_STATUSES.find((one) => one === written);
  if (status === undefined)
    throw new Failure('usage', 'there is no such status', { found: written, expected: RUN_STATUSES.join(', ') });
  return status;
}
