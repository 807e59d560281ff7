// Where CI does not begin by itself when a commit is pushed (`trigger: dispatch`), the forge is told of each change: right
// after its push, and again by a later round where that was not possible. A note on the change says that it was done.
import { describeFailure, type Failure, toFailure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import { type Result, unrunResult } from '../core/result.ts';
import type { Trigger } from '../definition/trigger.ts';
import type { Forge } from '../forge/forge.ts';
import { noForge } from '../forge/open-forge.ts';
import type { HistoryEntry } from '../state/history.ts';
import type { Results } from '../state/results.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Log } from '../system/log.ts';
import { adoptChanges, countChanges } from './runs/adopt-changes.ts';
import { type FindDueTools, findDue } from './runs/find-due.ts';

export interface Dispatcher {
  /** Told of every outcome of a round, with what the repository said at its beginning. */
  changed(outcome: CheckOutcome, snapshot: Snapshot): void;
  /** After a round: tells what earlier rounds could not. Why something was not told, null where CI knows everything. Never
   * rejects. */
  finish(snapshot: Snapshot, signal: AbortSignal): Promise<Failure | null>;
}

export interface DispatchTools extends Omit<FindDueTools, 'catchUp' | 'results'> {
  /** Null where nobody can be told. */
  readonly forge: Forge | null;
  /** URL of the resources repository, for messages. */
  readonly url: string;
  readonly results: FindDueTools['results'] & Pick<Results, 'write'>;
  readonly log: Log;
  /** More than this many that earlier rounds left: nothing is told, until somebody says so. */
  readonly burst: number;
}

/** How old a change is, in milliseconds, of which nobody has heard: whoever pushed it is not about to tell it. */
const OVERDUE = 10 * 60_000;

interface Untold {
  readonly resource: string;
  readonly branch: string;
  readonly commit: string;
}

type DispatchTrigger = Extract<Trigger, { kind: 'dispatch' }>;

export function createDispatcher(tools: DispatchTools): Dispatcher {
  const { results, clock, log } = tools;
  const began = clock.now();
  const notRewritten = new Set<string>();
  /** Changes that this process has told, or found to be too many; and those that it could not tell. */
  const handled = new Set<string>();
  const failed = new Set<string>();
  /** Branches that have changed in this round: their newest change is not in the snapshot. */
  const fresh = new Set<string>();
  /** One after the other, as the forge wants it; what is told ends with null or the first failure of the round. */
  let telling: Promise<Failure | null> = Promise.resolve(null);

  function tell(change: Untold, trigger: DispatchTrigger, snapshot: Snapshot): void {
    handled.add(change.commit);
    telling = telling.then(async (failure) => {
      const met = failure ?? (await dispatch(change, trigger, snapshot));
      if (met === null) failed.delete(change.commit);
      else {
        handled.delete(change.commit);
        failed.add(change.commit);
      }
      return met;
    });
  }

  async function dispatch(
    { resource, branch, commit }: Untold,
    { workflow, event }: DispatchTrigger,
    snapshot: Snapshot,
  ): Promise<Failure | null> {
    const { forge } = tools;
    if (forge === null) return noForge(tools.url);
    const ref = snapshot.base?.branch ?? 'main';
    try {
      // a request that has begun ends, also when we are told to stop: only then is it known whether CI was told
      await forge.dispatch({ workflow, event, ref, inputs: { branch, commit } }, new AbortController().signal);
    } catch (error) {
      return toFailure(error);
    }
    log.debug(`${resource}: ${forge.name} was told of ${commit.slice(0, 7)}`);
    try {
      const given = { agent: tools.agentId, at: clock.now(), change: null };
      await results.write({ commit, result: unrunResult('dispatched', given), releases: false });
    } catch (error) {
      log.warn(`warning: that ${resource} was dispatched is not noted yet: ${describeFailure(toFailure(error))}`);
    }
    return null;
  }

  /** What is due by what git says, and older than what somebody may just be about to tell. */
  async function overdue(snapshot: Snapshot): Promise<readonly Untold[]> {
    const enabled = results.exist(snapshot.listing);
    const found = await findDue(
      { snapshot, ours: () => false, firstStart: !enabled, atStart: false, rewrittenBefore: began, notRewritten },
      { ...tools, catchUp: 'newest' },
    );
    if (!enabled) await adoptChanges(found, snapshot, tools);
    const isOverdue = ({ commit, observedAt }: HistoryEntry) =>
      failed.has(commit) || observedAt + OVERDUE <= clock.now();
    const due = found.flatMap(({ resource, answer }) =>
      answer.due
        .filter(({ change, reason }) => reason === 'change' && isOverdue(change))
        .map(({ change }): Untold => ({ resource: resource.name, branch: resource.branch, commit: change.commit })),
    );
    const left = due.filter(({ branch, commit }) => !fresh.has(branch) && !handled.has(commit));
    const noted = await results.of(
      snapshot.listing,
      left.map(({ commit }) => commit),
    );
    return left.filter(({ commit }) => !wasTold(noted.get(commit)));
  }

  return {
    changed({ resource, branch, outcome, pushed, commit, rebaselined }, snapshot) {
      const { trigger } = snapshot.configuration;
      if (trigger.kind !== 'dispatch' || (outcome !== 'changed' && outcome !== 'new')) return;
      if (!pushed || commit === null || rebaselined === true) return;
      fresh.add(branch);
      tell({ resource, branch, commit }, trigger, snapshot);
    },
    async finish(snapshot, signal) {
      const { trigger } = snapshot.configuration;
      if (trigger.kind !== 'dispatch') return null;
      try {
        const left = signal.aborted ? [] : await overdue(snapshot);
        if (left.length > tools.burst) {
          for (const { commit } of left) handled.add(commit);
          log.warn(
            `${countChanges(left.length)} due, more than runs.burst (${tools.burst}): CI is told of none. ` +
              'Where they are wanted, one round with a higher runs.burst lets them go',
          );
        } else for (const change of left) tell(change, trigger, snapshot);
        return await telling;
      } catch (error) {
        return toFailure(error);
      } finally {
        telling = Promise.resolve(null);
        fresh.clear();
      }
    },
  };
}

/** Where nothing is ever dispatched: dry runs. */
export const DISPATCHES_NOTHING: Dispatcher = { changed: () => {}, finish: async () => null };

function wasTold(results: readonly Pick<Result, 'status'>[] = []): boolean {
  return results.some(({ status }) => status === 'dispatched');
}
