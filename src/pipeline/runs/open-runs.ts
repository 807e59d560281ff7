// Everything about runs of one process, opened as it is asked for: what was recorded, the runner, where runs are asked
// for, and what the agent does about them.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { Definition } from '../../core/resource.ts';
import { isFinal, type Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run.ts';
import { readPipelineFile } from '../../definition/pipeline-file.ts';
import type { StateDirectory } from '../../state/state-directory.ts';
import { isRegularFile } from '../../system/files.ts';
import { acquireLock } from '../../system/lock.ts';
import { isAlive, processMark } from '../../system/process/process-mark.ts';
import type { OpenDoors } from '../doors.ts';
import { lookAtMirror } from '../look.ts';
import type { RoomOptions } from '../open-rooms.ts';
import type { Rooms } from '../rooms.ts';
import { readNamedFile } from '../show/definition-file.ts';
import type { RunStatusTools } from '../show/run-status.ts';
import type { RunBefore } from '../tell-subscribers.ts';
import { vocabularyFor } from '../vocabulary.ts';
import { type Archive, openArchive } from './archive.ts';
import { createDesk, type Desk } from './desk.ts';
import type { JobTools } from './make-job.ts';
import { type OpenedRunner, openRunner } from './open-runner.ts';
import { type Recoverer, recover } from './recover.ts';
import type { OnRun } from './run-verbs.ts';
import { settle } from './settle.ts';

export interface RunsOptions extends RoomOptions {
  readonly doors: OpenDoors;
  readonly state: StateDirectory;
  rooms(): Promise<Rooms>;
  tell(run: RunRecord, before: RunBefore): Promise<void>;
}

export interface Runs {
  /** For whoever only reads; `runs` where this process is the agent, before anything else is opened. */
  archive(role?: 'reads' | 'runs'): Promise<Archive>;
  /** What `status` tells of runs; opens nothing where nothing was recorded. */
  status(): Promise<RunStatusTools>;
  desk(): Promise<Desk>;
  opened(): Promise<OpenedRunner>;
  /** True for a run that is not finished and whose process still lives, this one or another. */
  isAlive(run: RunRecord): Promise<boolean>;
  /** What dead processes left of runs: told, tidied up, and by the agent gone on with. */
  recover(who: Recoverer): Promise<void>;
  /** Does the work while no other process begins a run by hand or recovers. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Calls back for every change of any run of this process, and when the result of a resource's run is on the remote. */
  listen(listener: { readonly onRun: OnRun; resultWritten(resource: string): Promise<void> }): void;
  close(): Promise<void>;
}

export function openRuns(options: RunsOptions): Runs {
  const { config, doors, rooms } = options;
  let listener: Parameters<Runs['listen']>[0] = { onRun: () => {}, resultWritten: async () => {} };
  let archived: Promise<Archive> | undefined;
  let running: Promise<OpenedRunner> | undefined;
  let asked: Promise<Desk> | undefined;

  // what could not be opened is tried again when it is asked for again
  const archive: Runs['archive'] = (role = 'reads') => {
    archived ??= openArchive({ ...options, clock: doors.clock, role }).catch((error: unknown) => {
      archived = undefined;
      throw error;
    });
    return archived;
  };
  const opened = () => {
    running ??= openRunnerHere().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };

  async function openRunnerHere(): Promise<OpenedRunner> {
    return openRunner({
      ...options,
      archive: await archive(),
      onRun: (run) => listener.onRun(run),
      resultWritten: (resource) => listener.resultWritten(resource),
    });
  }

  /** How a run ended as the notes say; null where they do not, or there is no repository. */
  async function noted(run: RunRecord): Promise<Result | null> {
    if (run.change === null || options.url === null) return null;
    const { commit } = run.change;
    const opened = await rooms();
    const { listing } = await lookAtMirror(opened);
    const results = (await opened.results.of(listing, [commit])).get(commit) ?? [];
    return results.find((result) => result.run === run.id && isFinal(result) && result.status !== 'lost') ?? null;
  }

  async function recoverHere(who: Recoverer): Promise<void> {
    const [{ records }, { runner, executor, workspaces, settleTools }, desk, mark] = await Promise.all([
      archive(),
      opened(),
      openedDesk(),
      processMark(),
    ]);
    const { workspaces: root } = options.state;
    await recover(
      {
        records,
        runner,
        clock: doors.clock,
        log: options.log,
        isElsewhere: async ({ process }) =>
          process !== null &&
          (process.pid !== mark.pid || process.started !== mark.started) &&
          (await isAlive(process)),
        reap: (left, alive) =>
          executor.reap((run, workspace) => left.includes(run) || (dirname(workspace) === root && !alive.has(run))),
        collect: (keep) => workspaces.collect(keep),
        again: (run, how) => desk.again(run, how, 'lost'),
        noted,
        settled: (job, run) => settle(job, run, { releases: true, remark: null }, settleTools),
      },
      who,
    );
  }
  const alone: Runs['alone'] = async (work) => {
    const { runsLock } = options.state;
    const lock = await acquireLock(
      runsLock,
      { purpose: 'beginning a run', mode: 'wait' },
      new AbortController().signal,
    );
    try {
      return await work();
    } finally {
      await lock.release();
    }
  };
  const openedDesk = () => {
    asked ??= openDesk().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };

  async function openDesk(): Promise<Desk> {
    const [{ records }, { runner }, mark] = await Promise.all([archive(), opened(), processMark()]);
    const agent = options.url === null ? 'none' : (await rooms()).memory.agentId;
    const { timeout, grace, sandbox } = config.runs;
    const jobs: JobTools = {
      stamp: () => ({ id: randomBytes(6).toString('hex'), agent, createdAt: doors.clock.now(), process: mark }),
      defaults: { timeout, grace, sandbox },
      policy: config.policy,
    };
    return createDesk({ rooms, records, runner, jobs, readPipeline });
  }

  async function readPipeline(path: string): Promise<Definition> {
    const read = await readPipelineFile(path, await readNamedFile(path), vocabularyFor(config));
    if (!read.ok) throw read.failure;
    return read.definition;
  }

  return {
    archive,
    opened,
    async status() {
      const { catchUp, timeout } = config.runs;
      const records = (await isRegularFile(options.state.records)) ? (await archive()).records : null;
      return { records, catchUp, patience: timeout };
    },
    desk: openedDesk,
    isAlive: async ({ process }) => process !== null && isAlive(process),
    async recover(who) {
      try {
        await alone(() => recoverHere(who));
      } catch (error) {
        // what dead processes left stands in nobody's way who only wants a run
        if (who === 'agent') throw error;
        options.log.warn(`warning: what earlier runs left is not tidied up: ${describeFailure(toFailure(error))}`);
      }
    },
    alone,
    listen(next) {
      listener = next;
    },
    async close() {
      // what could not be opened has been told where it was asked for
      await (await running?.catch(() => undefined))?.close();
      await (await archived?.catch(() => undefined))?.close();
    },
  };
}
