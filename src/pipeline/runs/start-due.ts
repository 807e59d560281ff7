// After a look at the repository: which changes are due for a run, decided from git, and into the queue with them. The
// first look decides more carefully: a runner that is enabled for the first time adopts what is there, and a crowd that
// is due at once waits for somebody's word.

import { type CatchUp, changesNeeded, type DueChange, type DueQuestion, dueChanges } from '../../core/due.ts';
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { Watched } from '../../core/resource.ts';
import { adoptedResult } from '../../core/result.ts';
import { isFinished, type RunChange, type RunRecord } from '../../core/run.ts';
import { formatSubject } from '../../core/subject.ts';
import type { Records } from '../../record/records.ts';
import { changesOf, type HistoryEntry } from '../../state/history.ts';
import type { Results } from '../../state/results.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import type { LookTools } from '../look.ts';
import { changeFrom } from './desk.ts';
import type { Job } from './job.ts';
import type { Runner } from './runner.ts';
import { resultOf } from './settle.ts';

export interface DueTools extends LookTools {
  readonly results: Results;
  readonly records: Pick<Records, 'list'>;
  readonly runner: Pick<Runner, 'submit' | 'has'>;
  readonly agentId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly catchUp: CatchUp;
  /** More than this many due at the first look: nothing starts. */
  readonly burst: number;
  /** Milliseconds that another agent's running line is believed. */
  readonly patience: number;
  /** The run of a due change; null where the resource has nothing to run. */
  job(resource: Watched, change: RunChange, snapshot: Snapshot, attempt: number): Promise<Job | null>;
}

/** Looks at what is due and starts it; told apart from call to call what was decided before. */
export type StartDue = (snapshot: Snapshot) => Promise<void>;

interface Due {
  readonly resource: Watched;
  readonly due: DueChange<HistoryEntry>;
}

export function createStartDue(tools: DueTools): StartDue {
  const { results, log } = tools;
  const began = tools.clock.now();
  let first = true;
  /** What was decided on, where nothing of it can turn out otherwise by time alone. */
  let settled: Snapshot | null = null;
  /** Changes of which it is known that nothing starts for them: they have nothing to run, or wait for somebody's word. */
  const passed = new Set<string>();

  async function findDue(snapshot: Snapshot, enabled: boolean): Promise<readonly Due[]> {
    const watched = snapshot.resources.filter((resource) => resource.state === 'watched');
    const changes = new Map<Watched, readonly HistoryEntry[]>();
    for (const resource of watched) changes.set(resource, await changesFor(resource, tools));
    const commits = [...changes.values()].flat().map(({ commit }) => commit);
    const found = await withRewritten(await results.of(snapshot.listing, commits), [...changes.values()].flat(), {
      snapshot,
      before: began,
      results,
    });
    const claims = await results.claims(snapshot.listing);
    const all: Due[] = [];
    const adopt: (readonly [Watched, HistoryEntry])[] = [];
    for (const [resource, entries] of changes) {
      const answer = dueChanges<HistoryEntry>({
        changes: entries,
        results: found,
        claims,
        ours: new Set(entries.filter(({ commit }) => tools.runner.has(commit)).map(({ commit }) => commit)),
        attempts: new Map(),
        agent: tools.agentId,
        now: tools.clock.now(),
        patience: tools.patience,
        catchUp: tools.catchUp,
        firstStart: !enabled,
        atStart: first,
        retriesWhenLost: resource.definition.run?.retriesWhenLost ?? 1,
      } satisfies DueQuestion<HistoryEntry>);
      adopt.push(...answer.adopt.map((entry) => [resource, entry] as const));
      for (const due of answer.due) all.push({ resource, due });
      // what another agent has may become ours when its deadline passes
      if (claims.size > 0) settled = null;
    }
    if (!enabled || adopt.length > 0) await adoptAll(adopt, snapshot, tools);
    return all;
  }

  async function start({ resource, due }: Due, snapshot: Snapshot): Promise<void> {
    const { commit } = due.change;
    if (passed.has(commit)) return;
    const known = await tools.records.list({ commit, limit: 100 });
    const own = known.filter((run) => run.resource === resource.name);
    if (own.some(({ status }) => !isFinished(status))) return;
    const ended = own.find(({ status }) => status !== 'lost');
    if (ended !== undefined) return tellAgain(ended, tools);
    const attempt = Math.max(due.attempt, ...own.map((run) => run.attempt + 1));
    try {
      const change = changeFrom(due.change, resource, await valueBefore(due.change, resource, tools));
      const job = await tools.job(resource, change, snapshot, attempt);
      if (job === null) passed.add(commit);
      else await tools.runner.submit(job);
    } catch (error) {
      // a plan that cannot be made will not be made better by asking again; a queue that is full will
      const failure = toFailure(error);
      if (failure.reason === 'refused') settled = null;
      else passed.add(commit);
      log.warn(`${resource.name}: no run for ${due.change.value}: ${describeFailure(failure)}`);
    }
  }

  return async (snapshot) => {
    // what could not be pushed goes now that somebody looked
    await results.resend().catch((error: unknown) => {
      log.debug(`results still wait for the remote: ${describeFailure(toFailure(error))}`);
    });
    if (snapshot === settled) return;
    settled = snapshot;
    const enabled = results.exist(snapshot.listing) || !first;
    const due = await findDue(snapshot, enabled);
    const wanted = due.filter(({ due: { change } }) => !passed.has(change.commit));
    if (first && wanted.length > tools.burst) {
      for (const {
        due: { change },
      } of wanted)
        passed.add(change.commit);
      log.warn(
        `${wanted.length} changes are due, more than runs.burst (${tools.burst}): nothing starts. ` +
          'spread-cron agent --run-due starts them all, spread-cron run NAME one',
      );
    } else {
      for (const one of wanted) await start(one, snapshot);
    }
    first = false;
  };
}

