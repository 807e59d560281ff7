// The history of a resource as its branch tells it: change commits of its message or aliases, along first parents.
import { isSkipped, parseTrailers } from '../core/change-commit.ts';
import type { RecordedChange } from '../core/decide.ts';
import { Failure } from '../core/failure.ts';
import type { Definition } from '../core/resource.ts';
import type { Result } from '../core/result.ts';
import { parseSubject } from '../core/subject.ts';
import type { Commit, Repository } from '../git/repository.ts';
import { KEEPS_NOTHING, type Kept } from './kept.ts';

/** A change as `history` shows it. */
export interface HistoryEntry extends RecordedChange {
  /** The message it was recorded under: the definition's or one of its aliases. */
  readonly message: string;
  /** History, but never due: a baseline or a re-baseline. */
  readonly skipped: boolean;
}

/** A change with what became of it. */
export interface HistoryWithResults extends HistoryEntry {
  /** Of each run for it, oldest attempt first; none: nothing ran. */
  readonly results: readonly Result[];
}

type Messages = Pick<Definition, 'message' | 'aliases'>;

/** The change that a commit records for these messages, or null where it is another kind of commit. */
export function readChange(commit: Commit, messages: Messages): HistoryEntry | null {
  for (const message of [messages.message, ...messages.aliases]) {
    const value = parseSubject(message, commit.subject);
    if (value === undefined) continue;
    return {
      value,
      message,
      commit: commit.oid,
      observedAt: commit.authoredAt,
      extractor: parseTrailers(commit.message).extractor ?? null,
      skipped: isSkipped(commit.message),
    };
  }
  return null;
}

/** All changes below a tip, newest first, lazily. */
export async function* changesOf(repository: Repository, tip: string, messages: Messages): AsyncIterable<HistoryEntry> {
  for await (const commit of repository.firstParents(tip)) {
    const change = readChange(commit, messages);
    if (change !== null) yield change;
  }
}

/** A branch whose newest change is wanted. */
export interface Tip {
  readonly branch: string;
  readonly tip: string;
  readonly messages: Messages;
}

/** The newest change of each branch, remembered by tip: a history is walked once, then only what came on top. */
export interface NewestChanges {
  /** Looks at many tips in one batch and walks down only where the tip itself is no change of its resource. */
  learn(tips: readonly Tip[]): Promise<void>;
  /** What `learn` found; a branch that was never learned is a programming error. */
  of(branch: string): HistoryEntry | null;
}

interface Known {
  readonly tip: string;
  readonly messages: string;
  readonly change: HistoryEntry | null;
}

type KeptChanges = readonly (readonly [branch: string, known: Known])[];

export function createNewestChanges(repository: Repository, kept: Kept = KEEPS_NOTHING): NewestChanges {
  const { found, changed } = kept.shelf(
    'newest changes',
    (): KeptChanges => [...known].filter(([branch]) => wanted.has(branch)),
  );
  const known = new Map(found);
  // branches of the latest question: others are remembered for nobody
  let wanted: ReadonlySet<string> = new Set(known.keys());
  const remember = ({ branch, tip, messages }: Tip, change: HistoryEntry | null) =>
    known.set(branch, { tip, messages: messagesKey(messages), change });

  async function walk({ tip, messages }: Tip, before: Known | undefined): Promise<HistoryEntry | null> {
    for await (const commit of repository.firstParents(tip)) {
      if (commit.oid === before?.tip) return before.change;
      const change = readChange(commit, messages);
      if (change !== null) return change;
    }
    return null;
  }

  return {
    async learn(tips) {
      wanted = new Set(tips.map(({ branch }) => branch));
      const stale = tips.filter(({ branch, tip, messages }) => {
        const before = known.get(branch);
        return before?.tip !== tip || before.messages !== messagesKey(messages);
      });
      if (stale.length === 0) return;
      changed();
      const commits = await repository.readCommits([...new Set(stale.map(({ tip }) => tip))]);
      for (const one of stale) {
        const commit = commits.get(one.tip);
        const atTip = commit === undefined ? null : readChange(commit, one.messages);
        const before = known.get(one.branch);
        const usable = before?.messages === messagesKey(one.messages) ? before : undefined;
        remember(one, atTip ?? (await walk(one, usable)));
      }
    },
    of(branch) {
      const found = known.get(branch);
      if (found === undefined) throw new Failure('internal', 'the history of a branch was not learned', { branch });
      return found.change;
    },
  };
}

function messagesKey(messages: Messages): string {
  return JSON.stringify([messages.message, messages.aliases]);
}
