// `npm run bench`: builds its own data, lets the contenders do their rounds in turn, and prints each ratio beside its
// goal. stdout is the result (a table, or one JSON object per line), stderr says what is being done.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAgent } from './agent-memory.ts';
import { measureStart, measureUrlwatch } from './commands.ts';
import { endCommands } from './contender.ts';
import { measureEndurance, measureScale } from './endurance.ts';
import type { Line } from './goals.ts';
import { cellLines, enduranceLines, memoryLine, scaleLines, startLine, urlwatchLines } from './lines.ts';
import { measureListing } from './records.ts';
import { type MatrixCell, runCell } from './rounds.ts';
import { burstLine, listingLine, runnerMemoryLine, runsLines } from './runner-lines.ts';
import { measureBurst, measureRunnerMemory, measureRuns } from './runs.ts';
import { printTable } from './table.ts';
import { createWorld, type World } from './world.ts';

const USAGE = `usage: npm run bench -- [options]
  --quick          34 and 100 resources only (minutes instead of half an hour)
  --json           one JSON object per line
  --only PART      rounds, commands, memory, runner, long or large (repeatable); default: the first four
  --count N        rounds over N resources only (repeatable)
  --transport T    http or path; default: both
  --repetitions N  rounds of each warm contender; default 5
  --no-classic     without the classic loop, which takes most of the time
  --long           also 10,000 rounds, for the growth of memory
  --large          also 10,000 resources, for the cost of each
`;

const LONG = 10_000;
/** Runs that are carried out at a time. */
const AT_A_TIME = [4, 64] as const;
const LARGE = [1000, 10_000] as const;

interface Options {
  readonly parts: ReadonlySet<string>;
  readonly counts: readonly number[];
  readonly transports: readonly MatrixCell['transport'][];
  readonly repetitions: number;
  readonly classic: 'run' | 'leave out';
  readonly json: boolean;
  readonly urlwatchPages: number;
}

const options = readOptions();
const world = await createWorld();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    endCommands();
    void world.close().finally(() => process.exit(1));
  });
}
try {
  const lines: Line[] = [];
  for await (const line of measure(world, options)) {
    lines.push(line);
    if (options.json) console.log(JSON.stringify(line));
  }
  if (!options.json) printTable(lines);
  await world.close();
} catch (error) {
  // What an interrupted round says is no error; the handler above cleans up and ends the process.
  if (!interrupted) {
    await world.close();
    throw error;
  }
}

async function* measure(world: World, options: Options): AsyncGenerator<Line> {
  const { parts, repetitions } = options;
  if (parts.has('commands')) {
    tell('start of the command');
    yield startLine(await measureStart(world, repetitions * 4));
    tell(`urlwatch, ${options.urlwatchPages} pages`);
    const pair = await measureUrlwatch(world, options.urlwatchPages, repetitions);
    if (pair === undefined) tell('urlwatch is not installed: that comparison is LEFT OUT');
    else yield* urlwatchLines(pair, options.urlwatchPages);
  }
  if (parts.has('rounds')) {
    for (const cell of matrix(options)) {
      tell(`${cell.count} resources, ${cell.extraction}, ${cell.transport}`);
      // The loop takes minutes for a thousand resources: there once has to do.
      const classic = options.classic === 'leave out' ? 0 : Math.min(repetitions, cell.count >= 1000 ? 1 : 3);
      const result = await runCell(world, cell, { warm: repetitions, classic });
      yield* cellLines(cell, result);
    }
  }
  if (parts.has('memory')) {
    for (const count of options.counts) {
      tell(`memory of the agent, ${count} resources`);
      yield memoryLine(count, await measureAgent(world, count));
    }
  }
  if (parts.has('runner')) yield* measureRunner(world, repetitions);
  if (parts.has('long')) {
    tell(`${LONG} rounds`);
    yield* enduranceLines(await measureEndurance(world, LONG, tell));
  }
  if (parts.has('large')) {
    tell(`${LARGE[1]} resources`);
    const small = await measureScale(world, LARGE[0], repetitions);
    yield* scaleLines(small, await measureScale(world, LARGE[1], Math.min(3, repetitions)), LARGE);
  }
}

async function* measureRunner(world: World, repetitions: number): AsyncGenerator<Line> {
  for (const atATime of AT_A_TIME) {
    tell(`runs, ${atATime} at a time`);
    yield* runsLines(await measureRuns(world, atATime, repetitions));
  }
  tell('runs due at once');
  yield burstLine(AT_A_TIME[1], await measureBurst(world, AT_A_TIME[1], repetitions));
  tell('memory of the runner');
  yield runnerMemoryLine(await measureRunnerMemory(world, AT_A_TIME[1]));
  tell('listing of runs');
  yield listingLine(await measureListing(join(world.directory, 'listed.db')));
}

function matrix({ counts, transports }: Options): readonly MatrixCell[] {
  return counts.flatMap((count) =>
    transports.flatMap((transport) =>
      (['built-in', 'shell'] as const).map((extraction) => ({ count, transport, extraction })),
    ),
  );
}

function tell(text: string): void {
  console.error(`bench: ${text}`);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      count: { type: 'string', multiple: true },
      transport: { type: 'string', multiple: true },
      repetitions: { type: 'string', default: '5' },
      'no-classic': { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const parts = new Set(values.only ?? ['rounds', 'commands', 'memory', 'runner']);
  if (values.long) parts.add('long');
  if (values.large) parts.add('large');
  return {
    parts,
    counts: values.count?.map(Number) ?? (values.quick ? [34, 100] : [34, 100, 1000]),
    transports: (values.transport as Options['transports'] | undefined) ?? ['http', 'path'],
    repetitions: Number(values.repetitions),
    classic: values['no-classic'] ? 'leave out' : 'run',
    json: values.json,
    urlwatchPages: values.quick ? 100 : 1000,
  };
}
