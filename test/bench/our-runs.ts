// The other place where the benchmark meets the program's wiring: opens what a command opens to run things, once, and
// has the runner carry out runs of one file, as many at a time as the agent's configuration says.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { loadConfiguration } from '../../src/cli/configuration.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { readPipelineFile } from '../../src/definition/pipeline-file.ts';
import { openDoors } from '../../src/pipeline/doors.ts';
import { fileJob } from '../../src/pipeline/runs/make-job.ts';
import { openRuns } from '../../src/pipeline/runs/open-runs.ts';
import { vocabularyFor } from '../../src/pipeline/vocabulary.ts';
import { stateDirectory } from '../../src/state/state-directory.ts';
import { processEnvironment } from '../../src/system/environment.ts';
import { liveFrugally } from '../../src/system/memory.ts';
import { processMark } from '../../src/system/process/process-mark.ts';
import { createSecrets, systemSecretDoor } from '../../src/system/secrets.ts';

export interface RunFigures {
  /** Wall time until every run has ended and was recorded. */
  readonly ms: number;
  /** User and system time of the runner's process, without the tasks'. */
  readonly cpuMs: number;
  /** Resident memory in bytes afterwards. */
  readonly rss: number;
  /** Greatest time in milliseconds from the moment of the order to the start of a run's task. */
  readonly lag: number;
}

/** `asked` of the runs are asked for at once, another whenever one has ended. */
export interface RunOrder {
  readonly count: number;
  readonly asked: number;
}

export interface OurRuns {
  /** Throws where a run does not end with success. */
  carryOut(order: RunOrder): Promise<RunFigures>;
  close(): Promise<void>;
}

export async function openOurRuns(options: {
  /** Directory for all state. */
  readonly state: string;
  /** Definition file whose task is carried out. */
  readonly file: string;
  readonly atATime: number;
}): Promise<OurRuns> {
  const { file, atATime } = options;
  // as the agent does, which clears away after each of its rounds
  const rest = liveFrugally();
  const environment = processEnvironment();
  const loaded = await loadConfiguration({ file: null, flags: {}, environment, directory: process.cwd() });
  const config = { ...loaded.config, runs: { ...loaded.config.runs, atATime } };
  const shared = {
    config,
    log: { debug: () => undefined, info: () => undefined, warn: (text: string) => console.error(`bench: ${text}`) },
    secrets: createSecrets({}, systemSecretDoor({})),
    environment,
    ca: undefined,
    version: 'bench',
  };
  const doors = openDoors(shared);
  const runs = openRuns({
    ...shared,
    url: null,
    credentials: {},
    forgeToken: null,
    doors,
    state: stateDirectory(options.state, ''),
    rooms: () => Promise.reject(new Error('a run of a file needs no repository')),
    tell: async () => undefined,
  });
  await runs.archive('runs');
  const { runner } = await runs.opened();
  const read = await readPipelineFile(file, await readFile(file), vocabularyFor(config));
  if (!read.ok) throw read.failure;
  const { definition } = read;
  const mark = await processMark();
  const { timeout, grace, sandbox } = config.runs;
  const tools = {
    stamp: () => ({
      id: randomBytes(6).toString('hex'),
      agent: 'bench',
      createdAt: doors.clock.now(),
      process: mark,
    }),
    defaults: { timeout, grace, sandbox },
    policy: config.policy,
  };
  const wish = {
    attempt: 1,
    reason: 'request',
    user: null,
    note: null,
    variables: {},
    partition: '',
    workspace: 'as-defined',
    waiting: null,
  } as const;

  async function one(): Promise<RunRecord> {
    const job = await fileJob({ path: file, name: 'noop', definition, beside: new Map() }, wish, tools);
    return (await runner.submit(job)).finished;
  }

  return {
    async carryOut({ count, asked }) {
      const due = doors.clock.now();
      const start = performance.now();
      const cpu = process.cpuUsage();
      let left = count;
      let lastStart = due;
      await Promise.all(
        Array.from({ length: asked }, async () => {
          while (left > 0) {
            left -= 1;
            const { status, tasks, error } = await one();
            if (status !== 'success') throw new Error(`a run ended ${status}: ${JSON.stringify(error)}`);
            lastStart = Math.max(lastStart, tasks[0]?.startedAt ?? Number.NaN);
          }
        }),
      );
      await runner.idle();
      const ms = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      rest();
      return {
        ms,
        cpuMs: (user + system) / 1000,
        rss: process.memoryUsage.rss(),
        lag: lastStart - due,
      };
    },
    async close() {
      await runs.close();
      await doors.close();
    },
  };
}
