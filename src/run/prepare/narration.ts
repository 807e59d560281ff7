// What preparing tells, line by line, in the log of the task `prepare`.
import type { TakeOutput } from '../executor.ts';

export interface Narration {
  tell(line: string): void;
  /** Resolves when all that was told has been taken. */
  told(): Promise<void>;
}

/** Names in a list that are shown. */
const SHOWN = 20;

export function createNarration(output: TakeOutput): Narration {
  const encoder = new TextEncoder();
  let last: Promise<void> = Promise.resolve();
  return {
    tell(line) {
      const bytes = encoder.encode(`${line}\n`);
      last = last.then(() => output('stdout', bytes));
      // whoever waits for `told` gets the error; until then it is nobody's
      last.catch(() => undefined);
    },
    told: () => last,
  };
}

/** A list, shortened. */
export function shortened(names: readonly string[], limit = SHOWN): string {
  const shown = names
    .slice(0, limit)
    .map((name) => plain(name))
    .join(', ');
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}

/** A name that could hold anything, on one line. */
export function plain(name: string, limit = 200): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, limit);
}
