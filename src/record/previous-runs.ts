// How the runs of a resource ended before: asked for by every run that begins, so its one statement is prepared once and
// looks at an entry of the index for each status, however long ago one of them was.
import type { RunRecord, RunStatus } from '../core/run.ts';
import type { Database } from './database.ts';
import { runAsJson, runOfJson } from './query-runs.ts';
import type { PreviousEnds } from './records.ts';

/** What was cancelled or superseded is neither. */
const GOOD: readonly RunStatus[] = ['success'];
const BAD: readonly RunStatus[] = ['failed', 'timed-out', 'lost'];

export function createPreviousRuns(
  database: Database,
): (run: Pick<RunRecord, 'id' | 'resource' | 'createdAt'>) => PreviousEnds {
  const statement = database.prepare(`WITH this(resource, created_at, id) AS (SELECT ?, ?, ?)
    SELECT (${newest(GOOD)}) AS good, (${newest(BAD)}) AS bad FROM this`);
  return ({ resource, createdAt, id }) => {
    const [found] = statement.all([resource, createdAt, id]) as readonly {
      readonly good: string | null;
      readonly bad: string | null;
    }[];
    const [good, bad] = [read(found?.good), read(found?.bad)];
    return { last: newer(good, bad), good, bad };
  };
}

function newest(statuses: readonly RunStatus[]): string {
  const ofEach = statuses.map(
    (status) => `SELECT * FROM (SELECT created_at, id FROM runs
      WHERE resource = this.resource AND status = '${status}' AND status NOT IN ('waiting', 'running')
        AND (created_at, id) < (this.created_at, this.id)
      ORDER BY created_at DESC, id DESC LIMIT 1)`,
  );
  return `SELECT ${runAsJson()} FROM runs
    WHERE runs.id = (SELECT id FROM (${ofEach.join(' UNION ALL ')}) ORDER BY created_at DESC, id DESC LIMIT 1)`;
}

function newer(one: RunRecord | null, other: RunRecord | null): RunRecord | null {
  if (one === null || other === null) return one ?? other;
  if (one.createdAt !== other.createdAt) return one.createdAt > other.createdAt ? one : other;
  return one.id > other.id ? one : other;
}

function read(run: string | null | undefined): RunRecord | null {
  return run == null ? null : runOfJson(run);
}
