// The questions to the run records. A run comes with its tasks as one text of JSON from one statement: half the cost of
// columns, and another process cannot write between the two.
import type { Expression, Kysely, SelectQueryBuilder } from 'kysely';
import { globMatcher, isGlob } from '../core/glob.ts';
import type { RunRecord, RunStatus } from '../core/run.ts';
import { RUN_COLUMNS, type RunRow, runOfRows, TASK_COLUMNS, type Tables, type TaskRow } from './record-tables.ts';
import type { RunQuery } from './records.ts';

/** Up to so many resources, the newest runs of each are joined; of more, all runs are looked through from the newest on. */
const MOST_JOINED = 100;

export interface RunQueries {
  get(id: string): Promise<RunRecord | null>;
  byPrefix(prefix: string, limit: number): Promise<readonly RunRecord[]>;
  list(query: RunQuery): Promise<readonly RunRecord[]>;
  unfinished(): Promise<readonly RunRecord[]>;
  attempts(commit: string): Promise<number>;
  counts(): Promise<ReadonlyMap<string, { readonly waiting: number; readonly running: number }>>;
  /** All resources that have runs. */
  resources(): Promise<readonly string[]>;
  /** Finished runs of a resource that come after its newest `count`, at most `limit`. */
  afterNewest(resource: string, count: number, limit: number): Promise<readonly RunSummary[]>;
  /** Finished runs, of one resource or of all, created before a moment, oldest first, at most `limit`. */
  createdBefore(moment: number, limit: number, resource?: string): Promise<readonly RunSummary[]>;
}

/** What retention asks of a run. */
export type RunSummary = Pick<RunRecord, 'id' | 'resource' | 'status' | 'createdAt' | 'workspace'>;

/** The query builder's own; its package is loaded lazily. */
export type Sql = typeof import('kysely').sql;

type Ids = SelectQueryBuilder<Tables, 'runs', { id: string }>;

