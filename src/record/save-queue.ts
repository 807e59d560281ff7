// Saves that come together are written together: one transaction for all, and of one run only the last.
import type { RunRecord } from '../core/run.ts';
import { nextTurn } from '../system/turn.ts';

export interface SaveQueue {
  /** Resolves when the run, or a later state of it, is written. */
  save(run: RunRecord): Promise<void>;
  /** Resolves when nothing is waiting to be written, whether or not it could be. */
  settled(): Promise<void>;
}

/** Saves in one transaction: so many hold up the thread for some milliseconds. */
const MOST_TOGETHER = 200;

interface Batch {
  readonly runs: Map<string, RunRecord>;
  readonly written: Promise<void>;
}

export function createSaveQueue(write: (runs: readonly RunRecord[]) => Promise<void>): SaveQueue {
  /** The batch that still takes runs. */
  let open: Batch | null = null;
  /** Ends with the last batch. */
  let tail: Promise<void> = Promise.resolve();

  function begin(): Batch {
    const runs = new Map<string, RunRecord>();
    const written = tail.then(nextTurn).then(() => {
      if (open?.runs === runs) open = null;
      return write([...runs.values()]);
    });
    tail = written.catch(() => {
      // told to those who saved; the next batch is tried all the same
    });
    return { runs, written };
  }

  return {
    save(run) {
      if (open === null || (open.runs.size >= MOST_TOGETHER && !open.runs.has(run.id))) open = begin();
      open.runs.set(run.id, run);
      return open.written;
    },
    async settled() {
      for (let last = tail; ; last = tail) {
        await last;
        if (last === tail) return;
      }
    },
  };
}
