// Filter `exclude`: drops the lines or candidates that match.
import * as z from 'zod';
import { chooseLines } from '../lines-filter.ts';
import { FLAGS, patternSchema } from '../pattern-schema.ts';
import type { StepType } from '../step.ts';

const PATTERN = patternSchema('Regular expression, or several, of which none may match');

const schema = z.strictObject({
  exclude: z
    .union([PATTERN, z.array(PATTERN).min(1)])
    .describe('Regular expression, or several, of which none may match'),
  flags: FLAGS,
});

type Options = z.infer<typeof schema>;

export const exclude: StepType<Options> = {
  role: 'filter',
  summary: 'drops the lines or candidates that match',
  schema,
  run({ exclude: patterns, flags }, input, context) {
    return chooseLines({ patterns, flags, keep: 'others' }, input, context);
  },
};
