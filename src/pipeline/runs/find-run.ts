// Which run somebody means: an id or its beginning, a resource's name for its latest run, NAME~1 for the one before.
import { Failure } from '../../core/failure.ts';
import { nearestWord } from '../../core/nearest.ts';
import type { RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';

/** Candidates that are named where a prefix means several runs. */
const NAMED = 5;

/** Throws Failures: `not-found`, with the nearest name there is; `usage` for a prefix that several runs share. */
export async function findRun(
  reference: string,
  records: Pick<Records, 'byPrefix' | 'list'>,
  names: () => Promise<readonly string[]>,
): Promise<RunRecord> {
  const match = /^(.+)~(\d{1,6})$/.exec(reference);
  const name = match?.[1] ?? reference;
  const back = Number(match?.[2] ?? 0);
  const latest = await records.list({ names: [name], limit: back + 1 });
  const found = latest[back];
  if (found !== undefined) return found;
  if (latest.length > 0) {
    throw new Failure('not-found', 'so many runs are not recorded: spread-cron runs lists them', {
      name,
      recorded: latest.length,
    });
  }
  const named = match === null && /^[0-9a-f]+$/.test(name) ? await records.byPrefix(name, NAMED + 1) : [];
  if (named.length > 1) {
    const ids = named.slice(0, NAMED).map(({ id }) => id);
    throw new Failure('usage', 'several runs begin like this: write more of the id', { runs: ids.join(' ') });
  }
  const [only] = named;
  if (only !== undefined) return only;
  throw new Failure('not-found', 'no such run: spread-cron runs lists them', {
    run: reference,
    did_you_mean: nearestWord(name, await names()),
  });
}
