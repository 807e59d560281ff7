// Results in git: notes under refs/notes/spread-cron on change commits, and claims of runs as refs of their own. Many
// results are one push; where another writer was faster theirs are fetched, merged and pushed again.
import type { ChangeMark, Result } from '../core/result.ts';
import type { RefListing } from '../git/repository.ts';

/** Whose run it is, where several agents work for one origin. */
export interface Claim {
  readonly agent: string;
  readonly run: string;
  /** Milliseconds since the epoch; after it others may take the change over. */
  readonly deadline: number;
}

/** A result to be written on a change commit, in place of the line of the same run. */
export interface ResultToWrite {
  readonly commit: string;
  readonly result: Result;
  /** Our claim on the change ends with this push. */
  readonly releases: boolean;
}

export type Claimed =
  | {
      readonly kind: 'claimed';
      /** The claim that ours took the place of: an own one, or one past its deadline. */
      readonly from: Claim | null;
      /** What the notes say now that the change is ours: another agent may have run it since we last looked. */
      readonly results: readonly Result[];
    }
  /** `by` is null where refs moved under every try. */
  | { readonly kind: 'taken'; readonly by: Claim | null };

export interface Results {
  /** Results of these changes as the notes of this listing have them, with those that were written here since, in the
   * order of their attempts; changes without any are left out. Cached by the notes' tip. */
  of(listing: RefListing, commits: readonly string[]): Promise<ReadonlyMap<string, readonly Result[]>>;
  /** Results that changes of these branches, subjects and author dates had before their history was rewritten, by the
   * commits given. */
  ofRewritten(
    listing: RefListing,
    changes: readonly (ChangeMark & { readonly commit: string })[],
  ): Promise<ReadonlyMap<string, readonly Result[]>>;
  /** False where nobody wrote a result so far: the runner was never enabled for this repository. */
  exist(listing: RefListing): boolean;
  /** Resolves once the remote has it. Rejects with the Failures of a push; the result then goes with the next write. */
  write(wish: ResultToWrite): Promise<void>;
  /** Tries again to bring what an earlier push could not; nothing where nothing is left. Worth calling when the remote
   * answers again. Rejects as `write` does. */
  resend(): Promise<void>;
  /** Claims a change. `taken` where another agent's claim stands; an own one, or one past its deadline, is taken over.
   * Rejects with the Failures of a push. */
  claim(commit: string, claim: Claim, signal: AbortSignal): Promise<Claimed>;
  /** Ends our claim on a change without a result; where there is none nothing is done. As `write` otherwise. */
  release(commit: string): Promise<void>;
  /** Claims that stand, by change commit. */
  claims(listing: RefListing): Promise<ReadonlyMap<string, Claim>>;
  /** Resolves when nothing waits to be pushed any more, or could not be. */
  idle(): Promise<void>;
}
