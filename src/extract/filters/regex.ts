// Filter `regex`: the part of a text that a regular expression captures.
import * as z from 'zod';
import { compilePattern } from '../../system/pattern.ts';
import { FLAGS, patternSchema } from '../pattern-schema.ts';
import { findMatches } from '../pattern-work.ts';
import { PICK, pickMatch } from '../pick.ts';
import type { StepType } from '../step.ts';
import { textOf } from '../text-of.ts';

const schema = z
  .strictObject({
    regex: patternSchema(
      'Regular expression; the value is the group named value, else the first named or first group, else the match',
    ),
    group: z
      .union([z.int().min(0), z.string().min(1)])
      .optional()
      .describe('Number or name of the group that is the value; 0 is the whole match'),
    pick: PICK,
    flags: FLAGS,
  })
  .superRefine(({ regex: source, group }, context) => {
    if (group !== undefined && !hasGroup(source, group))
      context.addIssue({ code: 'custom', path: ['group'], message: 'the regular expression has no such group' });
  });

type Options = z.infer<typeof schema>;

export const regex: StepType<Options> = {
  role: 'filter',
  summary: 'what a regular expression captures',
  schema,
  async run({ regex: source, group, pick, flags }, input, context) {
    const texts = input.kind === 'list' ? input.items : [textOf(input)];
    const found: (readonly string[])[] = [];
    for (const text of texts) found.push(await findMatches({ source, flags, group }, text, context));
    return pickMatch(found.flat(), pick);
  },
};

function hasGroup(source: string, group: string | number): boolean {
  const { groupCount, groupNames } = compilePattern(source);
  return typeof group === 'number' ? group <= groupCount : groupNames.includes(group);
}
