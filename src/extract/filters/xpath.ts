// Filter `xpath`: what an XPath 1.0 expression names or computes in an HTML or XML document.
import * as z from 'zod';
import { expression } from '../expression.ts';
import { MARKUP, markupOf } from '../markup.ts';
import { PICK, pickMatch } from '../pick.ts';
import type { StepType } from '../step.ts';
import { textOf } from '../text-of.ts';

const schema = z.strictObject({
  xpath: expression('XPath 1.0, such as //metadata/versioning/latest or string(//h1)', () => {}),
  namespaces: z
    .record(z.string().regex(/^[A-Za-z_][\w.-]*$/, 'this is no namespace prefix'), z.string().min(1))
    .default({})
    .describe('Namespaces of XML by the prefix that the expression uses, such as { a: "http://www.w3.org/2005/Atom" }'),
  pick: PICK,
  markup: MARKUP,
});

type Options = z.infer<typeof schema>;

export const xpath: StepType<Options> = {
  role: 'filter',
  summary: 'what an XPath names or computes in HTML or XML',
  schema,
  async check({ xpath: expression, namespaces }, { evaluate, signal }) {
    await evaluate({ kind: 'xpath', expression, text: '', options: { markup: 'html', namespaces } }, signal);
  },
  async run({ xpath: expression, namespaces, pick, markup: written }, input, { evaluate, signal }) {
    const text = textOf(input);
    const options = { namespaces, markup: markupOf(input, text, written) };
    return pickMatch(await evaluate({ kind: 'xpath', expression, text, options }, signal), pick);
  },
};
