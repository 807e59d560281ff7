// Filter `sort`: lines or candidates in order.
import * as z from 'zod';
import type { StepType } from '../step.ts';
import { narrowLines } from '../text-of.ts';
import { compareVersions } from '../version.ts';

const schema = z.strictObject({
  sort: z
    .enum(['version', 'number', 'text'])
    .describe('Order of the lines or candidates: version (1.9 before 1.10), number, or text (by code point)'),
  reverse: z.boolean().default(false).describe('true: the largest comes first'),
  unique: z.boolean().default(false).describe('true: equal ones are kept once'),
});

type Options = z.infer<typeof schema>;

const ORDERS: Readonly<Record<Options['sort'], (one: string, other: string) => number>> = {
  version: compareVersions,
  number: (one, other) => compareNumbers(numberIn(one), numberIn(other)) || compareTexts(one, other),
  text: compareTexts,
};

export const sort: StepType<Options> = {
  role: 'filter',
  summary: 'orders lines or candidates by version, number or text',
  schema,
  async run({ sort: order, reverse, unique }, input) {
    return narrowLines(input, (lines) => {
      const sorted = (unique ? [...new Set(lines)] : [...lines]).sort(ORDERS[order]);
      return reverse ? sorted.reverse() : sorted;
    });
  },
};

/** The first number in a text; what has none comes before everything that has. */
function numberIn(text: string): number {
  const found = /-?\d+(?:\.\d+)?/.exec(text)?.[0];
  return found === undefined ? Number.NEGATIVE_INFINITY : Number(found);
}

function compareNumbers(one: number, other: number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function compareTexts(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
