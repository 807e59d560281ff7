// Saves that come together are written together: one transaction for all, and of one run only the last.
import type { RunRecord } from '../core/run.ts';
import type { Clock } from '../system/clock.ts';
import { nextTurn } from '../system/turn.ts';

export interface SaveQueue {
  /** Resolves when the run, or a later state of it, is written. `soon`: with whatever is written next. */
  save(run: RunRecord, when?: 'now' | 'soon'): Promise<void>;
  /** Resolves when nothing is waiting to be written, whether or not it could be. */
  settled(): Promise<void>;
}

/** Saves in one transaction: so many hold up the thread for some milliseconds. */
const MOST_TOGETHER = 200;
/** Milliseconds that what is to be written soon waits for others. */
const SOON = 20;
/** Times as long as a transaction took, the next waits for company: each writes whole pages, however little is in it. */
const PAUSE = 2;

interface Batch {
  readonly runs: Map<string, RunRecord>;
  readonly written: Promise<void>;
  /** It is written in the next turn, after those before it. */
  readonly go: () => void;
}

export function createSaveQueue(
  write: (runs: readonly RunRecord[]) => Promise<void>,
  clock: Pick<Clock, 'after' | 'monotonic'>,
): SaveQueue {
  /** The batch that still takes runs. */
  let open: Batch | null = null;
  let notBefore = Number.NEGATIVE_INFINITY;
  /** Ends with the last batch. */
  let tail: Promise<void> = Promise.resolve();

  /** One that comes alone is written at once. */
  function goPaced({ go }: Batch): void {
    const wait = notBefore - clock.monotonic();
    if (wait <= 0) go();
    else clock.after(wait, go);
  }

  function begin(when: 'now' | 'soon'): Batch {
    open?.go();
    const runs = new Map<string, RunRecord>();
    let go: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      go = resolve;
    });
    const written = Promise.all([tail, asked])
      .then(nextTurn)
      .then(() => {
        if (open?.runs === runs) open = null;
        const began = clock.monotonic();
        return write([...runs.values()]).finally(() => {
          const ended = clock.monotonic();
          notBefore = ended + PAUSE * (ended - began);
        });
      });
    tail = written.catch(() => {
      // told to those who saved; the next batch is tried all the same
    });
    if (when === 'soon') clock.after(SOON, go);
    return { runs, written, go };
  }

  return {
    save(run, when = 'now') {
      if (open === null || (open.runs.size >= MOST_TOGETHER && !open.runs.has(run.id))) open = begin(when);
      open.runs.set(run.id, run);
      if (when === 'now') goPaced(open);
      return open.written;
    },
    async settled() {
      for (let last = tail; ; last = tail) {
        open?.go();
        await last;
        if (last === tail) return;
      }
    },
  };
}
