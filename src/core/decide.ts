// The decision of a check: what an observation means, given what the history says. Values in, a verdict out.
import type { Failure } from './failure.ts';
import type { Observation } from './observation.ts';

/** The newest change commit of a resource, as its history gives it. */
export interface RecordedChange {
  readonly value: string;
  /** Its oid, the identity of the change. */
  readonly commit: string;
  /** Author date, milliseconds since the epoch. */
  readonly observedAt: number;
  /** Fingerprint of the steps that gave the value; null in history without trailers. */
  readonly extractor: string | null;
}

/** A new value that was seen, but not yet often enough to count. */
export interface Sighting {
  readonly value: string;
  readonly times: number;
}

export type Verdict =
  /** The first value ever recorded for this resource. */
  | { readonly kind: 'new'; readonly value: string }
  /** Another value than the newest one. `rebaselined`: the extract steps changed with it, so nothing is due. */
  | {
      readonly kind: 'changed';
      readonly value: string;
      readonly previous: RecordedChange;
      readonly rebaselined: boolean;
    }
  /** The newest value again; or a new one that still awaits confirmation (`pending`). */
  | { readonly kind: 'unchanged'; readonly pending: Sighting | null }
  | { readonly kind: 'nothing'; readonly why: string }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly step: string | null;
    };

/** Compares with the newest change only: values recur (ISO weeks come back every year). */
export function decide(input: {
  readonly observation: Observation;
  readonly newest: RecordedChange | null;
  readonly fingerprint: string;
  readonly confirm: number;
  readonly pending: Sighting | null;
  /** True where today's steps were seen to give the newest value too: then a difference is the world's, not theirs. */
  readonly vouched: boolean;
}): Verdict {
  const { observation, newest, fingerprint } = input;
  switch (observation.kind) {
    case 'nothing':
      return { kind: 'nothing', why: observation.why };
    case 'failure':
      return {
        kind: 'failed',
        failure: observation.failure,
        step: observation.step,
      };
    case 'value':
      break;
    default:
      return observation satisfies never;
  }
  const { value } = observation;
  if (newest?.value === value) return { kind: 'unchanged', pending: null };
  const rebaselined = newest?.extractor != null && newest.extractor !== fingerprint && !input.vouched;
  const times = input.pending?.value === value ? input.pending.times + 1 : 1;
  if (times < input.confirm && !rebaselined) return { kind: 'unchanged', pending: { value, times } };
  return newest === null ? { kind: 'new', value } : { kind: 'changed', value, previous: newest, rebaselined };
}
