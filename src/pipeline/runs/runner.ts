// Runs on this machine: a queue in front, records behind, and results told when they end. Every run that was accepted
// ends as a record, whatever happens to it.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import { isFinished, type RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import { createScheduler, type Scheduler } from '../../run/queue/scheduler.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { type ExecuteTools, execute } from '../execute.ts';
import { reportFailure } from '../outcome.ts';
import { CLAIM_STEP, endedRun, type Job } from './job.ts';
import { keepRecords } from './keep-records.ts';
import type { OnRun } from './run-verbs.ts';
import { type ClaimedRun, NOT_BEGUN, UNCLAIMED } from './settle.ts';

export interface RunnerTools extends Omit<ExecuteTools, 'changed'> {
  readonly records: Pick<Records, 'save' | 'remove'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly atATime: number;
  readonly groups: Readonly<Record<string, number>>;
  /** Asks for the change where other agents may have it. */
  claim(job: Job, signal: AbortSignal): Promise<Claiming>;
  /** Told when a run begins to be carried out; what it gives is called when it ended. */
  began(job: Job): () => void;
  /** Tells the world how a run ended: note, subscribers, chains. Never rejects. */
  settled(job: Job, run: RunRecord, claim: Entry['claim']): Promise<void>;
  /** Told of every change of any run. */
  readonly onRun: OnRun;
}

/** `taken`, and `unknown` where the remote does not say whose it is: nothing of the run is kept, its change is looked at
 * again later. */
export type Claiming =
  | { readonly kind: 'ours'; readonly claim: ClaimedRun }
  | { readonly kind: 'taken'; readonly by: string }
  | { readonly kind: 'unknown'; readonly failure: Failure };

export interface Runner {
  /** Accepts a run: resolves once it is kept. Throws a Failure `refused` where the queue takes no more. */
  submit(job: Job, onRun?: OnRun): Promise<{ readonly finished: Promise<RunRecord> }>;
  /** `waiting`: cancelled at once. `running`: asked to end. Null: not here. */
  cancel(id: string): 'waiting' | 'running' | null;
  /** The run as it is now; null where it is not here any more. */
  get(id: string): RunRecord | null;
  counts(): ReturnType<Scheduler['counts']>;
  /** True where a run of this change waits or runs here. */
  has(commit: string): boolean;
  /** Nothing new starts; resolves when nothing runs and everything was told. What waits stays recorded as waiting. */
  stop(how: 'finish' | 'cancel'): Promise<void>;
  /** Resolves when nothing waits, nothing runs and everything was told. */
  idle(): Promise<void>;
}

interface Entry {
  readonly job: Job;
  run: RunRecord;
  claim: ClaimedRun | typeof NOT_BEGUN;
  readonly onRun: OnRun;
  readonly finish: (run: RunRecord) => void;
}

