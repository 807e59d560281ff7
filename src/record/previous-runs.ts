// How the runs of a resource ended before: asked for by every run that begins. The newest ends of each resource are
// remembered; where that is not enough, one statement looks at an entry of the index for each status, however long ago one
// of them was.
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

/** With more resources than this it is begun anew. */
const MOST_REMEMBERED = 1_000;

type Asking = Pick<RunRecord, 'id' | 'resource' | 'createdAt'>;
type Ends = Omit<PreviousRuns, 'last'>;

export interface EarlierRuns {
  /** The answer where it is remembered; null where the database has to be asked. */
  remembered(run: Asking): PreviousRuns | null;
  /** Asks the database, in which everything that was saved is written. */
  find(run: Asking): PreviousRuns;
  /** Told of every run that is saved. */
  saved(run: RunRecord): void;
  forget(): void;
}

export function createEarlierRuns(database: Database): EarlierRuns {
  const statement = database.prepare(`WITH this(resource, created_at, id) AS (SELECT ?, ?, ?)
    SELECT (${newest(GOOD)}) AS good, (${newest(BAD)}) AS bad FROM this`);
  /** Tells whether another connection has committed since. */
  const dataVersion = database.prepare('PRAGMA data_version');
  let versionSeen: unknown = null;
  const known = new Map<string, Ends>();

  function endsBefore({ resource, createdAt, id }: Asking): Ends {
    const [found] = statement.all([resource, createdAt, id]) as readonly {
      readonly good: string | null;
      readonly bad: string | null;
    }[];
    return { good: read(found?.good), bad: read(found?.bad) };
  }

  return {
    remembered(run) {
      const [row] = dataVersion.all([]) as readonly { readonly data_version: unknown }[];
      if (row?.data_version !== versionSeen) known.clear();
      versionSeen = row?.data_version;
      const ends = known.get(run.resource);
      return ends !== undefined && areBefore(run, ends) ? withLast(ends) : null;
    },
    find(run) {
      const ends = endsBefore({ resource: run.resource, createdAt: Number.MAX_SAFE_INTEGER, id: '' });
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(run.resource, ends);
      return withLast(areBefore(run, ends) ? ends : endsBefore(run));
    },
    saved(run) {
      const ends = known.get(run.resource);
      if (ends === undefined) return;
      if (GOOD.includes(run.status)) known.set(run.resource, { ...ends, good: newer(ends.good, toldOf(run)) });
      if (BAD.includes(run.status)) known.set(run.resource, { ...ends, bad: newer(ends.bad, toldOf(run)) });
    },
    forget: () => known.clear(),
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

function areBefore(run: Asking, { good, bad }: Ends): boolean {
  return [good, bad].every((one) => one === null || isNewer(run, one));
}

function withLast({ good, bad }: Ends): PreviousRuns {
  return { last: newer(good, bad), good, bad };
}

function newer(one: PreviousRun | null, other: PreviousRun | null): PreviousRun | null {
  if (one === null || other === null) return one ?? other;
  return isNewer(one, other) ? one : other;
}

type Created = Pick<RunRecord, 'id' | 'createdAt'>;

function isNewer(one: Created, other: Created): boolean {
  return one.createdAt === other.createdAt ? one.id > other.id : one.createdAt > other.createdAt;
}

function toldOf({ id, status, createdAt, startedAt, finishedAt, exitCode, overlaid, change }: RunRecord): PreviousRun {
  return {
    id,
    status,
    createdAt,
    startedAt,
    finishedAt,
    exitCode,
    overlaid,
    change: change === null ? null : { value: change.value },
  };
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
