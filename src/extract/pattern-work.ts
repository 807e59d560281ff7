// Work with regular expressions: on the main thread where it is quick, in the evaluation thread where it may last. One
// match takes linear time, but looking for all of them can take a scan of the rest of the text for each.
import { findParts, keptPattern } from './evaluate/pattern.ts';
import type { StepContext } from './step.ts';

type EvaluationContext = Pick<StepContext, 'signal' | 'evaluate'>;

/** Longest text in characters, and the most scanning, that is done on the main thread (20 and at worst 200 ms). */
const TEXT_LIMIT = 200_000;
const SCAN_LIMIT = 2_000_000;

/** A pattern as it is written in a step. */
export interface WrittenPattern {
  readonly source: string;
  readonly flags?: string | undefined;
}

/** For each line whether the pattern matches somewhere in it. */
export async function testLines(
  { source, flags }: WrittenPattern,
  lines: readonly string[],
  { evaluate, signal }: EvaluationContext,
): Promise<readonly boolean[]> {
  if (lines.reduce((length, line) => length + line.length, 0) <= TEXT_LIMIT) {
    const pattern = keptPattern(source, flags);
    return lines.map((line) => pattern.test(line));
  }
  const options = { operation: 'test', flags, lines };
  return await evaluate({ kind: 'pattern', expression: source, text: '', options }, signal);
}

/** The wanted part of every match; see partOf. */
export async function findMatches(
  { source, flags, group }: WrittenPattern & { readonly group?: string | number | undefined },
  text: string,
  { evaluate, signal }: EvaluationContext,
): Promise<readonly string[]> {
  const search = { pattern: keptPattern(source, flags), group, budget: SCAN_LIMIT };
  const found = text.length <= TEXT_LIMIT ? findParts(search, text) : null;
  if (found !== null) return found;
  const options = { operation: 'find', flags, group };
  return await evaluate({ kind: 'pattern', expression: source, text, options }, signal);
}

/** The text with every match replaced; `$1`, `$<name>` and `$&` in the replacement stand for parts of the match. */
export async function replaceMatches(
  { source, flags, replacement }: WrittenPattern & { readonly replacement: string },
  text: string,
  { evaluate, signal }: EvaluationContext,
): Promise<string> {
  const pattern = keptPattern(source, flags);
  const isQuick = text.length <= TEXT_LIMIT && findParts({ pattern, group: 0, budget: SCAN_LIMIT }, text) !== null;
  if (isQuick) return pattern.replace(text, replacement);
  const options = { operation: 'replace', flags, replacement };
  return await evaluate({ kind: 'pattern', expression: source, text, options }, signal);
}
