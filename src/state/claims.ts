// Claims of runs: a ref for each claimed change, made where it is expected to be absent, so that of two agents exactly one
// gets it. The ref's commit has no files; its message is the claim as JSON.
import { createBatches } from '../concurrency/batches.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { formatInstant } from '../core/instant.ts';
import type { Result } from '../core/result.ts';
import { EMPTY_TREE, encodeCommit, encodeTree } from '../git/objects.ts';
import type { Commit, Identity, NewObject, PushResult, RefListing, RefUpdate, Repository } from '../git/repository.ts';
import type { Clock } from '../system/clock.ts';
import type { Claim, Claimed } from './results.ts';

export const CLAIMS = 'refs/spread-cron/claims/';

export interface ClaimsOptions {
  readonly repository: Repository;
  readonly identity: Identity;
  readonly agentId: string;
  readonly clock: Clock;
  /** What the notes of a listing say of these changes. */
  readonly resultsOf: (
    listing: RefListing,
    commits: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly Result[]>>;
}

export interface Claims {
  claim(commit: string, claim: Claim, signal: AbortSignal): Promise<Claimed>;
  /** Claims that stand, by change commit. */
  standing(listing: RefListing): Promise<ReadonlyMap<string, Claim>>;
  /** Updates that delete our claims for these runs (null: whatever run), as this listing has them; a claim of another
   * agent, or one of ours for a later run, stays. */
  deletions(
    listing: RefListing,
    ended: readonly { readonly commit: string; readonly run: string | null }[],
  ): Promise<readonly RefUpdate[]>;
  idle(): Promise<void>;
}

/** How often a claim is tried while others move the same refs. */
const TRIES = 5;
/** Claims that are wanted in one turn of the loop go together, in milliseconds. */
const COMPANY = { quiet: 2, longest: 20 } as const;
/** How long a claim stands that nobody can read. */
const UNREADABLE_FOR = 86_400_000;

interface Wish {
  readonly commit: string;
  readonly claim: Claim;
  readonly signal: AbortSignal;
  readonly resolve: (claimed: Claimed) => void;
  readonly reject: (failure: Failure) => void;
}

/** A wish that the refs, as known, do not stand in the way of. */
interface Attempt {
  readonly wish: Wish;
  readonly from: Claim | null;
  readonly update: RefUpdate & { readonly next: string };
  readonly object: NewObject;
}

export function createClaims({ repository, identity, agentId, clock, resultsOf }: ClaimsOptions): Claims {
  const read = createClaimReader(repository);
  const batches = createBatches<Wish>({ send, company: COMPANY, clock });

  async function send(wishes: readonly Wish[]): Promise<void> {
    try {
      let left = wishes;
      let listing = await repository.mirroredRefs();
      for (let attempt = 1; left.length > 0; attempt++) {
        if (attempt > 1) listing = await freshListing(repository);
        left = await tryAll(left, { listing, last: attempt === TRIES });
      }
    } catch (error) {
      const failure = toFailure(error);
      // those that were settled before do not hear it
      for (const { reject } of wishes) reject(failure);
    }
  }

  /** Settles what can be settled and gives the wishes that must be tried on a newer listing. */
  async function tryAll(
    wishes: readonly Wish[],
    { listing, last }: { readonly listing: RefListing; readonly last: boolean },
  ): Promise<readonly Wish[]> {
    const present = await read(wishes.flatMap(({ commit }) => listing.own.get(CLAIMS + commit) ?? []));
    const attempts: Attempt[] = [];
    for (const wish of wishes) {
      const oid = listing.own.get(CLAIMS + wish.commit) ?? null;
      const from = oid === null ? null : (present.get(oid) ?? null);
      if (wish.signal.aborted) wish.reject(new Failure('cancelled', 'cancelled'));
      else if (from !== null && from.agent !== agentId && clock.now() <= from.deadline)
        wish.resolve({ kind: 'taken', by: from });
      else attempts.push(attemptOf(wish, oid, from));
    }
    if (attempts.length === 0) return [];
    // a push that has begun ends, also when we are told to stop: only then is it known whose the runs are
    const results = await repository.push(
      attempts.map(({ update }) => update),
      [encodeTree([]), ...attempts.map(({ object }) => object)],
      new AbortController().signal,
    );
    await settleClaimed(attempts.filter(({ update }) => results.get(update.ref)?.kind === 'accepted'));
    const again: Wish[] = [];
    for (const { wish, update } of attempts) {
      const result = results.get(update.ref);
      if (result?.kind === 'accepted') continue;
      if (last) giveUp(wish, result);
      else again.push(wish);
    }
    return again;
  }

  /** Others may have run the change to its end before the claim was ours: whoever claims is told what is known by now. */
  async function settleClaimed(attempts: readonly Attempt[]): Promise<void> {
    if (attempts.length === 0) return;
    const listing = await freshListing(repository);
    const results = await resultsOf(
      listing,
      attempts.map(({ wish }) => wish.commit),
    );
    for (const { wish, from } of attempts)
      wish.resolve({ kind: 'claimed', from, results: results.get(wish.commit) ?? [] });
  }

  function attemptOf(wish: Wish, expected: string | null, from: Claim | null): Attempt {
    const { agent, run, deadline } = wish.claim;
    const object = encodeCommit({
      tree: EMPTY_TREE,
      parents: [],
      identity,
      authoredAt: clock.now(),
      message: `${JSON.stringify({ v: 1, agent, run, deadline: formatInstant(deadline) })}\n`,
    });
    return { wish, from, object, update: { ref: CLAIMS + wish.commit, expected, next: object.oid } };
  }

  return {
    claim: (commit, claim, signal) =>
      new Promise((resolve, reject) => batches.add({ commit, claim, signal, resolve, reject })),

    async standing(listing) {
      const refs = [...listing.own].filter(([ref]) => ref.startsWith(CLAIMS));
      const claims = await read(refs.map(([, oid]) => oid));
      return new Map(
        refs.flatMap(([ref, oid]) => {
          const claim = claims.get(oid);
          return claim === undefined ? [] : [[ref.slice(CLAIMS.length), claim] as const];
        }),
      );
    },

    async deletions(listing, ended) {
      const refs = new Map<string, string>();
      const over = new Set<string>();
      for (const { commit, run } of ended) {
        const oid = listing.own.get(CLAIMS + commit);
        if (oid !== undefined) refs.set(commit, oid);
        over.add(`${commit} ${run ?? ''}`);
      }
      const claims = await read([...refs.values()]);
      return [...refs].flatMap(([commit, oid]) => {
        const claim = claims.get(oid);
        const isOver = over.has(`${commit} `) || over.has(`${commit} ${claim?.run}`);
        return claim?.agent === agentId && isOver ? [{ ref: CLAIMS + commit, expected: oid, next: null }] : [];
      });
    },

    idle: batches.idle,
  };
}

/** Asks the remote and brings the mirror up to date. */
export async function freshListing(repository: Repository): Promise<RefListing> {
  const { signal } = new AbortController();
  const listing = await repository.listRefs(signal);
  await repository.sync(listing, { lock: 'wait' }, signal);
  return listing;
}

function giveUp(wish: Wish, result: PushResult | undefined): void {
  if (result?.kind === 'refused')
    wish.reject(
      new Failure('push-refused', 'the remote does not let runs be claimed, allow pushes to refs/spread-cron/claims', {
        commit: wish.commit,
        remote_said: result.message,
      }),
    );
  else wish.resolve({ kind: 'taken', by: null });
}

/** Reads claims by the oid of their commit, each once. */
function createClaimReader(repository: Repository): (oids: readonly string[]) => Promise<ReadonlyMap<string, Claim>> {
  let known: ReadonlyMap<string, Claim> = new Map();
  return async (oids) => {
    const unknown = oids.filter((oid) => !known.has(oid));
    const commits = unknown.length === 0 ? [] : [...(await repository.readCommits(unknown)).values()];
    const read = new Map(commits.map((commit) => [commit.oid, parseClaim(commit)]));
    // claims come and go: what was not asked for now is not kept for long
    const before = known;
    const claims = new Map(
      oids.flatMap((oid) => {
        const claim = read.get(oid) ?? before.get(oid);
        return claim === undefined ? [] : [[oid, claim] as const];
      }),
    );
    known = before.size > 10_000 ? claims : new Map([...before, ...claims]);
    return claims;
  };
}

/** A claim that is not written as ours are stands for a day: somebody meant something by it. */
function parseClaim(commit: Commit): Claim {
  const unreadable: Claim = { agent: '', run: '', deadline: commit.authoredAt + UNREADABLE_FOR };
  try {
    const data: unknown = JSON.parse(commit.message);
    if (typeof data !== 'object' || data === null) return unreadable;
    const { agent, run, deadline } = data as Readonly<Record<string, unknown>>;
    const until = typeof deadline === 'string' ? Date.parse(deadline) : Number.NaN;
    if (typeof agent !== 'string' || typeof run !== 'string' || Number.isNaN(until)) return unreadable;
    return { agent, run, deadline: until };
  } catch (error) {
    if (error instanceof SyntaxError) return unreadable;
    throw error;
  }
}
