// Changes that were there before anybody carried them out are adopted: nobody's 34 suites start because they tried the tool.
import { describeFailure, toFailure } from '../../core/failure.ts';
import { unrunResult } from '../../core/result.ts';
import { formatSubject } from '../../core/subject.ts';
import type { Results } from '../../state/results.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import type { FoundDue } from './find-due.ts';

/** Writes what was found to be adopted, in one push. Where that is nothing the default branch's tip gets the note: it says
 * that somebody began, so that the first change is carried out and not adopted. Never rejects. */
export async function adoptChanges(
  found: readonly FoundDue[],
  snapshot: Snapshot,
  tools: {
    readonly results: Pick<Results, 'write'>;
    readonly agentId: string;
    readonly clock: Clock;
    readonly log: Log;
  },
): Promise<void> {
  const { results, agentId: agent, log } = tools;
  const at = tools.clock.now();
  const adopted = found.flatMap(({ resource: { branch }, answer }) =>
    answer.adopt.map(({ commit, message, value, observedAt }) => ({
      commit,
      change: { branch, subject: formatSubject(message, value), observedAt },
    })),
  );
  const base = snapshot.base === null ? [] : [{ commit: snapshot.base.commit, change: null }];
  const notes = adopted.length > 0 ? adopted : base;
  try {
    await Promise.all(
      notes.map(({ commit, change }) =>
        results.write({ commit, result: unrunResult('adopted', { agent, at, change }), releases: false }),
      ),
    );
    if (adopted.length > 0)
      log.info(`${countChanges(adopted.length, 'earlier ')} adopted: runs begin with the next ones`);
  } catch (error) {
    log.warn(
      `warning: that earlier changes are adopted is not on the remote yet: ${describeFailure(toFailure(error))}`,
    );
  }
}

/** `3 earlier changes are`. */
export function countChanges(count: number, which = ''): string {
  return `${count} ${which}${count === 1 ? 'change is' : 'changes are'}`;
}
