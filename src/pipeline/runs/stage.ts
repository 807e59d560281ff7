// What a run is carried out with: its workspace, its target, the environment of its tasks, their processes and logs.
import { join, relative } from 'node:path';
import { PREPARE_TASK, type RunRecord } from '../../core/run.ts';
import type { RunPlan } from '../../core/run-plan.ts';
import type { GitCommand } from '../../git/git-command.ts';
import type { TargetCache } from '../../git/target-cache.ts';
import type { Logs } from '../../record/logs.ts';
import type { PreviousRuns, Records } from '../../record/records.ts';
import { type EnvironmentLayers, taskEnvironment } from '../../run/environment/environment.ts';
import type { Executor, TaskWork } from '../../run/executor.ts';
import { prepareRun } from '../../run/prepare/prepare.ts';
import { placeIn, type WorkspacePlace, type Workspaces } from '../../run/workspace.ts';
import { writeFileAtomically } from '../../system/files.ts';
import type { Log } from '../../system/log.ts';
import type { ExecuteTools } from '../execute.ts';
import type { Job } from './job.ts';

/** How much of a failed task's output others are given, in bytes of each stream. */
const LAST_WORDS = 64 * 1024;

export interface StageDoors {
  readonly log: Log;
  readonly layers: EnvironmentLayers;
  readonly records: Pick<Records, 'previous'>;
  readonly logs: Logs;
  readonly executor: Executor;
  readonly workspaces: Workspaces;
  /** The caches of targets, as a run may use them. */
  targetsFor(run: RunRecord, plan: RunPlan): Pick<TargetCache, 'checkout'>;
  readonly git: GitCommand;
  /** Writes the tree of a commit of the resources repository into a directory. */
  checkout(commit: string, directory: string): Promise<void>;
  /** Replaces `${secret:NAME}` for a resource; a Failure where it may not have it. */
  resolveForRun(text: string, resource: string): string;
  valueForRun(name: string, resource: string): string;
}

export function createStage(doors: StageDoors): Omit<ExecuteTools, 'changed' | 'clock'> {
  const { logs, workspaces } = doors;
  const earlier = createEarlierRuns(doors.records);

  const work = async (
    { run, plan }: Job,
    place: WorkspacePlace,
    task: { readonly name: string; readonly env: Readonly<Record<string, string>>; readonly script: readonly string[] },
    how: Pick<TaskWork, 'timeout' | 'output' | 'directory'> & Pick<Parameters<typeof taskEnvironment>[0], 'failed'>,
  ): Promise<TaskWork> => ({
    run: run.id,
    task: task.name,
    script: task.script,
    source: plan.source === null ? null : join(place.definition, plan.source),
    directory: how.directory,
    workspace: place.root,
    env: taskEnvironment({
      layers: { ...doors.layers, base: { ...doors.layers.base, TMPDIR: place.tmp } },
      plan,
      run: run.id,
      place,
      task,
      previous: await earlier(run),
      failed: how.failed,
      resolveSecrets: (text) => doors.resolveForRun(text, plan.resource),
    }),
    timeout: how.timeout,
    grace: plan.grace,
    sandbox: plan.sandbox,
    output: how.output,
  });

  return {
    openLog: logs.open,
    logFailed: (run, task, error) => doors.log.warn(`warning: the log of ${task} of run ${run} is not whole: ${error}`),
    async makePlace({ run, plan }, signal) {
      const isBare = plan.files.kind === 'directory' && plan.prepare.length === 0;
      const workspace = await workspaces.make(run.id, isBare ? 'nothing' : 'files');
      const place = placeIn(workspace, plan.files);
      if (plan.files.kind === 'commit') await doors.checkout(plan.files.commit, place.checkout);
      signal.throwIfAborted();
      const secrets = Object.entries(plan.secretFiles).map(([path, { secret, mode }]) => ({
        path,
        mode,
        value: doors.valueForRun(secret, plan.resource),
        copy: overlaidPlace(path, plan, place),
      }));
      await workspaces.writeSecrets(run.id, place.definition, secrets);
      return place;
    },
    async clearPlace(run, plan) {
      const keep =
        plan.removeWorkspace === 'never' || (plan.removeWorkspace === 'on-success' && run.status !== 'success');
      if (keep) await workspaces.keep(run.id);
      else await workspaces.remove(run.id);
      return keep ? run.workspace : null;
    },
    async prepare(job, place, output, signal) {
      const { overlaid } = await prepareRun(
        job.plan,
        place,
        {
          targets: doors.targetsFor(job.run, job.plan),
          git: doors.git,
          output,
          previousOverlaid: (await earlier(job.run)).good?.overlaid ?? {},
          runScript: async (script, directory, during) =>
            doors.executor.execute(
              await work(
                job,
                place,
                { name: PREPARE_TASK, env: {}, script: [script] },
                { timeout: null, output, directory, failed: null },
              ),
              during,
            ),
        },
        signal,
      );
      return { overlaid };
    },
    async startTask(job, place, { task, failed }, output, signal) {
      const directory = job.plan.directory === 'target' ? place.target : place.definition;
      const failure =
        failed === null ? null : { ...failed, ...(await lastWords(job.run.id, failed.name, place, logs)) };
      return doors.executor.execute(
        await work(job, place, task, { timeout: task.timeout, output, directory, failed: failure }),
        signal,
      );
    },
  };
}

/** Where the overlay will bring a file to; undefined where it is not in it. */
function overlaidPlace(path: string, plan: RunPlan, place: WorkspacePlace) {
  const overlay = plan.prepare.find((step) => step.kind === 'overlay');
  if (overlay === undefined) return undefined;
  const below = relative(overlay.directory, path);
  return below.startsWith('..') ? undefined : { directory: place.target, path: below };
}

/** The runs of the same resource that ended before this one began, asked for once by run. */
function createEarlierRuns(records: Pick<Records, 'previous'>): (run: RunRecord) => Promise<PreviousRuns> {
  const known = new WeakMap<object, Promise<PreviousRuns>>();
  return (run) => {
    const found = known.get(run) ?? records.previous(run);
    known.set(run, found);
    return found;
  };
}

/** The last words of a task on both streams as files in the workspace, for whoever tells others of the failure. */
async function lastWords(run: string, task: string, place: WorkspacePlace, logs: Logs) {
  const write = async (stream: 'stdout' | 'stderr') => {
    const path = join(place.root, `failed.${stream}`);
    await writeFileAtomically(path, await logs.tail(run, task, stream, LAST_WORDS), 0o600);
    return path;
  };
  const [stdout, stderr] = await Promise.all([write('stdout'), write('stderr')]);
  return { stdout, stderr };
}
