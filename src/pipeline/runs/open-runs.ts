// Everything about runs of one process, opened as it is asked for: what was recorded, the runner, where runs are asked
// for, and what the agent does about them.
import { randomBytes } from 'node:crypto';
import type { Definition } from '../../core/resource.ts';
import type { RunRecord, RunStatus } from '../../core/run.ts';
import { readPipelineFile } from '../../definition/pipeline-file.ts';
import type { StateDirectory } from '../../state/state-directory.ts';
import { isRegularFile } from '../../system/files.ts';
import { processMark } from '../../system/process/process-mark.ts';
import type { OpenDoors } from '../doors.ts';
import type { RoomOptions } from '../open-rooms.ts';
import type { Rooms } from '../rooms.ts';
import { readNamedFile } from '../show/definition-file.ts';
import type { RunStatusTools } from '../show/run-status.ts';
import { vocabularyFor } from '../vocabulary.ts';
import { type Archive, openArchive } from './archive.ts';
import { createDesk, type Desk } from './desk.ts';
import type { JobTools } from './make-job.ts';
import { type OpenedRunner, openRunner } from './open-runner.ts';
import type { OnRun } from './run-verbs.ts';

export interface RunsOptions extends RoomOptions {
  readonly doors: OpenDoors;
  readonly state: StateDirectory;
  rooms(): Promise<Rooms>;
  tell(run: RunRecord, before: { readonly status: RunStatus } | null): Promise<void>;
}

export interface Runs {
  /** For whoever only reads; `runs` where this process is the agent, before anything else is opened. */
  archive(role?: 'reads' | 'runs'): Promise<Archive>;
  /** What `status` tells of runs; opens nothing where nothing was recorded. */
  status(): Promise<RunStatusTools>;
  desk(): Promise<Desk>;
  opened(): Promise<OpenedRunner>;
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

  const archive: Runs['archive'] = (role = 'reads') => {
    archived ??= openArchive({ ...options, clock: doors.clock, role });
    return archived;
  };
  const opened = () => {
    running ??= archive().then((found) =>
      openRunner({
        ...options,
        archive: found,
        onRun: (run) => listener.onRun(run),
        resultWritten: (resource) => listener.resultWritten(resource),
      }),
    );
    return running;
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
    desk() {
      asked ??= openDesk();
      return asked;
    },
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
