// Entries for tests, written as their files have them.
import type { Entry } from '../../src/catalogue/entry.ts';
import { parseEntry } from '../../src/catalogue/parse-entry.ts';
import { describeProblem } from '../../src/definition/problem.ts';

/** A small entry; `more` is added to it, or takes the place of what is there. */
export function entryText(more: Readonly<Record<string, string>> = {}): string {
  const parts = {
    summary: 'a thing',
    description: 'What it is.',
    parameters: '{ thing: { description: the thing } }',
    name: '${thing}',
    definition: '{ message: "New ${thing}", extract: [{ clock: day }] }',
    examples: '[{ set: { thing: x }, value: "20260307" }]',
    ...more,
  };
  return Object.entries(parts)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

/** The entry of that text, which must be right. */
export async function entryOf(text: string): Promise<Entry> {
  const parsed = await parseEntry('thing', 'entry.yaml', Buffer.from(text));
  if (!parsed.ok) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  return parsed.value;
}

/** Everything that is wrong with the text, one line each. */
export async function problemsOf(text: string): Promise<readonly string[]> {
  const parsed = await parseEntry('thing', 'entry.yaml', Buffer.from(text));
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}
