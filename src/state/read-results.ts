// Reading results from the notes of a listing: of some changes, as they are asked for again and again while the notes stay
// the same; or by what a change said, after its history was rewritten.
import type { ChangeMark, Result } from '../core/result.ts';
import { mergeNotes, parseNote } from '../core/result-note.ts';
import { readNotes } from '../git/notes.ts';
import type { Repository } from '../git/repository.ts';
import type { Results } from './results.ts';

export const NOTES = 'refs/notes/spread-cron';

type ResultReader = Pick<Results, 'of' | 'ofRewritten' | 'exist'>;

interface Cache<Value> {
  readonly tip: string;
  readonly known: Map<string, Value>;
}

export function createResultReader(repository: Repository): ResultReader {
  /** Of the newest tip that was asked for; null for a change without a note. */
  let notes: Cache<readonly Result[] | null> | null = null;
  /** Notes by what their change said. */
  let rewritten: Cache<readonly Result[]> | null = null;

  return {
    async of(listing, commits) {
      const tip = listing.own.get(NOTES);
      if (tip === undefined) return new Map();
      const cache = notes?.tip === tip ? notes : { tip, known: new Map<string, readonly Result[] | null>() };
      notes = cache;
      const unknown = [...new Set(commits)].filter((commit) => !cache.known.has(commit));
      if (unknown.length > 0) {
        const texts = await readNotes(repository, tip, unknown);
        for (const commit of unknown) cache.known.set(commit, resultsIn(texts.get(commit)));
      }
      return new Map(
        commits.flatMap((commit) => {
          const results = cache.known.get(commit);
          return results === null || results === undefined ? [] : [[commit, results] as const];
        }),
      );
    },

    async ofRewritten(listing, changes) {
      const tip = listing.own.get(NOTES);
      if (tip === undefined || changes.length === 0) return new Map();
      if (rewritten?.tip !== tip) rewritten = { tip, known: indexByChange(await readNotes(repository, tip)) };
      const { known } = rewritten;
      return new Map(
        changes.flatMap(({ commit, ...change }) => {
          const results = known.get(changeKey(change));
          return results === undefined ? [] : [[commit, results] as const];
        }),
      );
    },

    exist: (listing) => listing.own.has(NOTES),
  };
}

function resultsIn(text: string | undefined): readonly Result[] | null {
  const results = text === undefined ? [] : parseNote(text);
  return results.length === 0 ? null : results;
}

/** A history that was rewritten twice left notes on two commits: they are read as one. */
function indexByChange(notes: ReadonlyMap<string, string>): Map<string, readonly Result[]> {
  const texts = new Map<string, string>();
  for (const text of notes.values()) {
    for (const key of new Set(parseNote(text).flatMap(({ change }) => (change === null ? [] : [changeKey(change)])))) {
      const before = texts.get(key);
      texts.set(key, before === undefined ? text : mergeNotes(before, text));
    }
  }
  return new Map([...texts].map(([key, text]) => [key, parseNote(text)]));
}

/** Git keeps author dates in whole seconds. */
function changeKey({ branch, subject, observedAt }: ChangeMark): string {
  return `${Math.floor(observedAt / 1000)} ${branch} ${subject}`;
}
