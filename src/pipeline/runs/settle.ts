// How a run ended, told to the world: the note on its change commit, whoever asked to be told, the resources that watch
// its result.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import type { Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run.ts';
import { formatSubject } from '../../core/subject.ts';
import type { Records } from '../../record/records.ts';
import type { Results } from '../../state/results.ts';
import type { Log } from '../../system/log.ts';
import type { RunBefore } from '../tell-subscribers.ts';
import type { ShowStatus } from './commit-status.ts';
import type { Job } from './job.ts';

export interface SettleTools {
  /** Asked for only where the run is for a change. */
  results(): Promise<Pick<Results, 'write' | 'release'>>;
  readonly records: Pick<Records, 'previous'>;
  readonly log: Log;
  /** Shows on the forge how the run ended. */
  readonly showStatus: ShowStatus;
  /** Tells subscribers; never rejects. */
  tell(run: RunRecord, before: RunBefore): Promise<void>;
  /** Told once the result of a resource is on the remote; resolves when whoever watches it was found. Never rejects. */
  resultWritten(resource: string): Promise<void>;
}

/** What is known of the claim on a run's change: whether its end releases one, and what the note says about it. */
export interface ClaimedRun {
  readonly releases: boolean;
  readonly remark: string | null;
}

export const UNCLAIMED: ClaimedRun = { releases: false, remark: null };

/** The claim could not be made, or its answer was lost: the run never began, which is no result of the change. */
export const NOT_BEGUN = 'not begun';

/** Never rejects: a result that does not arrive is told, kept in the records and written again by the next agent. */
export async function settle(
  job: Job | null,
  run: RunRecord,
  claim: ClaimedRun | typeof NOT_BEGUN,
  tools: SettleTools,
): Promise<void> {
  const told = [tellOthers(run, tools), ...(claim === NOT_BEGUN ? [] : [tools.showStatus(run)])];
  if (run.change !== null) {
    const { commit } = run.change;
    try {
      const results = await tools.results();
      if (claim === NOT_BEGUN) await results.release(commit);
      else {
        const result = resultOf(run, job?.publicVariables, claim.remark);
        await results.write({ commit, result, releases: claim.releases });
        await tools.resultWritten(run.resource);
      }
    } catch (error) {
      const why = describeFailure(toFailure(error));
      tools.log.warn(`warning: the result of run ${run.id} (${run.resource}) is not on the remote yet: ${why}`);
    }
  }
  await Promise.all(told);
}

/** What a note says of a run. */
export function resultOf(
  run: RunRecord,
  publicVariables: readonly string[] = [],
  remark: string | null = null,
): Result {
  const { change, status } = run;
  if (status === 'waiting') throw new Failure('internal', 'a run that waits has no result', { run: run.id });
  const isPublic = new Set(publicVariables);
  return {
    run: run.id,
    attempt: run.attempt,
    status,
    agent: run.agent,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    exitCode: run.exitCode,
    definition: run.definition,
    tasks: Object.fromEntries(run.tasks.map(({ name, status: ended }) => [name, ended])),
    variables: Object.fromEntries(Object.entries(run.variables).filter(([name]) => isPublic.has(name))),
    change:
      change === null
        ? null
        : {
            branch: change.branch,
            subject: formatSubject(change.message, change.value),
            observedAt: change.observedAt,
          },
    remark,
  };
}

async function tellOthers(run: RunRecord, tools: SettleTools): Promise<void> {
  try {
    await tools.tell(run, async () => (await tools.records.previous(run)).last);
  } catch (error) {
    tools.log.warn(`warning: nobody was told of run ${run.id}: ${describeFailure(toFailure(error))}`);
  }
}