export function createRunner(tools: RunnerTools): Runner {
  const { records, log, clock } = tools;
  const entries = new Map<string, Entry>();
  /** The same, by the change that they are for. */
  const ofChange = new Map<string, Set<Entry>>();
  const telling = new Set<Promise<void>>();
  const keep = keepRecords(records, log);
  const scheduler = createScheduler({ clock, atATime: tools.atATime, groups: tools.groups, execute: carryOut });

  function hold(entry: Entry): void {
    const { id, change } = entry.run;
    entries.set(id, entry);
    if (change === null) return;
    const others = ofChange.get(change.commit) ?? new Set();
    ofChange.set(change.commit, others.add(entry));
  }

  function drop(entry: Entry): void {
    const { id, change } = entry.run;
    entries.delete(id);
    const others = change === null ? undefined : ofChange.get(change.commit);
    if (change !== null && others?.delete(entry) === true && others.size === 0) ofChange.delete(change.commit);
  }

  /** Tells and keeps; a record that cannot be kept is told and stops nothing. */
  async function changed(entry: Entry, run: RunRecord, when: 'now' | 'soon'): Promise<void> {
    entry.run = run;
    // before it is told: whoever hears of it may cancel it, which is kept after it
    const kept = keep(run, when);
    entry.onRun(run);
    if (entry.run === run) tools.onRun(run);
    await kept;
  }

  async function ended(entry: Entry, run: RunRecord): Promise<void> {
    await changed(entry, run, 'now');
    drop(entry);
    awaited(tools.settled(entry.job, run, entry.claim));
    entry.finish(run);
  }

  /** Stopping and being idle wait for it. */
  function awaited(work: Promise<void>): void {
    const told = work.finally(() => telling.delete(told));
    telling.add(told);
  }

  async function carryOut({ id }: { readonly id: string }, _group: string | null, signal: AbortSignal): Promise<void> {
    const entry = entries.get(id);
    if (entry === undefined) return;
    const { job } = entry;
    try {
      const claiming = await tools.claim(job, signal);
      if (claiming.kind !== 'ours') return await giveUp(entry, claiming);
      entry.claim = claiming.claim;
    } catch (error) {
      // perhaps it is ours and only the answer was lost
      entry.claim = NOT_BEGUN;
      const end = signal.aborted ? 'cancelled' : 'failed';
      const run = endedRun(entry.run, { status: end, error: reportFailure(toFailure(error), CLAIM_STEP) }, clock.now());
      return awaited(ended(entry, run));
    }
    const over = tools.began(job);
    const run = await execute(job, { ...tools, changed: (next, when) => changed(entry, next, when) }, signal);
    over();
    // its slot is free while its record is written
    awaited(ended(entry, run));
  }

  /** Another agent runs it, or nobody can tell: nothing of it is ours to record. */
  async function giveUp(entry: Entry, claiming: Exclude<Claiming, { kind: 'ours' }>): Promise<void> {
    const { run } = entry;
    const failure =
      claiming.kind === 'unknown'
        ? claiming.failure
        : new Failure('refused', 'another agent runs this change', { agent: claiming.by });
    drop(entry);
    const why = `${run.resource}: run ${run.id} is given up: ${describeFailure(failure)}`;
    if (claiming.kind === 'taken') log.debug(why);
    else log.warn(`warning: ${why}`);
    try {
      await records.remove([run.id]);
    } catch (error) {
      log.warn(`warning: the record of run ${run.id} could not be removed: ${describeFailure(toFailure(error))}`);
    }
    entry.finish(endedRun(run, { status: 'cancelled', error: reportFailure(failure, null) }, clock.now()));
  }

  async function supersede(ids: readonly string[], by: string): Promise<void> {
    for (const id of ids) {
      const entry = entries.get(id);
      if (entry === undefined) continue;
      await ended(entry, { ...entry.run, status: 'superseded', supersededBy: by, finishedAt: clock.now() });
    }
  }

  return {
    async submit(job, onRun = () => {}) {
      const { run, plan } = job;
      let finish: (run: RunRecord) => void = () => {};
      const finished = new Promise<RunRecord>((resolve) => {
        finish = resolve;
      });
      const entry: Entry = { job, run, claim: UNCLAIMED, onRun, finish };
      hold(entry);
      const { id, resource, partition, createdAt } = run;
      // what was lost had its delay
      const settings = job.readmitted === 'lost' ? { ...plan.queue, startDelay: 0 } : plan.queue;
      const readmitted = job.readmitted !== null;
      const submitted = scheduler.submit({ id, resource, partition, settings, createdAt, readmitted });
      if (submitted.kind === 'refused') {
        drop(entry);
        throw new Failure('refused', submitted.why, { resource });
      }
      // one that started at once has said more than that it waits
      if (entry.run === run) await changed(entry, run, 'now');
      await supersede(submitted.superseded, run.id);
      return { finished };
    },
    cancel(id) {
      const found = scheduler.cancel(id);
      const entry = entries.get(id);
      if (found === 'waiting' && entry !== undefined) {
        awaited(ended(entry, endedRun(entry.run, { status: 'cancelled', error: null }, clock.now())));
      }
      return found;
    },
    get: (id) => entries.get(id)?.run ?? null,
    counts: () => scheduler.counts(),
    has: (commit) => [...(ofChange.get(commit) ?? [])].some(({ run }) => !isFinished(run.status)),
    async stop(how) {
      await scheduler.stop(how);
      while (telling.size > 0) await Promise.all(telling);
    },
    async idle() {
      do {
        await scheduler.idle();
        await Promise.all(telling);
      } while (telling.size > 0);
    },
  };
}
