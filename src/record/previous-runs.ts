// How the runs of a resource ended before: asked for by every run that begins, so its one statement is prepared once and
// looks at an entry of the index for each status, however long ago one of them was.
import type { RunRecord, RunStatus } from '../core/run.ts';
import type { Database } from './database.ts';
import type { RunRow } from './record-tables.ts';
import type { PreviousRun, PreviousRuns } from './records.ts';

/** What was cancelled or superseded is neither. */
const GOOD: readonly RunStatus[] = ['success'];
const BAD: readonly RunStatus[] = ['failed', 'timed-out', 'lost'];

const COLUMNS = [
  'id',
  'status',
  'created_at',
  'started_at',
  'finished_at',
  'exit_code',
  'overlaid',
  'change_value',
] as const satisfies readonly (keyof RunRow)[];

export function createPreviousRuns(
  database: Database,
): (run: Pick<RunRecord, 'id' | 'resource' | 'createdAt'>) => PreviousRuns {
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
  return `SELECT json_object(${COLUMNS.map((column) => `'${column}', runs.${column}`).join(', ')}) FROM runs
    WHERE runs.id = (SELECT id FROM (${ofEach.join(' UNION ALL ')}) ORDER BY created_at DESC, id DESC LIMIT 1)`;
}

function newer(one: PreviousRun | null, other: PreviousRun | null): PreviousRun | null {
  if (one === null || other === null) return one ?? other;
  if (one.createdAt !== other.createdAt) return one.createdAt > other.createdAt ? one : other;
  return one.id > other.id ? one : other;
}

function read(text: string | null | undefined): PreviousRun | null {
  if (text == null) return null;
  const row = JSON.parse(text) as Pick<RunRow, (typeof COLUMNS)[number]>;
  return {
    id: row.id,
    status: row.status as RunStatus,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    exitCode: row.exit_code,
    overlaid: JSON.parse(row.overlaid) as Readonly<Record<string, string | null>>,
    change: row.change_value === null ? null : { value: row.change_value },
  };
}
