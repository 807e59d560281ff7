// Which of several matches is the value: the option that all filters share that can find more than one thing.
import * as z from 'zod';
import { Failure } from '../core/failure.ts';
import type { Content } from './step.ts';
import { listContent, onlyItem, textContent } from './text-of.ts';
import { compareVersions } from './version.ts';

export type Pick = z.infer<typeof PICK>;

/** `only` refuses several different matches, so that a document that grows cannot silently change its value. */
export const PICK = z
  .enum(['only', 'first', 'last', 'newest', 'all'])
  .default('only')
  .describe(
    'Which of several matches: only (several different ones are a failure), first, last, newest (by version order), ' +
      'or all, for a following step to narrow',
  );

/** Applies `pick` to matches in the order in which they were found; no match, or only empty ones, is a Failure. */
export function pickMatch(matches: readonly string[], pick: Pick): Content {
  const found = matches.filter((match) => match !== '');
  const [first] = found;
  if (first === undefined) {
    throw new Failure('no-match', 'nothing matches: compare the expression with what comes in', {
      empty_matches: matches.length === 0 ? undefined : matches.length,
    });
  }
  switch (pick) {
    case 'only':
      return textContent(onlyItem(found));
    case 'first':
      return textContent(first);
    case 'last':
      return textContent(found.at(-1) ?? first);
    case 'newest':
      return textContent(found.reduce((newest, item) => (compareVersions(item, newest) > 0 ? item : newest), first));
    case 'all':
      return listContent(found);
    default:
      return pick satisfies never;
  }
}
