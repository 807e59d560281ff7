// What this process itself wrote, or has yet to bring to the remote, laid over what a listing's notes say: a listing that
// was made before our push must not make a run that has ended look as if it never was.
import type { Result } from '../core/result.ts';
import { addResult } from '../core/result-note.ts';

/** Changes whose results are remembered: far more than can end while a listing is in use. */
const LARGEST = 5000;

export interface WrittenResults {
  remember(commit: string, result: Result): void;
  /** What notes say of these changes, with ours. */
  over(
    notes: ReadonlyMap<string, readonly Result[]>,
    commits: readonly string[],
  ): ReadonlyMap<string, readonly Result[]>;
  /** True where nothing was written so far. */
  none(): boolean;
}

export function createWrittenResults(): WrittenResults {
  const byCommit = new Map<string, readonly Result[]>();
  return {
    remember(commit, result) {
      const before = byCommit.get(commit) ?? [];
      byCommit.delete(commit);
      byCommit.set(commit, addResult(before, result));
      const [oldest] = byCommit.keys();
      if (byCommit.size > LARGEST && oldest !== undefined) byCommit.delete(oldest);
    },
    over(notes, commits) {
      const ours = commits.filter((commit) => byCommit.has(commit));
      if (ours.length === 0) return notes;
      const joined = new Map(notes);
      for (const commit of ours) {
        const written = byCommit.get(commit) ?? [];
        joined.set(commit, written.reduce(addResult, notes.get(commit) ?? []));
      }
      return joined;
    },
    none: () => byCommit.size === 0,
  };
}
