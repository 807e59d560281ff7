// How a resource has been doing: consecutive failures counted and kept, and the moments when somebody is told.
import type { FailureReason } from './failure.ts';

/** A failure as it is kept and shown: plain data. */
export interface ErrorReport {
  readonly reason: FailureReason;
  readonly message: string;
  /** Position and kind of the extract step, such as `2 json`. */
  readonly step: string | null;
}

/** Consecutive failures of one resource (or of the push). Times are milliseconds since the epoch. */
export interface Failing {
  readonly since: number;
  readonly times: number;
  readonly lastError: ErrorReport;
  /** True once `failing` was told, so that it is told once and `recovered` follows. */
  readonly told: boolean;
}

/** What to tell after a check; null where nobody needs to know. */
export type Transition = 'failing' | 'recovered' | null;

/** The state after one more outcome: `error` null is a success. `tellAfter` failures in a row are told, once. */
export function nextHealth(input: {
  readonly failing: Failing | null;
  readonly error: ErrorReport | null;
  readonly now: number;
  readonly tellAfter: number;
}): { readonly failing: Failing | null; readonly transition: Transition } {
  const { failing, error, now, tellAfter } = input;
  if (error === null)
    return {
      failing: null,
      transition: failing?.told === true ? 'recovered' : null,
    };
  const times = (failing?.times ?? 0) + 1;
  const tell = failing?.told !== true && times >= tellAfter;
  return {
    failing: {
      since: failing?.since ?? now,
      times,
      lastError: error,
      told: failing?.told === true || tell,
    },
    transition: tell ? 'failing' : null,
  };
}
