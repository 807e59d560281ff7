// Results over the repository's notes ref: write-behind, so that many results are one push; written again on top of
// another writer's where that one was faster. A claim ends in the very push that brings its result, all or nothing: in
// between nobody could tell the run from one that was never made.
import { createBatches } from '../concurrency/batches.ts';
import { backoff } from '../concurrency/retry.ts';
import { Failure, toFailure } from '../core/failure.ts';
import type { Result } from '../core/result.ts';
import { editNote } from '../core/result-note.ts';
import { editNotes, type NoteEdit } from '../git/notes.ts';
import type { Identity, PushResult, RefListing, RefUpdate, Repository } from '../git/repository.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { createClaims, freshListing } from './claims.ts';
import { createResultReader, NOTES } from './read-results.ts';
import type { Results } from './results.ts';
import { createWrittenResults } from './written-results.ts';

export interface ResultsOptions {
  readonly repository: Repository;
  readonly identity: Identity;
  readonly agentId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** How long a result waits for company, in milliseconds. */
const COMPANY = { quiet: 20, longest: 400 } as const;
/** How often a push is tried while others write too, and the wait in between. */
const TRIES = 12;
const WAIT = { base: 40, ceiling: 2000 } as const;

/** What is to be true of a change once the remote has it. */
interface Wish {
  readonly commit: string;
  /** Null: only our claim ends. */
  readonly result: Result | null;
  readonly releases: boolean;
}

interface Waiting {
  /** Null: whatever is left. */
  readonly wish: Wish | null;
  readonly resolve: () => void;
  readonly reject: (failure: Failure) => void;
}

export function createResults(options: ResultsOptions): Results {
  const { repository, clock, log } = options;
  const reader = createResultReader(repository);
  const written = createWrittenResults();
  const of: Results['of'] = async (listing, commits) => written.over(await reader.of(listing, commits), commits);
  const claims = createClaims({ ...options, resultsOf: of });
  const batches = createBatches<Waiting>({ send, company: COMPANY, clock });
  /** What a push could not bring: the next one does. */
  let unsent: readonly Wish[] = [];

  async function send(batch: readonly Waiting[]): Promise<void> {
    const wishes = latestOf([...unsent, ...batch.flatMap(({ wish }) => wish ?? [])]);
    try {
      await bring(wishes);
      unsent = [];
      for (const { resolve } of batch) resolve();
    } catch (error) {
      unsent = wishes;
      const failure = toFailure(error);
      for (const { reject } of batch) reject(failure);
    }
  }

  async function bring(wishes: readonly Wish[]): Promise<void> {
    let mayRelease = true;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (attempt > 1) await clock.sleep(backoff(attempt - 1, { ...WAIT, random: options.random }));
      const listing = attempt === 1 ? await repository.mirroredRefs() : await freshListing(repository);
      const results = await pushOnce(wishes, listing, mayRelease);
      const problems = [...results].filter(([, { kind }]) => kind !== 'accepted');
      if (problems.length === 0) return;
      const [, refused] = problems.find(([ref, { kind }]) => kind === 'refused' && ref === NOTES) ?? [];
      if (problems.some(([, { kind }]) => kind === 'stale')) {
        log.debug('another agent wrote results meanwhile, ours are put on top of them');
      } else if (mayRelease && results.size > (results.has(NOTES) ? 1 : 0)) {
        // all or nothing: perhaps it is only claims that may not be deleted
        mayRelease = false;
      } else if (refused?.kind === 'refused') throw notesRefused(refused.message);
    }
    throw new Failure('tip-moved', 'other agents kept writing results, ours go with the next push');
  }

  /** Gives what became of each ref; no ref where there is nothing to do. */
  async function pushOnce(
    wishes: readonly Wish[],
    listing: RefListing,
    mayRelease: boolean,
  ): Promise<ReadonlyMap<string, PushResult>> {
    const tip = listing.own.get(NOTES) ?? null;
    const edits = editsOf(wishes);
    const edited = await editNotes(repository, tip, edits, {
      identity: options.identity,
      at: clock.now(),
      message: edits.size === 1 ? 'Result of one change' : `Results of ${edits.size} changes`,
    });
    const updates: RefUpdate[] = edited.commit === null ? [] : [{ ref: NOTES, expected: tip, next: edited.commit }];
    const ended = wishes.filter(({ releases }) => releases);
    const deletions = await claims.deletions(
      listing,
      ended.map(({ commit, result }) => ({ commit, run: result?.run ?? null })),
    );
    if (mayRelease) updates.push(...deletions);
    else if (deletions.length > 0)
      log.warn('the remote does not let claims of runs be deleted: other agents wait until their deadline');
    if (updates.length === 0) return new Map();
    // a push that has begun ends, also when we are told to stop: only then is it known what was recorded
    return repository.push(updates, edited.objects, new AbortController().signal, { atomic: true });
  }

  const add = (wish: Wish | null) => new Promise<void>((resolve, reject) => batches.add({ wish, resolve, reject }));

  return {
    of,
    ofRewritten: reader.ofRewritten,
    exist: (listing) => !written.none() || reader.exist(listing),
    write(wish) {
      written.remember(wish.commit, wish.result);
      return add(wish);
    },
    resend: async () => {
      if (unsent.length > 0) await add(null);
    },
    claim: claims.claim,
    release: (commit) => add({ commit, result: null, releases: true }),
    claims: claims.standing,
    async idle() {
      await claims.idle();
      await batches.idle();
    },
  };
}

/** Of several wishes for one run and attempt only the last. */
function latestOf(wishes: readonly Wish[]): readonly Wish[] {
  const latest = new Map<string, Wish>();
  for (const wish of wishes) {
    const { commit, result } = wish;
    const key = result === null ? commit : `${commit} ${result.attempt} ${result.run}`;
    const releases = wish.releases || latest.get(key)?.releases === true;
    latest.delete(key);
    latest.set(key, { commit, result, releases });
  }
  return [...latest.values()];
}

function editsOf(wishes: readonly Wish[]): ReadonlyMap<string, NoteEdit> {
  const byCommit = new Map<string, Result[]>();
  for (const { commit, result } of wishes) {
    if (result !== null) byCommit.set(commit, [...(byCommit.get(commit) ?? []), result]);
  }
  return new Map(
    [...byCommit].map(([commit, results]): [string, NoteEdit] => [
      commit,
      (present) => results.reduce<string | null>(editNote, present),
    ]),
  );
}

function notesRefused(message: string): Failure {
  return new Failure('push-refused', 'the remote does not take results, allow pushes to refs/notes/spread-cron', {
    remote_said: message,
  });
}
