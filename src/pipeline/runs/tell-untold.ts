// What an agent that was killed did not come to tell the remote: results of runs that had ended by then, and that claims of
// its own are over.
import { describeFailure, toFailure } from '../../core/failure.ts';
import { isFinal } from '../../core/result.ts';
import { isFinished, RUN_STATUSES } from '../../core/run.ts';
import type { RefListing } from '../../git/repository.ts';
import type { Records } from '../../record/records.ts';
import type { Results } from '../../state/results.ts';
import type { Log } from '../../system/log.ts';
import { neverBegan } from './job.ts';
import { resultOf } from './settle.ts';

/** Ended runs that are looked at, back from the newest: more than can wait for the remote at one time. */
const LOOKED_AT = 1000;
const ENDED = RUN_STATUSES.filter(isFinished);

export interface UntoldTools {
  readonly records: Pick<Records, 'list' | 'unfinished'>;
  readonly results: Pick<Results, 'of' | 'claims' | 'write' | 'release'>;
  /** What is known of the remote. */
  listing(): Promise<RefListing>;
  readonly agentId: string;
  readonly log: Log;
}

/** After the runs that were lost are told and tried again. Never rejects: what does not arrive goes with the next push. */
export async function tellUntold(tools: UntoldTools): Promise<void> {
  const { records, results, agentId, log } = tools;
  try {
    const listing = await tools.listing();
    // a change that has a run by now keeps its claim: runs are asked for after the claims
    const claims = await results.claims(listing);
    const inUse = new Set((await records.unfinished()).map(({ change }) => change?.commit));
    const over = [...claims].filter(([commit, { agent }]) => agent === agentId && !inUse.has(commit));
    const untold = await findUntold(listing, tools);
    await Promise.all([
      ...untold.map(({ run, commit }) => results.write({ commit, result: resultOf(run), releases: true })),
      ...over.map(([commit]) => results.release(commit)),
    ]);
    if (untold.length > 0) log.info(`told late how earlier runs ended: ${untold.length}`);
  } catch (error) {
    log.warn(`warning: results of earlier runs are not on the remote yet: ${describeFailure(toFailure(error))}`);
  }
}

/** Runs that ended as records, and in their change's note have not. */
async function findUntold(listing: RefListing, { records, results }: UntoldTools) {
  const ended = (await records.list({ statuses: ENDED, limit: LOOKED_AT })).flatMap((run) =>
    run.change === null || neverBegan(run) ? [] : [{ run, commit: run.change.commit }],
  );
  const notes = await results.of(
    listing,
    ended.map(({ commit }) => commit),
  );
  return ended.filter(
    ({ run, commit }) => notes.get(commit)?.some((result) => result.run === run.id && isFinal(result)) !== true,
  );
}
