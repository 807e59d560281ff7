// `logs RUN`: what the tasks of a run printed, by time; live until the run ends where that is asked for.
import { type Command, Option } from 'commander';
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import { nearestWord } from '../../core/nearest.ts';
import { isFinished, ON_ERROR_TASK, PREPARE_TASK, type RunRecord } from '../../core/run.ts';
import type { RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import type { LogStream } from '../../record/logs.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { repeated } from '../repeated-flag.ts';
import { followTask, hasBegun } from '../runs/follow-task.ts';
import { type MergedPiece, mergeLogs } from '../runs/merge-logs.ts';
import { createRunWatch, type RunWatch } from '../runs/run-watch.ts';
import { createTaskLines } from '../runs/task-lines.ts';
import type { Runtime } from '../runtime.ts';
import type { Tools } from '../tools.ts';

export interface LogsOptions {
  readonly task?: readonly string[] | undefined;
  readonly follow?: boolean | undefined;
  readonly stdout?: boolean | undefined;
  readonly stderr?: boolean | undefined;
  readonly timestamps?: boolean | undefined;
}

export interface LogsTools extends Tools {
  readonly app: Pick<RunVerbs, 'findRun' | 'log'>;
}

/** Milliseconds between two looks at a run that goes on: another process writes its record and tells nobody here. */
const LOOK_AGAIN = 500;

export function addLogs(program: Command, runtime: Runtime): void {
  program
    .command('logs')
    .summary('what the tasks of a run printed')
    .description(
      'What the tasks of a run printed, in the order of time; where several tasks printed, each line begins with the\n' +
        'name of its task. What goes to a file or a pipe is as it was printed. RUN is the beginning of an id, NAME (its\n' +
        'latest run) or NAME~1 (the one before).',
    )
    .argument('<RUN>', 'id or its beginning, NAME, or NAME~1')
    .argument('[TASK...]', 'only these tasks')
    .option('--task <TASK>', 'only this task; repeat for more', repeated)
    .option('-f, --follow', 'go on until the run ends')
    .addOption(new Option('--stdout', 'only what went to stdout').conflicts('stderr'))
    .option('--stderr', 'only what went to stderr')
    .option('--timestamps', 'begin each line with its time')
    .addHelpText(
      'after',
      examples([
        'logs core-beta',
        'logs -f core-beta',
        'logs 3f2a81c0 --task suite --stderr',
        'logs core-beta~1 > log',
      ]),
    )
    .action((reference: string, tasks: string[], options: LogsOptions) =>
      runtime.withApp((tools) => runLogs(reference, { ...options, task: [...tasks, ...(options.task ?? [])] }, tools), {
        repository: 'optional',
      }),
    );
}

export async function runLogs(reference: string, options: LogsOptions, tools: LogsTools): Promise<ExitStatus> {
  const { app, output, signal } = tools;
  const run = await app.findRun(reference);
  const wanted = options.task ?? [];
  refuseUnknown(wanted, run);
  const stream = options.stdout === true ? 'stdout' : options.stderr === true ? 'stderr' : undefined;
  const watch = createRunWatch(run);
  const follow = options.follow === true && !isFinished(run.status);
  const printer = printerFor(run, wanted, options, tools);
  const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
  let printed = 0;
  const show = async (pieces: AsyncIterable<MergedPiece>) => {
    for await (const { task, piece } of pieces) {
      printed += 1;
      printer.take(task, piece);
      if (output.closed()) return;
    }
  };
  const known = run.tasks.filter((task) => hasBegun(task) && isWanted(task.name)).map(({ name }) => name);
  const merged = show(mergeLogs(sourcesOf(known, run, { follow, stream }, watch, tools), tools.clock, signal));
  if (follow) await Promise.all([merged, showLater(known, isWanted, stream, watch, show, tools)]);
  else await merged;
  printer.end();
  if (printed === 0) output.say(isFinished(run.status) ? 'nothing was printed' : 'nothing was printed yet');
  return 0;
}

function sourcesOf(
  names: readonly string[],
  run: RunRecord,
  { follow, stream }: { readonly follow: boolean; readonly stream: LogStream | undefined },
  watch: RunWatch,
  { app, clock, signal }: LogsTools,
) {
  return run.tasks
    .filter(({ name }) => names.includes(name))
    .map(({ name, status, startedAt }) => {
      const grows = follow && !isFinished(status);
      return {
        task: name,
        from: startedAt ?? 0,
        kind: grows ? ('grows' as const) : ('complete' as const),
        pieces: () =>
          grows
            ? followTask(name, { app, clock, watch }, stream, signal)
            : app.log(run.id, name, { stream, follow: false }, signal),
      };
    });
}

/** Looks at the run until it has ended, and shows the tasks that began in the meantime. */
async function showLater(
  known: readonly string[],
  isWanted: (name: string) => boolean,
  stream: LogStream | undefined,
  watch: RunWatch,
  show: (pieces: AsyncIterable<MergedPiece>) => Promise<void>,
  { app, clock, output, signal }: LogsTools,
): Promise<void> {
  const shown = new Map<string, Promise<void>>(known.map((name) => [name, Promise.resolve()]));
  for (let run = watch.latest(); run !== null && !isFinished(run.status) && !output.closed(); run = watch.latest()) {
    await clock.sleep(LOOK_AGAIN, signal);
    const now = await app.findRun(run.id);
    watch.tell(now);
    for (const { name } of now.tasks.filter((task) => hasBegun(task) && isWanted(task.name) && !shown.has(task.name))) {
      const pieces = named(name, followTask(name, { app, clock, watch }, stream, signal));
      const showing = show(pieces);
      // met where all of them are awaited
      showing.catch(() => undefined);
      shown.set(name, showing);
    }
  }
  await Promise.all(shown.values());
}

async function* named(task: string, pieces: ReturnType<typeof followTask>): AsyncIterable<MergedPiece> {
  for await (const piece of pieces) yield { task, piece };
}

/** Lines for people and files, or objects with `--json`. */
function printerFor(run: RunRecord, wanted: readonly string[], options: LogsOptions, { output }: LogsTools) {
  if (output.format === 'json') return objectsOf(run, output);
  const names = wanted.length > 0 ? wanted : run.tasks.map(({ name }) => name);
  const side = new Set([PREPARE_TASK, ON_ERROR_TASK]);
  // what comes before and after the tasks needs no name beside a single one; of a run that waits none is known yet
  const several = names.length !== 1 && names.filter((name) => !side.has(name)).length !== 1;
  const lines = createTaskLines(output, {
    prefixes: several ? names : null,
    times: options.timestamps === true ? 'with-times' : 'without-times',
  });
  const printed = new Set<string>();
  return {
    take(task: string, piece: MergedPiece['piece']) {
      printed.add(task);
      lines.take(task, piece);
    },
    end() {
      for (const task of printed) lines.end(task);
    },
  };
}

function objectsOf(run: RunRecord, output: LogsTools['output']) {
  const decoders = new Map<string, TextDecoder>();
  return {
    take(task: string, { stream, at, bytes }: MergedPiece['piece']) {
      const key = `${stream} ${task}`;
      const decoder = decoders.get(key) ?? new TextDecoder('utf-8');
      decoders.set(key, decoder);
      const text = decoder.decode(bytes, { stream: true });
      if (text !== '') output.object({ run: run.id, task, stream, at: formatInstant(at), text });
    },
    end: () => {},
  };
}

function refuseUnknown(wanted: readonly string[], run: RunRecord): void {
  const names = run.tasks.map(({ name }) => name);
  // of a run that waits the tasks are not known yet
  if (names.length === 0) return;
  for (const name of wanted) {
    if (names.includes(name)) continue;
    throw new Failure('not-found', 'the run has no such task: spread-cron show lists them', {
      task: name,
      did_you_mean: nearestWord(name, names),
    });
  }
}
