// After a start: runs whose process was killed are told as lost and tried again, runs that waited go back into the
// queue, and nothing that a dead process left behind goes on.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import { isUnrun, type Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { reportFailure } from '../outcome.ts';
import { endedRun, type Job } from './job.ts';
import type { Runner } from './runner.ts';

export interface RecoverTools {
  readonly records: Pick<Records, 'unfinished' | 'list' | 'save'>;
  readonly runner: Pick<Runner, 'submit' | 'get'>;
  readonly clock: Clock;
  readonly log: Log;
  /** True where the process that has the run still lives, and is another than this one. */
  isElsewhere(run: RunRecord): Promise<boolean>;
  /** Ends every process of the runs that were left, and of runs that had ended or were never kept, less those that live. */
  reap(left: readonly string[], alive: ReadonlySet<string>): Promise<void>;
  /** Removes all workspaces but those of these runs. */
  collect(keep: ReadonlySet<string>): Promise<void>;
  /** The run to go on with, or to begin as the next attempt; null where there is nothing to run any more. */
  again(run: RunRecord, how: 'go on' | 'next attempt'): Promise<Job | null>;
  /** How the notes say that the run ended, where its record was not kept to the end; null where they do not. */
  noted(run: RunRecord): Promise<Result | null>;
  /** Tells the world that a run was lost; never rejects. */
  settled(job: Job | null, run: RunRecord): Promise<void>;
}

/** `agent`: goes on with all that was left. `command`: only tidies up after dead processes, and leaves what waits for the
 * agent to the agent. */
export type Recoverer = 'agent' | 'command';

/** Throws only what the records throw; a run that cannot be started again is told and stays as it ended. */
export async function recover(tools: RecoverTools, who: Recoverer): Promise<void> {
  const { records, runner, log } = tools;
  const unfinished = await records.unfinished();
  const elsewhere = new Set<string>();
  for (const run of unfinished) if (await tools.isElsewhere(run)) elsewhere.add(run.id);
  const left = unfinished.filter(({ id }) => !elsewhere.has(id) && runner.get(id) === null);
  const running = left.filter(({ status }) => status === 'running');
  const alive = new Set(unfinished.filter((run) => !left.includes(run)).map(({ id }) => id));
  // also of those that wait: that one had begun may not have been kept any more
  await tools.reap(
    left.map(({ id }) => id),
    alive,
  );
  await tools.collect(alive);
  if (left.length > 0 && who === 'agent') {
    log.info(`an earlier agent left ${running.length} running and ${left.length - running.length} waiting runs`);
  }
  const told: Promise<void>[] = [];
  for (const run of left) {
    try {
      if (run.status === 'running') told.push((await retryLost(run, tools, who)).told);
      else if (who === 'agent') await queueAgain(run, tools);
      else if (run.reason === 'request' || run.reason === 'retry') await giveUp(run, tools);
    } catch (error) {
      log.warn(`warning: run ${run.id} (${run.resource}) is not started again: ${describeFailure(toFailure(error))}`);
    }
  }
  await Promise.all(told);
}

/** `told`: resolves when the world was told, together with others. */
async function retryLost(
  run: RunRecord,
  tools: RecoverTools,
  who: Recoverer,
): Promise<{ readonly told: Promise<void> }> {
  const { records, clock, log } = tools;
  const noted = await tools.noted(run);
  if (noted !== null && !isUnrun(noted.status)) {
    const { status, finishedAt, exitCode } = noted;
    await records.save({ ...run, status, finishedAt, exitCode, workspace: null });
    return { told: Promise.resolve() };
  }
  const error = reportFailure(new Failure('cancelled', 'the process that carried it out was killed'), null);
  const lost = { ...endedRun(run, { status: 'lost', error }, clock.now()), workspace: null };
  const again = who === 'agent' ? tools.again(run, 'next attempt') : Promise.resolve(null);
  const job = await again.catch((problem: unknown) => {
    log.warn(`warning: ${run.resource}: ${describeFailure(toFailure(problem))}`);
    return null;
  });
  const times = 1 + (await timesLost(run, records));
  const submitted = job !== null && times <= job.retriesWhenLost ? tools.runner.submit(job) : null;
  // saved in the same turn, which is one transaction: never an end without its next attempt, nor the attempt twice
  await Promise.all([submitted, records.save(lost)]);
  return { told: tools.settled(job, lost) };
}

/** How often runs of this change, or of this request, were lost so far. */
async function timesLost(run: RunRecord, records: RecoverTools['records']): Promise<number> {
  if (run.change === null) return run.attempt - 1;
  const lost = await records.list({ commit: run.change.commit, statuses: ['lost'], limit: 1000 });
  return lost.filter(({ resource }) => resource === run.resource).length;
}

/** Who asked for it has gone with the process that had it in its queue. */
async function giveUp(run: RunRecord, { records, clock }: RecoverTools): Promise<void> {
  const failure = new Failure('cancelled', 'the process that had it in its queue was killed');
  await records.save(endedRun(run, { status: 'cancelled', error: reportFailure(failure, null) }, clock.now()));
}

async function queueAgain(run: RunRecord, tools: RecoverTools): Promise<void> {
  const { records, clock } = tools;
  let error: Failure;
  try {
    const job = await tools.again(run, 'go on');
    if (job !== null) return void (await tools.runner.submit(job));
    error = new Failure('not-found', 'the resource has nothing to run any more');
  } catch (problem) {
    error = toFailure(problem);
  }
  await records.save(endedRun(run, { status: 'cancelled', error: reportFailure(error, null) }, clock.now()));
}
