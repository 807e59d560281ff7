// Where runs are asked for: a request, an earlier run or a due change becomes a job, and goes to the runner.
import { dirname } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Definition, Watched } from '../../core/resource.ts';
import { isFinished, type RunChange, type RunReason, type RunRecord } from '../../core/run.ts';
import type { RunPlan } from '../../core/run-plan.ts';
import type { Records } from '../../record/records.ts';
import { filesBeside } from '../../run/plan/files-beside.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { isAlive } from '../../system/process/process-mark.ts';
import { lookAtMirror, lookForReading } from '../look.ts';
import { reportFailure } from '../outcome.ts';
import type { Rooms } from '../rooms.ts';
import { nameOfFile } from '../show/definition-file.ts';
import { watchedResource } from '../watched-resource.ts';
import { changeFrom, changeStanding, findChange } from './find-change.ts';
import { endedRun, type Job, waitingRun } from './job.ts';
import { fileJob, type JobTools, type RunWish, resourceJob } from './make-job.ts';
import type { ChangeStanding, OnRun, RunRequest } from './run-verbs.ts';
import type { Runner } from './runner.ts';
import { seenRun } from './seen-run.ts';

export interface DeskTools {
  /** Opens the repository; throws where there is none. */
  rooms(): Promise<Rooms>;
  readonly records: Pick<Records, 'attempts' | 'get' | 'save'>;
  readonly runner: Pick<Runner, 'submit'>;
  readonly jobs: JobTools;
  /** Reads a definition file that is run where it is; throws the Failure that says what is wrong with it. */
  readPipeline(path: string): Promise<Definition>;
}

export interface Desk {
  standing(request: Pick<RunRequest, 'target' | 'commit'>, signal: AbortSignal): Promise<ChangeStanding>;
  plan(request: RunRequest, signal: AbortSignal): Promise<RunPlan>;
  /** Resolves when the run has finished. */
  run(request: RunRequest, onRun: OnRun, signal: AbortSignal): Promise<RunRecord>;
  retry(id: string, user: string, onRun: OnRun): Promise<RunRecord>;
  /** The run of a change of a resource that is due; null where there is nothing to run. */
  due(resource: Watched, change: RunChange, snapshot: Snapshot, attempt: number): Promise<Job | null>;
  /** The record of a run that could not be planned. */
  unplanned(resource: Watched, change: RunChange, attempt: number, failure: Failure): RunRecord;
  /** An earlier run gone on with, or begun anew as its next attempt; null where there is nothing to run any more. */
  again(run: RunRecord, how: 'go on' | 'next attempt', reason: RunReason): Promise<Job | null>;
}

