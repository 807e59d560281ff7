// The runner of this process, wired: queue, stage, claims, results and whoever is told.
import { join } from 'node:path';
import type { RunRecord } from '../../core/run.ts';
import { createGitCommand } from '../../git/git-command.ts';
import { createTargetCache, type TargetCache } from '../../git/target-cache.ts';
import { readEnvironmentFiles } from '../../run/environment/dotenv.ts';
import type { Executor } from '../../run/executor.ts';
import { EXECUTORS } from '../../run/registry.ts';
import { createWorkspaces, type Workspaces } from '../../run/workspace.ts';
import type { StateDirectory } from '../../state/state-directory.ts';
import { socketDirectory } from '../../system/environment.ts';
import type { OpenDoors } from '../doors.ts';
import { lookAtMirror } from '../look.ts';
import type { RoomOptions } from '../open-rooms.ts';
import type { Rooms } from '../rooms.ts';
import type { RunBefore } from '../tell-subscribers.ts';
import type { Archive } from './archive.ts';
import { claimChange } from './claim-change.ts';
import { createShowStatus, jobPage, SHOWS_NOTHING } from './commit-status.ts';
import type { OnRun } from './run-verbs.ts';
import { createRunner, type Runner } from './runner.ts';
import { resultOf, type SettleTools, settle } from './settle.ts';
import { createStage } from './stage.ts';

export interface RunnerOptions extends Pick<RoomOptions, 'config' | 'environment' | 'log' | 'secrets'> {
  readonly doors: OpenDoors;
  readonly state: StateDirectory;
  readonly archive: Archive;
  /** Opens the repository; asked for only by runs that have to do with it. */
  rooms(): Promise<Rooms>;
  readonly onRun: OnRun;
  tell(run: RunRecord, before: RunBefore): Promise<void>;
  /** The result of a run of this resource is on the remote. */
  resultWritten(resource: string): Promise<void>;
}

export interface OpenedRunner {
  readonly runner: Runner;
  readonly executor: Executor;
  readonly workspaces: Workspaces;
  readonly targets: TargetCache;
  readonly settleTools: SettleTools;
  close(): Promise<void>;
}

/** Milliseconds after which a run that still runs is told in a note. */
const LONG_RUN = 10_000;

export async function openRunner(options: RunnerOptions): Promise<OpenedRunner> {
  const { config, doors, state, archive, rooms, log, secrets, environment } = options;
  const { clock, processes, env } = doors;
  const { records, logs } = archive;
  const executor = EXECUTORS.local({
    processes,
    clock,
    env,
    temporaryDirectory: socketDirectory(environment),
  });
  const workspaces = createWorkspaces({ root: state.workspaces, log });
  const git = createGitCommand(processes, environment);
  const cache = { directory: state.targets, git, http: doors.http, log, clock };
  const targets = createTargetCache(cache);
  const stage = createStage({
    log,
    records,
    logs,
    executor,
    workspaces,
    targetsFor: ({ id }, { sandbox }) =>
      createTargetCache({
        ...cache,
        // whoever looks for what a killed run left finds its git too
        git: createGitCommand(processes, { ...environment, SC_RUN_ID: id, SC_WORKSPACE: join(state.workspaces, id) }),
        // what a sandbox shuts in must not reach the cache through a link
        links: sandbox === 'none' ? 'shared' : 'copied',
      }),
    git,
    layers: { base: env, agent: config.runs.env, files: await readEnvironmentFiles(config.runs.envFiles, '/') },
    checkout: async (commit, directory) => (await rooms()).repository.checkout(commit, directory),
    resolveForRun: secrets.resolveForRun,
    valueForRun: secrets.valueForRun,
  });
  const showStatus = config.forge.statuses
    ? createShowStatus({ forge: async () => (await rooms()).forge, log, page: jobPage(environment) })
    : SHOWS_NOTHING;
  const settleTools: SettleTools = {
    results: async () => (await rooms()).results,
    records,
    log,
    showStatus,
    tell: options.tell,
    resultWritten: options.resultWritten,
  };
  let identified: Promise<void> | null = null;
  const runner: Runner = createRunner({
    ...stage,
    clock,
    records,
    log,
    atATime: config.runs.atATime,
    groups: config.runs.concurrencyGroups,
    async claim(job, signal) {
      if (job.run.change === null) return claimChange.none;
      const { results, memory, ...tools } = await rooms();
      const { configuration } = await lookAtMirror(tools);
      if (configuration.agents === 'one' && job.claims === 'as-configured') return claimChange.none;
      // an agent that is killed before its id is kept would take its own claims for another's
      identified ??= memory.save();
      await identified;
      return claimChange.of(job, { results, clock }, signal);
    },
    began(job) {
      // its end waits for it
      void showStatus({ ...job.run, status: 'running' });
      return clock.after(LONG_RUN, () => void tellRunning(job.run.id));
    },
    settled: (job, run, claim) => settle(job, run, claim, settleTools),
    onRun: options.onRun,
  });

  /** A long run is told while it runs; its end is told in any case. */
  async function tellRunning(id: string): Promise<void> {
    const run = runner.get(id);
    if (run?.change == null) return;
    try {
      await (await rooms()).results.write({ commit: run.change.commit, result: resultOf(run), releases: false });
    } catch (error) {
      log.debug(`that run ${id} runs could not be noted: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    runner,
    executor,
    workspaces,
    targets,
    settleTools,
    async close() {
      await executor.close();
      await workspaces.close();
    },
  };
}
