// What one extraction gave. The three outcomes are never mixed up: "nothing yet" is no error, and an error is no value.
import type { Failure } from './failure.ts';

export type Observation =
  /** The resource's value, one line; `full` is the whole text where `value` is its digest. */
  | { readonly kind: 'value'; readonly value: string; readonly full?: string }
  /** Not yet: neither a change nor an error (the clock before its time of day, an extractor that printed nothing). */
  | { readonly kind: 'nothing'; readonly why: string }
  /** The value could not be told; `step` is the position and kind of the step that failed, such as `2 json`. */
  | {
      readonly kind: 'failure';
      readonly failure: Failure;
      readonly step: string | null;
    };
