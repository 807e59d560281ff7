// Filter `css`: the texts or an attribute of the elements that a CSS selector matches.
import * as z from 'zod';
import { expression } from '../expression.ts';
import { MARKUP, markupOf } from '../markup.ts';
import { PICK, pickMatch } from '../pick.ts';
import type { StepType } from '../step.ts';
import { textOf } from '../text-of.ts';

const schema = z.strictObject({
  css: expression('CSS selector, such as table.releases td:first-child', () => {}),
  attribute: z.string().min(1).optional().describe('Takes this attribute of the elements instead of their text'),
  pick: PICK,
  markup: MARKUP,
});

type Options = z.infer<typeof schema>;

export const css: StepType<Options> = {
  role: 'filter',
  summary: 'text or an attribute of the elements that a CSS selector matches',
  schema,
  async check({ css: expression }, { evaluate, signal }) {
    await evaluate({ kind: 'css', expression, text: '', options: { markup: 'html' } }, signal);
  },
  async run({ css: expression, attribute, pick, markup: written }, input, { evaluate, signal }) {
    const text = textOf(input);
    const options = { attribute, markup: markupOf(input, text, written) };
    return pickMatch(await evaluate({ kind: 'css', expression, text, options }, signal), pick);
  },
};
