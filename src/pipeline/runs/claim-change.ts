// Several agents for one origin: a run begins only when its change was claimed, and nobody else ran it meanwhile.
import { toFailure } from '../../core/failure.ts';
import { isFinal } from '../../core/result.ts';
import type { Claim, Claimed, Results } from '../../state/results.ts';
import type { Clock } from '../../system/clock.ts';
import type { Job } from './job.ts';
import type { Claiming } from './runner.ts';
import { UNCLAIMED } from './settle.ts';

/** Milliseconds beyond its time-out and grace that an agent has to say how its run ended. */
const SLACK = 60_000;

export const claimChange = {
  /** One agent: there is nobody to ask. */
  none: { kind: 'ours', claim: UNCLAIMED } as Claiming,

  /** Throws the Failures of a push, where somebody asked for the run: whoever asks is told. */
  async of(
    { run, plan }: Job,
    { results, clock }: { readonly results: Pick<Results, 'claim' | 'release'>; readonly clock: Clock },
    signal: AbortSignal,
  ): Promise<Claiming> {
    if (run.change === null) return claimChange.none;
    const { commit } = run.change;
    const deadline = clock.now() + plan.timeout + plan.grace + SLACK;
    const isAsked = run.reason === 'request' || run.reason === 'retry';
    let claimed: Claimed;
    try {
      claimed = await results.claim(commit, { agent: run.agent, run: run.id, deadline }, signal);
    } catch (error) {
      if (isAsked || signal.aborted) throw error;
      return { kind: 'unknown', failure: toFailure(error) };
    }
    if (claimed.kind === 'taken') return { kind: 'taken', by: claimed.by?.agent ?? 'unknown' };
    // whoever asks for a run wants one; what a change caused is done once
    const done = claimed.results.find((result) => isFinal(result) && result.status !== 'lost');
    if (done !== undefined && !isAsked) {
      await results.release(commit).catch(() => {
        // it goes with the next push, and nobody needs the change any more
      });
      return { kind: 'taken', by: done.agent };
    }
    return { kind: 'ours', claim: { releases: true, remark: remarkOn(claimed.from, run.agent) } };
  },
};

function remarkOn(from: Claim | null, agent: string): string | null {
  if (from === null || from.agent === agent) return null;
  return `taken over from agent ${from.agent}, whose claim for run ${from.run} had expired`;
}
