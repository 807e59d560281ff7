// Filter `text`: small operations on a text, or on every candidate.
import * as z from 'zod';
import type { Content, StepType } from '../step.ts';
import { mapText, narrowLines } from '../text-of.ts';

const OPERATION = z
  .string()
  .regex(
    /^(?:strip|collapse|lower|upper|(?:head|tail) [1-9]\d{0,8}|lines [1-9]\d{0,8}(?:-(?:[1-9]\d{0,8})?)?)$/,
    'expected strip, collapse, lower, upper, head N, tail N, lines N, lines N-M or lines N-',
  );

const schema = z.strictObject({
  text: z
    .union([OPERATION, z.array(OPERATION).min(1)])
    .describe(
      'One operation or a list of them, in order: strip (white space at both ends), collapse (every run of white space ' +
        'becomes one blank), lower, upper, head N, tail N (the first or last lines), lines N, lines N-M, lines N-',
    ),
});

type Options = z.infer<typeof schema>;

const REWRITES: Readonly<Record<string, (text: string) => string>> = {
  strip: (text) => text.trim(),
  collapse: (text) => text.trim().replace(/\s+/g, ' '),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
};

export const text: StepType<Options> = {
  role: 'filter',
  summary: 'strips, collapses, changes case, takes lines',
  schema,
  async run({ text: operations }, input) {
    let content = input;
    for (const operation of [operations].flat()) content = await apply(operation, content);
    return content;
  },
};

async function apply(operation: string, content: Content): Promise<Content> {
  const rewrite = REWRITES[operation];
  if (rewrite !== undefined) return await mapText(content, rewrite);
  const [name, range = ''] = operation.split(' ');
  const [from = '', to] = range.split('-');
  const first = Number(from);
  return narrowLines(content, (lines) => {
    if (name === 'head') return lines.slice(0, first);
    if (name === 'tail') return lines.slice(-first);
    if (to === '') return lines.slice(first - 1);
    return lines.slice(first - 1, to === undefined ? first : Number(to));
  });
}
