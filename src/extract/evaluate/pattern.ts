// What is done with regular expressions: finding, replacing, choosing lines. The same code runs on the main thread and,
// where it may last, in the evaluation thread (pattern-work.ts decides).
import { Failure } from '../../core/failure.ts';
import { compilePattern, type Match, type Pattern } from '../../system/pattern.ts';
import type { EvaluationTask } from '../step.ts';

/** Compiled patterns that are kept; a definition has few, but they are used each round. */
const KEPT_PATTERNS = 1_000;

const kept = new Map<string, Pattern>();

/** The wanted part of each match, in order; null where finding them takes more than `budget` characters of scanning. */
export function findParts(
  search: { readonly pattern: Pattern; readonly group: string | number | undefined; readonly budget: number },
  text: string,
): readonly string[] | null {
  const { pattern, group } = search;
  const parts: string[] = [];
  let budget = search.budget;
  for (const match of pattern.matchAll(text)) {
    // At worst the search looked at all that follows.
    budget -= text.length - match.index;
    if (budget < 0) return null;
    const part = partOf(match, pattern, group);
    if (part !== null) parts.push(part);
  }
  return parts;
}

/**
 * The part of a match that is wanted: the group that is asked for, else the one named `value`, else the first one with a
 * name, else the first one, else the whole match. Null where the group took no part in it.
 */
function partOf(match: Match, pattern: Pattern, group: string | number | undefined): string | null {
  if (typeof group === 'number') return group === 0 ? match.text : (match.groups[group - 1] ?? null);
  const name = group ?? (pattern.groupNames.includes('value') ? 'value' : pattern.groupNames[0]);
  if (name !== undefined) return match.named[name] ?? null;
  return pattern.groupCount > 0 ? (match.groups[0] ?? null) : match.text;
}

/** A compiled pattern, kept for the next use. Throws a Failure (`definition`) for one that is not valid. */
export function keptPattern(source: string, flags = ''): Pattern {
  const key = `${flags}/${source}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const pattern = compilePattern(source, flags);
  const [oldest] = kept.keys();
  if (kept.size >= KEPT_PATTERNS && oldest !== undefined) kept.delete(oldest);
  kept.set(key, pattern);
  return pattern;
}

/** In the evaluation thread: the deadline is the budget. */
export function evaluatePattern({ expression, text, options }: EvaluationTask): unknown {
  const pattern = keptPattern(expression, options?.flags as string | undefined);
  switch (options?.operation) {
    case 'test':
      return (options.lines as readonly string[]).map((line) => pattern.test(line));
    case 'find': {
      const group = options.group as string | number | undefined;
      return findParts({ pattern, group, budget: Number.POSITIVE_INFINITY }, text);
    }
    case 'replace':
      return pattern.replace(text, options.replacement as string);
    default:
      throw new Failure('internal', 'an unknown operation was asked for');
  }
}
