// The runner's rounds: recorded runs of a task that prints a word, beside the same processes started bare, in turn; after
// every round it is counted what was recorded and logged.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from '../../src/state/state-directory.ts';
import { type Child, startChild } from './child.ts';
import { timeCommand } from './contender.ts';
import type { RunFigures, RunOrder } from './our-runs.ts';
import { countSuccesses } from './records.ts';
import type { World } from './world.ts';

export interface RunnerRounds {
  readonly atATime: number;
  readonly ours: readonly RunFigures[];
  /** Milliseconds of as many processes started from Node, and by xargs, which only forks. */
  readonly bare: readonly number[];
  readonly forked: readonly number[];
}

/** Runs of one round. */
export const RUNS_OF_ROUND = 1000;
export const RUNS_IN_MEMORY = 9000;
const WARM_UP = 100;

const DEFINITION = `run:
  concurrency: 1000000
  tasks:
    greet:
      script: echo ok
`;

interface OpenRunner {
  carryOut(order: RunOrder): Promise<RunFigures>;
  close(): Promise<void>;
}

/** As many runs wait as are carried out: where one ends, the next begins. */
export async function measureRuns(world: World, atATime: number, repetitions: number): Promise<RunnerRounds> {
  const runner = await openRunner(world, atATime);
  const bare = await startChild('bare', { env: world.env });
  const rounds = { atATime, ours: [] as RunFigures[], bare: [] as number[], forked: [] as number[] };
  try {
    await runner.carryOut({ count: WARM_UP, asked: 2 * atATime });
    await bare.call('spawnAll', { count: WARM_UP, atATime });
    for (let turn = 0; turn < repetitions; turn += 1) {
      rounds.ours.push(await runner.carryOut({ count: RUNS_OF_ROUND, asked: 2 * atATime }));
      rounds.bare.push(await bare.call<number>('spawnAll', { count: RUNS_OF_ROUND, atATime }));
      rounds.forked.push(await fork(world, atATime));
    }
  } finally {
    await bare.stop();
    await runner.close();
  }
  return rounds;
}

/** All runs of a round are due at once. */
export async function measureBurst(world: World, atATime: number, repetitions: number): Promise<readonly RunFigures[]> {
  const runner = await openRunner(world, atATime);
  const bursts: RunFigures[] = [];
  try {
    await runner.carryOut({ count: WARM_UP, asked: WARM_UP });
    for (let turn = 0; turn < repetitions; turn += 1) {
      bursts.push(await runner.carryOut({ count: RUNS_OF_ROUND, asked: RUNS_OF_ROUND }));
    }
  } finally {
    await runner.close();
  }
  return bursts;
}

/** Resident memory of the runner's process in bytes after so many runs. */
export async function measureRunnerMemory(world: World, atATime: number): Promise<number> {
  const runner = await openRunner(world, atATime);
  try {
    let rss = 0;
    for (let done = 0; done < RUNS_IN_MEMORY; done += RUNS_OF_ROUND) {
      ({ rss } = await runner.carryOut({ count: RUNS_OF_ROUND, asked: 2 * atATime }));
    }
    return rss;
  } finally {
    await runner.close();
  }
}

let opened = 0;

async function openRunner(world: World, atATime: number): Promise<OpenRunner> {
  opened += 1;
  const place = join(world.directory, `runner-${opened}`);
  await mkdir(place);
  const file = join(place, 'greet.yaml');
  await writeFile(file, DEFINITION);
  const child: Child = await startChild('runner', { env: world.env });
  await child.call('open', { state: place, file, atATime });
  const { records, logs } = stateDirectory(place, '');
  let carriedOut = 0;
  return {
    async carryOut(order) {
      const figures = await child.call<RunFigures>('carryOut', order);
      carriedOut += order.count;
      const recorded = await countSuccesses(records);
      if (recorded !== carriedOut) throw new Error(`${recorded} runs are recorded instead of ${carriedOut}`);
      const logged = await countLogs(logs);
      if (logged !== carriedOut) throw new Error(`${logged} logs hold the output instead of ${carriedOut}`);
      return figures;
    },
    close: () => child.stop(),
  };
}

/** Logs in which the word is. */
async function countLogs(directory: string): Promise<number> {
  let found = 0;
  for (const shard of await readdir(directory)) {
    for (const name of await readdir(join(directory, shard))) {
      if ((await readFile(join(directory, shard, name))).includes('ok\n')) found += 1;
    }
  }
  return found;
}

/** Milliseconds of xargs, which forks and waits, and does nothing else. */
async function fork(world: World, atATime: number): Promise<number> {
  const script = 'seq "$1" | xargs -P "$2" -n 1 bash -c "echo ok" | grep -c "^ok$" | grep -qx "$1"';
  const { ms } = await timeCommand(['bash', '-c', script, 'bash', `${RUNS_OF_ROUND}`, `${atATime}`], world.env);
  return ms;
}
