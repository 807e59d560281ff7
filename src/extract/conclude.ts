// From what the last step gave to the value: one text, checked against what a change commit can carry and what the
// definition accepts. Classic extractors conclude with the same rules.
import { createHash } from 'node:crypto';
import { Failure } from '../core/failure.ts';
import type { Observation } from '../core/observation.ts';
import { assertValue, hasSkipDirective } from '../core/subject.ts';
import { testLines } from './pattern-work.ts';
import type { Content, StepContext } from './step.ts';
import { beginningOf, textOf } from './text-of.ts';

/** What a value must look like: the keys of a definition that say so. */
export interface ValueRules {
  readonly accept: string | null;
  readonly valueLimit: number;
  readonly digest: boolean;
}

type ConcludeContext = Pick<StepContext, 'signal' | 'evaluate'>;

/** Longest full text that is kept beside its digest, in characters; a commit message is no archive. */
const FULL_LIMIT = 65_536;

/** Hexadecimal digits of a digest: 128 bits tell any two texts apart and leave the subject readable. */
const DIGEST_DIGITS = 32;

/** Concludes what the last step gave: `nothing` stays nothing, several candidates are a Failure (`several-matches`). */
export function concludeContent(
  content: Exclude<Content, { kind: 'nothing' }>,
  rules: ValueRules,
  context: ConcludeContext,
): Promise<Observation> {
  return concludeText(textOf(content), rules, context);
}

/**
 * Concludes a text: trailing line breaks go, nothing else does. Throws a Failure: `no-match` (empty, or `null`),
 * `not-accepted` (`accept` looks at the text, also where its digest becomes the value) or `bad-value`.
 */
export async function concludeText(text: string, rules: ValueRules, context: ConcludeContext): Promise<Observation> {
  const full = text.replace(/[\r\n]+$/, '');
  if (full.trim() === '' || full === 'null') {
    throw new Failure('no-match', 'the steps give no value: look at what the last one gave', {
      gave: full === 'null' ? 'null' : 'an empty text',
    });
  }
  const accepted = rules.accept === null || (await testLines({ source: rules.accept }, [full], context))[0] === true;
  if (!accepted) {
    const message = 'the value is not what accept allows: correct the steps, or accept';
    throw new Failure('not-accepted', message, { value: beginningOf(full), accept: rules.accept });
  }
  const objection = objectionTo(full, rules.valueLimit);
  if (objection === null) return { kind: 'value', value: full };
  if (!rules.digest) throw objection;
  const value = digestOf(full);
  return isArchivable(full) ? { kind: 'value', value, full } : { kind: 'value', value };
}

/** `sha256:` and the first 32 hexadecimal digits of the SHA-256 of the text in UTF-8. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex').slice(0, DIGEST_DIGITS)}`;
}

function objectionTo(value: string, limit: number): Failure | null {
  try {
    assertValue(value, limit);
    return null;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'bad-value') return error;
    throw error;
  }
}

/** A commit's body cannot hold NUL, must not hold what makes CI skip the commit, and should stay readable. */
function isArchivable(full: string): boolean {
  return full.length <= FULL_LIMIT && !full.includes('\0') && !hasSkipDirective(full);
}