export function createRunQueries(db: Kysely<Tables>, sql: Sql): RunQueries {
  const asJson = sql.raw<string>(runAsJson());
  /** As written in the partial index, so that it is used. */
  const isUnfinished = sql<boolean>`status IN ('waiting', 'running')`;
  const isFinished = sql<boolean>`status NOT IN ('waiting', 'running')`;
  const inList = (values: readonly string[]) => sql<string>`(SELECT value FROM json_each(${JSON.stringify(values)}))`;

  /** The order is that of few rows: what is found is cut to its limit by the ids. */
  const among = (ids: Expression<unknown>, order: 'asc' | 'desc' = 'desc') =>
    runsWhere(sql<boolean>`runs.id IN ${ids}`, order);

  async function runsWhere(condition: Expression<boolean>, order: 'asc' | 'desc'): Promise<readonly RunRecord[]> {
    const found = await db
      .selectFrom('runs')
      .where(condition)
      .select(asJson.as('run'))
      .orderBy('created_at', order)
      .orderBy('id', order)
      .execute();
    return found.map(({ run }) => runOfJson(run));
  }

  const newest = (limit: number): Ids =>
    db.selectFrom('runs').select('id').orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);

  function filtered(ids: Ids, { statuses, commit, before }: RunQuery): Ids {
    let query = ids;
    if (commit !== undefined) query = query.where('change_commit', '=', commit);
    if (statuses !== undefined) {
      query = query.where('status', 'in', inList(statuses));
      if (statuses.every(isUnfinishedStatus)) query = query.where(isUnfinished);
    }
    if (before !== undefined)
      query = query.where(
        sql<boolean>`(created_at, id) < (SELECT created_at, id FROM runs AS last WHERE last.id = ${before})`,
      );
    return query;
  }

  async function resources(): Promise<readonly string[]> {
    // from each name to the next by the index, however many runs there are
    const names = await db
      .withRecursive('names(name)', (of) =>
        of
          .selectFrom('runs')
          .select((run) => run.fn.min<string | null>('resource').as('name'))
          .unionAll(
            of
              .selectFrom('names')
              .where('name', 'is not', null)
              .select((run) =>
                run
                  .selectFrom('runs')
                  .select((next) => next.fn.min<string | null>('resource').as('name'))
                  .whereRef('runs.resource', '>', 'names.name')
                  .as('name'),
              ),
          ),
      )
      .selectFrom('names')
      .select('name')
      .where('name', 'is not', null)
      .execute();
    return names.map(({ name }) => name ?? '');
  }

  /** The names that are meant, without globs. */
  async function namesOf(written: readonly string[]): Promise<readonly string[]> {
    if (!written.some(isGlob)) return [...new Set(written)];
    const matchers = written.map(globMatcher);
    return (await resources()).filter((name) => matchers.some((matches) => matches(name)));
  }

  return {
    async get(id) {
      const [run] = await runsWhere(sql<boolean>`runs.id = ${id}`, 'desc');
      return run ?? null;
    },
    byPrefix: (prefix, limit) =>
      // `g` comes after every hex digit
      among(newest(limit).where('id', '>=', prefix).where('id', '<', `${prefix}g`)),
    async list(query) {
      if (query.names === undefined || query.names.length === 0) return among(filtered(newest(query.limit), query));
      const names = await namesOf(query.names);
      const [only] = names;
      if (only === undefined) return [];
      if (names.length === 1) return among(filtered(newest(query.limit).where('resource', '=', only), query));
      if (names.length > MOST_JOINED || query.commit !== undefined)
        return among(filtered(newest(query.limit).where('resource', 'in', inList(names)), query));
      const ofEach = filtered(newest(query.limit).where('resource', '=', sql<string>`wanted.value`), query);
      const joined = sql<{ id: string }>`(SELECT run.id FROM json_each(${JSON.stringify(names)}) AS wanted
        JOIN runs AS run ON run.id IN ${ofEach} ORDER BY run.created_at DESC, run.id DESC LIMIT ${query.limit})`;
      return among(joined);
    },
    unfinished: () => runsWhere(isUnfinished, 'asc'),
    async attempts(commit) {
      const found = await db
        .selectFrom('runs')
        .where('change_commit', '=', commit)
        .select((of) => of.fn.max('attempt').as('attempt'))
        .executeTakeFirst();
      return Number(found?.attempt ?? 0);
    },
    async counts() {
      const found = await db
        .selectFrom('runs')
        .where(isUnfinished)
        // the plus: else all runs would be walked through in the order of resources
        .groupBy(sql`+resource`)
        .select('resource')
        .select(sql<number>`sum(status = 'waiting')`.as('waiting'))
        .select(sql<number>`sum(status = 'running')`.as('running'))
        .execute();
      return new Map(found.map(({ resource, waiting, running }) => [resource, { waiting, running }]));
    },
    resources,
    async afterNewest(resource, count, limit) {
      const others = db
        .selectFrom('runs')
        .where('resource', '=', resource)
        .select(['id', 'resource', 'status', 'created_at', 'workspace'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(-1)
        .offset(count);
      const found = await db.selectFrom(others.as('older')).where(isFinished).selectAll().limit(limit).execute();
      return found.map(summaryOf);
    },
    async createdBefore(moment, limit, resource) {
      let query = db.selectFrom('runs').where('created_at', '<', moment).where(isFinished);
      if (resource !== undefined) query = query.where('resource', '=', resource);
      const found = await query
        .select(['id', 'resource', 'status', 'created_at', 'workspace'])
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
        .execute();
      return found.map(summaryOf);
    },
  };
}

function summaryOf(row: Pick<RunRow, 'id' | 'resource' | 'status' | 'created_at' | 'workspace'>): RunSummary {
  const { id, resource, workspace } = row;
  return { id, resource, status: row.status as RunStatus, createdAt: row.created_at, workspace };
}

function isUnfinishedStatus(status: RunStatus): boolean {
  return status === 'waiting' || status === 'running';
}

/** The run that `runAsJson` gave. */
export function runOfJson(text: string): RunRecord {
  const { tasks, ...row } = JSON.parse(text) as RunRow & { readonly tasks: TaskRow[] };
  return runOfRows(row, tasks);
}

/** The JSON of one run with its tasks, as SQL. Written out: the query builder would take longer for it than the database. */
export function runAsJson(): string {
  const task = TASK_COLUMNS.map((column) => `'${column}', "${column}"`).join(', ');
  const run = RUN_COLUMNS.map((column) => `'${column}', runs."${column}"`).join(', ');
  return `json_object(${run}, 'tasks', (SELECT json_group_array(json_object(${task})) FROM
    (SELECT * FROM tasks WHERE run_id = runs.id ORDER BY position)))`;
}
