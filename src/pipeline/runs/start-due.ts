// After a look at the repository: which changes are due for a run, decided from git, and into the queue with them. The
// first look decides more carefully: a runner that is enabled for the first time adopts what is there, and a crowd that
// is due at once, or after the first round of a runner that was just enabled, waits for somebody's word.

import type { DueChange } from '../../core/due.ts';
import { describeFailure, type Failure, toFailure } from '../../core/failure.ts';
import type { Watched } from '../../core/resource.ts';
import { isFinished, type RunChange, type RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import { changesOf, type HistoryEntry } from '../../state/history.ts';
import type { Results } from '../../state/results.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Log } from '../../system/log.ts';
import { adoptChanges, countChanges } from './adopt-changes.ts';
import { changeFrom } from './find-change.ts';
import { type FindDueTools, findDue } from './find-due.ts';
import { type Job, neverBegan } from './job.ts';
import { isOfThisMachine } from './make-job.ts';
import type { Runner } from './runner.ts';
import { resultOf } from './settle.ts';

export interface DueTools extends FindDueTools {
  readonly results: Results;
  readonly records: Pick<Records, 'list'>;
  readonly runner: Pick<Runner, 'submit' | 'has'>;
  readonly log: Log;
  /** More than this many due at the first look, or in the first round of a runner that was just enabled: nothing starts. */
  readonly burst: number;
  /** The run of a due change; null where the resource has nothing to run. */
  job(resource: Watched, change: RunChange, snapshot: Snapshot, attempt: number): Promise<Job | null>;
  /** True for a run whose process lives. */
  isAlive(run: RunRecord): Promise<boolean>;
  /** Goes on with what dead processes left. */
  recover(): Promise<void>;
  /** Records and tells a run that could not be planned. Never rejects. */
  unplanned(resource: Watched, change: RunChange, attempt: number, failure: Failure): Promise<void>;
}

/** Looks at what is due and starts it; told apart from call to call what was decided before. */
export type StartDue = (
  snapshot: Snapshot,
  /** `stale`: what the mirror had before the start, with the remote away. */
  look: 'fresh' | 'stale',
) => Promise<void>;

interface Due {
  readonly resource: Watched;
  readonly due: DueChange<HistoryEntry>;
}

export function createStartDue(tools: DueTools): StartDue {
  const { results, log } = tools;
  const began = tools.clock.now();
  let first = true;
  /** The last look enabled the runner: who only tries the tool does not want the suites of all that its first round finds. */
  let justEnabled = false;
  /** What was decided on, where nothing of it can turn out otherwise by time alone. */
  let settled: Snapshot | null = null;
  /** Changes of which it is known that nothing starts for them: they have nothing to run, or wait for somebody's word. */
  const passed = new Set<string>();
  const notRewritten = new Set<string>();

  async function dueNow(snapshot: Snapshot, enabled: boolean): Promise<readonly Due[]> {
    const found = await findDue(
      { snapshot, ours: tools.runner.has, firstStart: !enabled, atStart: first, rewrittenBefore: began, notRewritten },
      tools,
    );
    if (!enabled || found.some(({ answer }) => answer.adopt.length > 0)) await adoptChanges(found, snapshot, tools);
    // what another agent has may become ours when its deadline passes
    if (found.some(({ claimed, answer }) => claimed || answer.newest === 'taken')) settled = null;
    return found.flatMap(({ resource, answer }) => answer.due.map((due) => ({ resource, due })));
  }

  /** The run of a due change; null where nothing is to be started for it. */
  async function jobOf({ resource, due }: Due, snapshot: Snapshot): Promise<Job | null> {
    const { commit } = due.change;
    const known = await tools.records.list({ commit, limit: 100 });
    const own = known.filter((run) => run.resource === resource.name && !neverBegan(run));
    const unfinished = own.filter(({ status }) => !isFinished(status));
    if (unfinished.length > 0) {
      // another process has it; should that one be killed it is ours
      settled = null;
      const alive = await Promise.all(unfinished.map(tools.isAlive));
      if (alive.includes(false)) await tools.recover();
      return null;
    }
    const ended = own.find(({ status }) => status !== 'lost');
    if (ended !== undefined) {
      await tellAgain(ended, tools);
      return null;
    }
    const attempt = Math.max(due.attempt, ...own.map((run) => run.attempt + 1));
    const change = changeFrom(due.change, resource, await valueBefore(due.change, resource, tools));
    try {
      const job = await tools.job(resource, change, snapshot, attempt);
      if (job === null) passed.add(commit);
      return job;
    } catch (error) {
      const failure = toFailure(error);
      // a plan that cannot be made will not be made better by asking again; a mirror that cannot be read will
      if (failure.retry) settled = null;
      else {
        passed.add(commit);
        // what the configuration of this machine forbids is no result of the change: another machine may do it
        if (!isOfThisMachine(failure)) await tools.unplanned(resource, change, attempt, failure);
      }
      log.warn(`${resource.name}: no run for ${due.change.value}: ${describeFailure(failure)}`);
      return null;
    }
  }

  async function submit(job: Job): Promise<void> {
    try {
      const { finished } = await tools.runner.submit(job);
      void finished.then(({ startedAt }) => {
        // it was cancelled, or given up for another agent: then that one has to be watched
        if (startedAt === null) settled = null;
      });
    } catch (error) {
      // a queue that is full now has room later
      settled = null;
      log.warn(`${job.run.resource}: ${describeFailure(toFailure(error))}`);
    }
  }

  return async (snapshot, look) => {
    // what could not be pushed goes now that somebody looked
    await results.resend().catch((error: unknown) => {
      log.debug(`results still wait for the remote: ${describeFailure(toFailure(error))}`);
    });
    const enabled = results.exist(snapshot.listing) || !first;
    // whether the runner was ever enabled, only the remote tells
    if (look === 'stale' && !enabled) return;
    if (snapshot !== settled) {
      settled = snapshot;
      try {
        await startAll(snapshot, enabled);
      } catch (error) {
        settled = null;
        throw error;
      }
    }
    if (look === 'fresh') {
      justEnabled = !enabled;
      first = false;
    }
  };

  async function startAll(snapshot: Snapshot, enabled: boolean): Promise<void> {
    const jobs: Job[] = [];
    for (const due of await dueNow(snapshot, enabled)) {
      if (passed.has(due.due.change.commit)) continue;
      const job = await jobOf(due, snapshot);
      if (job !== null) jobs.push(job);
    }
    if ((first || justEnabled) && jobs.length > tools.burst) {
      for (const { run } of jobs) passed.add(run.change?.commit ?? '');
      log.warn(
        `${countChanges(jobs.length)} due, more than runs.burst (${tools.burst}): nothing starts. ` +
          'spread-cron agent --run-due starts them all, spread-cron run NAME one',
      );
    } else {
      for (const job of jobs) await submit(job);
    }
  }
}

/** The value that was recorded before a change. */
async function valueBefore(change: HistoryEntry, resource: Watched, { repository }: DueTools): Promise<string | null> {
  let met = false;
  for await (const entry of changesOf(repository, resource.tip, resource.definition)) {
    if (met) return entry.value;
    met = entry.commit === change.commit;
  }
  return null;
}

/** A run that ended, and whose result did not reach the remote before. */
async function tellAgain(run: RunRecord, { results, log }: DueTools): Promise<void> {
  if (run.change === null) return;
  try {
    await results.write({ commit: run.change.commit, result: resultOf(run), releases: true });
  } catch (error) {
    log.warn(`warning: the result of run ${run.id} is not on the remote yet: ${describeFailure(toFailure(error))}`);
  }
}
