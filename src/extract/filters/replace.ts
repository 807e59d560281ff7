// Filter `replace`: replaces what matches, in a text or in every candidate.
import * as z from 'zod';
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import { compilePattern } from '../../system/pattern.ts';
import { FLAGS } from '../pattern-schema.ts';
import { replaceMatches } from '../pattern-work.ts';
import type { StepType } from '../step.ts';
import { mapText } from '../text-of.ts';

const schema = z
  .strictObject({
    replace: z
      .string()
      .min(1)
      .max(10_000)
      .describe('What is replaced wherever it is: a regular expression in RE2 syntax, or a text with literal: true'),
    with: z
      .string()
      .max(10_000)
      .default('')
      .describe('The replacement; $1 and $<name> are groups, $& the match, $$ a dollar sign. Nothing where absent'),
    literal: z.boolean().default(false).describe('true: replace and with are meant as they stand'),
    flags: FLAGS,
  })
  .superRefine((options, context) => {
    if (options.literal) return;
    try {
      assertGroups(options.replace, options.with);
    } catch (error) {
      context.addIssue({ code: 'custom', message: describeFailure(toFailure(error)) });
    }
  });

type Options = z.infer<typeof schema>;

export const replace: StepType<Options> = {
  role: 'filter',
  summary: 'replaces what a regular expression matches',
  schema,
  async run({ replace: source, with: replacement, literal, flags }, input, context) {
    if (literal) return await mapText(input, (text) => text.replaceAll(source, () => replacement));
    return await mapText(input, (text) => replaceMatches({ source, flags, replacement }, text, context));
  },
};

/** Throws a Failure (`definition`) for a pattern that is not valid, or a replacement with groups that it does not have. */
function assertGroups(source: string, replacement: string): void {
  const { groupCount, groupNames } = compilePattern(source);
  for (const [reference, number, name] of replacement.matchAll(/\$\$|\$(\d{1,2})|\$<([^>]*)>/g)) {
    const isKnown = name === undefined ? Number(number ?? 0) <= groupCount : groupNames.includes(name);
    if (!isKnown)
      throw new Failure('definition', 'the regular expression has no such group; write $$ for a dollar sign', {
        reference,
      });
  }
}
