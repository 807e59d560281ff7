// A small vocabulary for tests of definitions: two sources and two filters, schedules and patterns that are never wrong
// but where they say `wrong`.
import { z } from 'zod';
import type { Vocabulary } from '../../src/definition/vocabulary.ts';

const unlessWrong = (text: string) => (text.includes('wrong') ? 'this is wrong' : null);

export const smallVocabulary: Vocabulary = {
  steps: {
    http: {
      role: 'source',
      summary: 'a page',
      schema: z.strictObject({ http: z.string(), headers: z.record(z.string(), z.string()).optional() }),
    },
    shell: { role: 'source', summary: 'a command', schema: z.strictObject({ shell: z.string() }) },
    json: {
      role: 'filter',
      summary: 'a JSONPath',
      schema: z.strictObject({ json: z.string(), pick: z.enum(['only', 'first', 'last']).default('only') }),
    },
    regex: {
      role: 'filter',
      summary: 'a pattern',
      schema: z.strictObject({ regex: z.string().refine((text) => unlessWrong(text) === null, 'this is wrong') }),
    },
  },
  checkSchedule: async ({ expression }) => unlessWrong(expression),
  checkTimezone: unlessWrong,
  checkPattern: unlessWrong,
  checkStep: async (_kind, options) => unlessWrong(JSON.stringify(options)),
};
