// What `include` and `exclude` have in common: lines or candidates, chosen by patterns.
import { Failure } from '../core/failure.ts';
import { testLines } from './pattern-work.ts';
import type { Content, StepContext } from './step.ts';
import { linesOf, narrowLines } from './text-of.ts';

/** Keeps the lines or candidates for which it is true, or false, that one of the patterns matches. */
export async function chooseLines(
  choice: {
    readonly patterns: string | readonly string[];
    readonly flags: string;
    readonly keep: 'matching' | 'others';
  },
  input: Content,
  context: Pick<StepContext, 'signal' | 'evaluate'>,
): Promise<Content> {
  const lines = linesOf(input);
  const isMatching = lines.map(() => false);
  for (const source of [choice.patterns].flat()) {
    const tests = await testLines({ source, flags: choice.flags }, lines, context);
    for (const [index, matches] of tests.entries()) if (matches) isMatching[index] = true;
  }
  const kept = lines.filter((_, index) => isMatching[index] === (choice.keep === 'matching'));
  if (kept.length === 0)
    throw new Failure('no-match', `no line is left: compare the pattern with what comes in`, { lines: lines.length });
  return narrowLines(input, () => kept);
}
