// Which changes of a resource are due for a run, decided from git alone: the changes, their results, the claims that
// stand; and what this agent has in its queue.
import type { Result } from './result.ts';

/** Which changes without a result are due: the newest one, all since the newest with a result, or only those that came
 * after the agent's start. */
export type CatchUp = 'newest' | 'every' | 'none';

/** A change as far as it matters here. */
export interface PastChange {
  readonly commit: string;
  /** Its commit carries a skip directive: history, but never due. */
  readonly skipped: boolean;
}

/** How a change stands:
 * `skipped`: never due. `done`: it has a final result, or its runs were lost too often. `waiting`: a run of ours for it
 * waits or runs. `taken`: another agent runs it. `lost`: its last run was lost and may be tried again. `open`: nothing is
 * known of it. */
export type Standing = 'skipped' | 'done' | 'waiting' | 'taken' | 'lost' | 'open';

export interface DueQuestion<Change extends PastChange> {
  /** Newest first, `changesNeeded` of them or all there are; more are not looked at. */
  readonly changes: readonly Change[];
  /** As the notes have them; a change without any may be left out. */
  readonly results: ReadonlyMap<string, readonly Pick<Result, 'status' | 'attempt' | 'agent' | 'startedAt'>[]>;
  /** Claims that stand, by change commit. */
  readonly claims: ReadonlyMap<string, { readonly agent: string; readonly deadline: number }>;
  /** Change commits for which a run of ours waits or runs. */
  readonly ours: ReadonlySet<string>;
  /** Highest attempt in our records, by change commit; absent: none. */
  readonly attempts: ReadonlyMap<string, number>;
  /** Our id. */
  readonly agent: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long another agent's running line is believed that no claim goes with, in milliseconds: the run's time-out. */
  readonly patience: number;
  readonly catchUp: CatchUp;
  /** No result was ever written in this repository: the runner is enabled for the first time. */
  readonly firstStart: boolean;
  /** The first look after the agent's start. */
  readonly atStart: boolean;
  readonly retriesWhenLost: number;
}

type StandingQuestion = Pick<
  DueQuestion<PastChange>,
  'results' | 'claims' | 'ours' | 'agent' | 'now' | 'patience' | 'retriesWhenLost'
>;

export interface DueChange<Change> {
  readonly change: Change;
  readonly attempt: number;
  readonly reason: 'change' | 'lost';
}

export interface Due<Change> {
  /** In the order in which they are to run: the oldest first. */
  readonly due: readonly DueChange<Change>[];
  /** To be written as `adopted`: they count as having a result, and nothing runs. */
  readonly adopt: readonly Change[];
  /** Of the newest change; null where there is no change at all. */
  readonly newest: Standing | null;
  /** True where `every` looked at as many changes as it does and met none with a result: older ones are left out. */
  readonly cut: boolean;
}

/** Changes that `every` looks at, back from the newest. */
export const EVERY_LIMIT = 100;

/** How many changes the decision looks at. */
export function changesNeeded(catchUp: CatchUp): number {
  return catchUp === 'every' ? EVERY_LIMIT : 1;
}

/**
 * Decides what is due. Below a change with a skip directive nothing is: whoever wrote it (a baseline, a definition that
 * extracts something else now) said what holds from there on, and the values before it are of another meaning.
 */
export function dueChanges<Change extends PastChange>(question: DueQuestion<Change>): Due<Change> {
  const { catchUp, changes } = question;
  const [change] = changes;
  if (change === undefined) return { due: [], adopt: [], newest: null, cut: false };
  const newest = standingOf(change, question);
  const nothing: Due<Change> = { due: [], adopt: [], newest, cut: false };
  if (question.firstStart) {
    // also one with a skip directive: the note is the sign that the runner was enabled
    const hasResult = (question.results.get(change.commit)?.length ?? 0) > 0;
    return { ...nothing, adopt: hasResult ? [] : [change] };
  }
  if (catchUp === 'every') return { ...allDue(question), newest };
  if (newest === 'open' && catchUp === 'none' && question.atStart) return { ...nothing, adopt: [change] };
  return isDue(newest) ? { ...nothing, due: [dueChange(change, newest, question)] } : nothing;
}

/** Everything since the newest change that is done; and below it what was begun and lost. */
function allDue<Change extends PastChange>(question: DueQuestion<Change>): Omit<Due<Change>, 'newest'> {
  const due: DueChange<Change>[] = [];
  let cut = question.changes.length >= EVERY_LIMIT;
  let metDone = false;
  for (const change of question.changes.slice(0, EVERY_LIMIT)) {
    const standing = standingOf(change, question);
    if (standing === 'skipped' || standing === 'done') cut = false;
    if (standing === 'skipped') break;
    if (standing === 'done') metDone = true;
    else if (standing === 'lost' || (standing === 'open' && !metDone))
      due.unshift(dueChange(change, standing, question));
  }
  return { due, adopt: [], cut };
}

function isDue(standing: Standing): standing is 'open' | 'lost' {
  return standing === 'open' || standing === 'lost';
}

function dueChange<Change extends PastChange>(
  change: Change,
  standing: 'open' | 'lost',
  { results, attempts }: DueQuestion<Change>,
): DueChange<Change> {
  const known = (results.get(change.commit) ?? []).map(({ attempt }) => attempt);
  const attempt = Math.max(0, attempts.get(change.commit) ?? 0, ...known) + 1;
  return { change, attempt, reason: standing === 'lost' ? 'lost' : 'change' };
}

/** How a change stands. */
export function standingOf(change: PastChange, question: StandingQuestion): Standing {
  if (change.skipped) return 'skipped';
  const { agent, now } = question;
  // that CI was told to carry it out is no run yet, and CI itself asks here
  const results = (question.results.get(change.commit) ?? []).filter(({ status }) => status !== 'dispatched');
  if (results.some(({ status }) => status !== 'running' && status !== 'lost')) return 'done';
  if (question.ours.has(change.commit)) return 'waiting';
  const claim = question.claims.get(change.commit);
  if (claim !== undefined && claim.agent !== agent && now <= claim.deadline) return 'taken';
  for (const result of results) {
    // where claims are in use the claim says whether it is alive; elsewhere only time tells
    const believed = result.status === 'running' && result.agent !== agent && claim === undefined;
    if (believed && now <= (result.startedAt ?? 0) + question.patience) return 'taken';
  }
  if (results.length === 0) return 'open';
  // what runs no more, and has no end, was lost too
  return results.length <= question.retriesWhenLost ? 'lost' : 'done';
}
