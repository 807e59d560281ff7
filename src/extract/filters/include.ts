// Filter `include`: keeps the lines or candidates that match.
import * as z from 'zod';
import { chooseLines } from '../lines-filter.ts';
import { FLAGS, patternSchema } from '../pattern-schema.ts';
import type { StepType } from '../step.ts';

const PATTERN = patternSchema('Regular expression, or several, of which one must match');

const schema = z.strictObject({
  include: z
    .union([PATTERN, z.array(PATTERN).min(1)])
    .describe('Regular expression, or several, of which one must match'),
  flags: FLAGS,
});

type Options = z.infer<typeof schema>;

export const include: StepType<Options> = {
  role: 'filter',
  summary: 'keeps the lines or candidates that match',
  schema,
  run({ include: patterns, flags }, input, context) {
    return chooseLines({ patterns, flags, keep: 'matching' }, input, context);
  },
};
