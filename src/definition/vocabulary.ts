// What a definition may say beyond its own grammar: the step kinds, expressions and schedules that other rooms know.
// app.ts assembles it, so that this folder needs to know no step and no schedule.
import type { z } from 'zod';

/** What a definition needs to know of a kind of step. */
export interface StepVocabulary {
  readonly role: 'source' | 'filter';
  /** One line for lists, completion and editors. */
  readonly summary: string;
  /** Schema of the written step less `as` and `from`: a strict object whose main argument stands under the kind's name. */
  readonly schema: z.ZodType;
}

/** Every check answers with what is wrong (lower case, no full stop), or null where nothing is. */
export interface Vocabulary {
  /** What the agent's configuration says where a definition says nothing; milliseconds, characters. */
  readonly defaults?: { readonly confirmAfter?: number; readonly valueLimit?: number } | undefined;
  readonly steps: Readonly<Record<string, StepVocabulary>>;
  /** `name` is the resource's, which `H` hashes. */
  checkSchedule(schedule: { readonly expression: string; readonly name: string }): Promise<string | null>;
  checkTimezone(timezone: string): string | null;
  /** A regular expression of the linear-time dialect. */
  checkPattern(source: string): Promise<string | null> | string | null;
  /** For expressions that only a heavy library can check; `options` is what the step's schema made of the step. */
  checkStep?(kind: string, options: unknown): Promise<string | null>;
}
