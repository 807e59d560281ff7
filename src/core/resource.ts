// The words of the program as types. resource: something outside that is watched, one git branch each.
import type { Failure } from './failure.ts';
import type { RunDefinition } from './run-definition.ts';

/** `branch`: the definition is at the root of the resource's branch. `central`: it is in `branches/<name>/` on the
 * default branch, and the resource's branch carries only change commits. */
export type Layout = 'branch' | 'central';

/** One step of getting the value, as written: its kind and its options with the main argument under the kind's name. */
export interface StepSpec {
  readonly kind: string;
  /** Options as the step's own schema made them; opaque to everyone but the step. */
  readonly options: unknown;
  /** Keeps what the step gave under a name for `from` and for templates. */
  readonly as?: string | undefined;
  /** Takes its input from a kept output instead of the step before. */
  readonly from?: string | undefined;
}

/** How the value is got. */
export type Extraction =
  | { readonly kind: 'steps'; readonly steps: readonly StepSpec[] }
  /** The classic shell file, evaluated anew each round; `text` is the whole file as written. */
  | {
      readonly kind: 'classic';
      readonly file: 'options' | 'trigger';
      readonly text: string;
    }
  /** No `extract`: the value is the scheduled instant. */
  | { readonly kind: 'instant' };

/** When a resource is polled. */
export type Timing =
  | { readonly kind: 'interval' }
  | { readonly kind: 'every'; readonly milliseconds: number }
  | {
      readonly kind: 'cron';
      readonly expression: string;
      readonly timezone: string | null;
    };

/** What is watched, completely decided: nothing here is optional unless its absence means something. */
export interface Definition {
  readonly message: string;
  /** Earlier messages whose commits still count as history. */
  readonly aliases: readonly string[];
  readonly tags: readonly string[];
  /** Never polled (classic `manual="true"`). */
  readonly manual: boolean;
  readonly timing: Timing;
  /** Time zone of the schedule and of clock steps; null where the definition names none (UTC). */
  readonly timezone: string | null;
  readonly extraction: Extraction;
  /** A pattern (linear time, unanchored) that the value must match; anything else is a failure. */
  readonly accept: string | null;
  /** How many checks in a row must see the same new value before it counts. */
  readonly confirm: number;
  readonly confirmAfter: number;
  readonly valueLimit: number;
  /** A value that the subject cannot carry is replaced by its digest, the full value goes to the body. */
  readonly digest: boolean;
  /** Hash of the extract steps as written, without resolved secrets: a different one re-baselines. */
  readonly fingerprint: string;
  /** What to do for each change; null where nothing is written about it (the classic run). */
  readonly run: RunDefinition | null;
}

/** Where a definition was read from. `oid` is the blob's, so that it can be cached for ever. */
export interface DefinitionSource {
  readonly layout: Layout;
  /** Path inside the tree, such as `resource.yaml` or `branches/core-beta/options`. */
  readonly path: string;
  readonly oid: string;
  /** Commit whose tree holds it, and that tree. */
  readonly commit: string;
  readonly tree: string;
}

/** A resource as one look at the repository found it. */
export type Resource =
  | {
      readonly state: 'watched';
      readonly name: string;
      readonly branch: string;
      readonly tip: string;
      /** Tree of the tip: change commits keep it. */
      readonly tree: string;
      readonly source: DefinitionSource;
      readonly definition: Definition;
    }
  /** The definition cannot be used; this resource's failure and nobody else's. */
  | {
      readonly state: 'broken';
      readonly name: string;
      readonly branch: string;
      /** Null where the definition on the default branch has no branch yet. */
      readonly tip: string | null;
      readonly source: DefinitionSource;
      readonly failure: Failure;
    }
  /** Defined on the default branch but without a branch: never polled until `start` makes the branch. */
  | {
      readonly state: 'not-started';
      readonly name: string;
      readonly branch: string;
      readonly tip: null;
      readonly source: DefinitionSource;
      readonly definition: Definition;
    }
  /** A branch without a definition: left alone. */
  | {
      readonly state: 'no-definition';
      readonly name: string;
      readonly branch: string;
      readonly tip: string;
    };

/** A resource that can be polled. */
export type Watched = Extract<Resource, { state: 'watched' }>;