export function createDesk(tools: DeskTools): Desk {
  async function attemptFor(commit: string | null, listing: Snapshot['listing'] | null): Promise<number> {
    if (commit === null) return 1;
    const recorded = await tools.records.attempts(commit);
    const noted =
      listing === null ? [] : ((await (await tools.rooms()).results.of(listing, [commit])).get(commit) ?? []);
    return Math.max(recorded, ...noted.map(({ attempt }) => attempt)) + 1;
  }

  async function jobOfFile(path: string, wish: RunWish): Promise<Job> {
    const definition = await tools.readPipeline(path);
    const beside = await filesBeside(dirname(path), definition.run);
    return fileJob({ path, name: nameOfFile(path), definition, beside }, wish, tools.jobs);
  }

  async function jobOfRequest(request: RunRequest, signal: AbortSignal): Promise<Job> {
    const { target, variables, partition, user, note, workspace, when } = request;
    const why = when === 'due' ? ({ reason: 'change', claims: 'always' } as const) : ({ reason: 'request' } as const);
    const wish = { ...why, variables, partition, user, note, workspace, waiting: null };
    if (target.startsWith('/')) {
      if (request.commit !== null) {
        throw new Failure('usage', 'a file has no changes: --change goes with the name of a resource');
      }
      if (when === 'due')
        throw new Failure('usage', 'a file has no changes: --if-due goes with the name of a resource');
      return jobOfFile(target, { ...wish, attempt: 1 });
    }
    const rooms = await tools.rooms();
    const { snapshot } = await lookForReading(rooms, signal);
    const resource = watchedResource(target, snapshot);
    const meant = when === 'due' ? 'or below' : 'its own';
    const found = await findChange(resource, { prefix: request.commit, meant }, rooms);
    const change = found === null ? null : changeFrom(found.entry, resource, found.previous);
    const attempt = await attemptFor(change?.commit ?? null, snapshot.listing);
    // for the newest change with the definition of today: whoever edits it and tries it means that one
    const commit = request.commit === null && when === 'asked' ? resource.source.commit : null;
    const job = await resourceJob({ resource, change, snapshot, commit }, { ...wish, attempt }, rooms, tools.jobs);
    if (job === null) throw nothingToRun(resource.name);
    return job;
  }

  async function again(run: RunRecord, how: 'go on' | 'next attempt', reason: RunReason): Promise<Job | null> {
    const { variables, partition, note, user, change, definition } = run;
    const wish = { variables, partition, note, user, workspace: 'as-defined' } as const;
    const waiting = how === 'go on' ? run : null;
    if (definition?.startsWith('/') === true) {
      const attempt = how === 'go on' ? run.attempt : run.attempt + 1;
      return jobOfFile(definition, { ...wish, attempt, reason: how === 'go on' ? run.reason : reason, waiting });
    }
    const rooms = await tools.rooms();
    const snapshot = await lookAtMirror(rooms);
    const resource = watchedResource(run.resource, snapshot);
    const next = change === null ? run.attempt + 1 : await attemptFor(change.commit, snapshot.listing);
    const attempt = how === 'go on' ? run.attempt : next;
    return resourceJob(
      { resource, change, snapshot, commit: definition },
      { ...wish, attempt, reason: how === 'go on' ? run.reason : reason, waiting },
      rooms,
      tools.jobs,
    );
  }

  return {
    async standing({ target, commit }, signal) {
      const rooms = await tools.rooms();
      const { snapshot } = await lookForReading(rooms, signal);
      const resource = watchedResource(target, snapshot);
      const found = await findChange(resource, { prefix: commit, meant: 'or below' }, rooms);
      if (found === null) return { change: null, standing: 'done' };
      return changeStanding(found, resource, snapshot, { ...rooms, patience: tools.jobs.defaults.timeout });
    },
    plan: async (request, signal) => (await jobOfRequest(request, signal)).plan,
    async run(request, onRun, signal) {
      const { finished } = await tools.runner.submit(await jobOfRequest(request, signal), onRun);
      return finished;
    },
    async retry(id, user, onRun) {
      const kept = await tools.records.get(id);
      if (kept === null) throw new Failure('not-found', 'no such run: spread-cron runs lists them', { run: id });
      const run = await seenRun(kept, tools.records, isAlive);
      // else the next agent would find it lost, and run it once more
      if (run !== kept && run.status === 'lost') await tools.records.save(run);
      if (!isFinished(run.status))
        throw new Failure('refused', 'the run has not ended yet: cancel it first', { run: id });
      const job = await again({ ...run, user }, 'next attempt', 'retry');
      if (job === null) throw nothingToRun(run.resource);
      const { finished } = await tools.runner.submit(job, onRun);
      return finished;
    },
    async due(resource, change, snapshot, attempt) {
      const wish = { attempt, reason: 'change', user: null, note: null, variables: {}, partition: '' } as const;
      return resourceJob(
        { resource, change, snapshot },
        { ...wish, workspace: 'as-defined', waiting: null },
        await tools.rooms(),
        tools.jobs,
      );
    },
    unplanned(resource, change, attempt, failure) {
      const { source } = resource;
      const definition = source.layout === 'branch' ? change.commit : source.commit;
      const asked = { reason: 'change', user: null, note: null, variables: {}, partition: '' } as const;
      const stamp = tools.jobs.stamp();
      const run = waitingRun({ ...stamp, ...asked, resource: resource.name, change, attempt, definition });
      return endedRun(run, { status: 'failed', error: reportFailure(failure, 'plan') }, stamp.createdAt);
    },
    again,
  };
}

function nothingToRun(name: string): Failure {
  return new Failure(
    'definition',
    'nothing to run: add a script run-checks beside the definition, or run.tasks (of a shell file in spread-cron.yaml)',
    {
      name,
    },
  );
}
