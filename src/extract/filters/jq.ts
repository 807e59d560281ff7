// Filter `jq`: what a jq program gives for a JSON document.
import * as z from 'zod';
import { expression } from '../expression.ts';
import { PICK, pickMatch } from '../pick.ts';
import type { StepType } from '../step.ts';
import { textOf } from '../text-of.ts';

const schema = z.strictObject({
  jq: expression('Program in jq, such as .releases | map(select(.stable)) | first | .version', () => {}),
  pick: PICK,
  format: z
    .enum(['text', 'json'])
    .default('text')
    .describe('text: the program gives texts, numbers or booleans; json: anything, as JSON on one line'),
});

type Options = z.infer<typeof schema>;

export const jq: StepType<Options> = {
  role: 'filter',
  summary: 'what a jq program gives for a JSON document',
  schema,
  async check({ jq: expression }, { evaluate, signal }) {
    await evaluate({ kind: 'jq', expression, text: 'null', options: { check: true } }, signal);
  },
  async run({ jq: expression, pick, format }, input, { evaluate, signal }) {
    const text = textOf(input);
    return pickMatch(await evaluate({ kind: 'jq', expression, text, options: { format } }, signal), pick);
  },
};
