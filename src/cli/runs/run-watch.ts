// The latest that is known of a run, and waiting for more: told by whoever carries it out, or looked up now and then.
import type { RunRecord } from '../../core/run.ts';

export interface RunWatch {
  /** What is known now; null before anything is. */
  latest(): RunRecord | null;
  /** What is known from now on. */
  tell(run: RunRecord): void;
  /** Resolves when the next is told. */
  next(): Promise<void>;
}

export function createRunWatch(run: RunRecord | null = null): RunWatch {
  let latest = run;
  let wake = () => {};
  let told = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    latest: () => latest,
    tell(next) {
      latest = next;
      wake();
      told = new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    next: () => told,
  };
}
