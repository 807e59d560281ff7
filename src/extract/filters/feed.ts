// Filter `feed`: what a feed (RSS, Atom, JSON Feed) says of its newest entry, or of the newest with a certain title.
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { FeedEntry } from '../evaluate/feed.ts';
import { patternSchema } from '../pattern-schema.ts';
import { testLines } from '../pattern-work.ts';
import { PICK, pickMatch } from '../pick.ts';
import type { StepContext, StepType } from '../step.ts';
import { beginningOf, textOf } from '../text-of.ts';

const schema = z.strictObject({
  feed: z
    .enum(['title', 'link', 'id', 'date'])
    .describe('What of the entry is the value: title, link, id, or date (RFC 3339 in UTC)'),
  include: patternSchema('Only entries whose title matches this regular expression').optional(),
  pick: PICK.unwrap()
    .default('first')
    .describe(
      'Which of several entries, the newest being the first: first (default), last, only, newest (by version order of ' +
        'what is given), or all, for a following step to narrow',
    ),
});

type Options = z.infer<typeof schema>;

export const feed: StepType<Options> = {
  role: 'filter',
  summary: 'title, link, id or date of the newest entry of an RSS, Atom or JSON feed',
  schema,
  async run({ feed: part, include, pick }, input, context) {
    const task = { kind: 'feed', expression: '', text: textOf(input) } as const;
    const entries = await context.evaluate<readonly FeedEntry[]>(task, context.signal);
    if (entries.length === 0) throw new Failure('no-match', 'the feed has no entry');
    const meant = include === undefined ? entries : await withTitle(include, entries, context);
    // Which entry is decided before what it has: the part of another one would be a guess.
    const chosen = pick === 'first' ? meant.slice(0, 1) : pick === 'last' ? meant.slice(-1) : meant;
    if (chosen.every((entry) => entry[part] === ''))
      throw new Failure('no-match', 'the entry has no such part: take another one, such as title or id', {
        part,
        title: beginningOf(chosen[0]?.title ?? ''),
      });
    return pickMatch(
      chosen.map((entry) => entry[part]),
      pick,
    );
  },
};

async function withTitle(
  include: string,
  entries: readonly FeedEntry[],
  context: Pick<StepContext, 'signal' | 'evaluate'>,
): Promise<readonly FeedEntry[]> {
  const titles = entries.map(({ title }) => title);
  const matches = await testLines({ source: include }, titles, context);
  const meant = entries.filter((_, at) => matches[at]);
  if (meant.length > 0) return meant;
  throw new Failure('no-match', 'no entry has such a title: compare include with the titles', {
    include,
    entries: entries.length,
    first: beginningOf(titles[0] ?? ''),
  });
}