/** As many of the newest changes as the decision looks at, and one more that tells the value before. */
async function changesFor(resource: Watched, tools: DueTools): Promise<readonly HistoryEntry[]> {
  const needed = changesNeeded(tools.catchUp);
  const newest = tools.newestChanges.of(resource.branch);
  if (newest === null) return [];
  if (needed === 1) return [newest];
  const found: HistoryEntry[] = [];
  for await (const entry of changesOf(tools.repository, resource.tip, resource.definition)) {
    found.push(entry);
    if (found.length === needed) break;
  }
  return found;
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

/** Changes from before our start without a result may be those of a history that was rewritten: they keep the results
 * that they had. Newer ones are not asked for: it means reading all notes. */
async function withRewritten(
  found: Awaited<ReturnType<Results['of']>>,
  entries: readonly HistoryEntry[],
  { snapshot, before, results }: { readonly snapshot: Snapshot; readonly before: number; readonly results: Results },
): Promise<Awaited<ReturnType<Results['of']>>> {
  const without = entries.filter(
    ({ commit, skipped, observedAt }) => !skipped && observedAt < before && !found.has(commit),
  );
  if (without.length === 0 || !results.exist(snapshot.listing)) return found;
  const rewritten = await results.ofRewritten(
    snapshot.listing,
    without.map(({ commit, message, value, observedAt }) => ({
      commit,
      subject: formatSubject(message, value),
      observedAt,
    })),
  );
  return rewritten.size === 0 ? found : new Map([...found, ...rewritten]);
}

/** Writes that these changes were there before the runner. Where there are none the default branch's tip gets the note:
 * it says that the runner was enabled, so that the first change is run and not adopted. */
async function adoptAll(
  adopted: readonly (readonly [Watched, HistoryEntry])[],
  snapshot: Snapshot,
  { results, agentId, clock, log }: DueTools,
): Promise<void> {
  const at = clock.now();
  const commits = adopted.map(([, { commit, message, value, observedAt }]) => ({
    commit,
    change: { subject: formatSubject(message, value), observedAt },
  }));
  const base = snapshot.base === null ? [] : [{ commit: snapshot.base.commit, change: null }];
  const notes = commits.length > 0 ? commits : base;
  try {
    await Promise.all(
      notes.map(({ commit, change }) =>
        results.write({ commit, result: adoptedResult({ agent: agentId, at, change }), releases: false }),
      ),
    );
    if (commits.length > 0) log.info(`${commits.length} earlier changes are adopted: runs begin with the next ones`);
  } catch (error) {
    log.warn(
      `warning: that earlier changes are adopted is not on the remote yet: ${describeFailure(toFailure(error))}`,
    );
  }
}

/** A run that ended, and whose result did not reach the remote before. */
async function tellAgain(run: RunRecord, { results, log }: DueTools): Promise<void> {
  if (run.change === null) return;
  try {
    await results.write({ commit: run.change.commit, result: resultOf(run), releases: false });
  } catch (error) {
    log.warn(`warning: the result of run ${run.id} is not on the remote yet: ${describeFailure(toFailure(error))}`);
  }
}
