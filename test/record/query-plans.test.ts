// How the database finds what is asked for, by its own account: with 100,000 runs nobody may walk through all of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/record/database.ts';
import { migrate } from '../../src/record/migrations.ts';
import { createEarlierRuns } from '../../src/record/previous-runs.ts';
import { createRunQueries, type RunQueries } from '../../src/record/query-runs.ts';
import type { Tables } from '../../src/record/record-tables.ts';

let directory: string;
let database: Database;
/** Questions about questions have a connection of their own: the package leaves it in the middle of reading. */
let explaining: Database;
let queries: RunQueries;
const asked: { readonly sql: string; readonly values: readonly unknown[] }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-plans-'));
  const path = join(directory, 'records.db');
  database = await openDatabase(path);
  migrate(database, path, { program: '1.0.0', now: 0 });
  database.execute(`INSERT INTO runs
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
    SELECT printf('%012x', n), 'r' || (n % 34), printf('%040x', n), 'b', 'm', 'v', NULL, n, 1, 'change', NULL, NULL, '{}', '',
      CASE WHEN n > 99990 THEN 'waiting' ELSE 'success' END, n, n, n, 0, NULL, NULL, NULL, '{}', 'a', NULL, NULL
    FROM numbers`);
  database.execute(`INSERT INTO tasks
    SELECT id, 0, 'checks', 'success', 0, 0, 0, 1, '[]', 0, NULL FROM runs`);
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database }),
    log: ({ query }) => void asked.push({ sql: query.sql, values: query.parameters }),
  });
  explaining = await openDatabase(path);
  queries = createRunQueries(kysely, sql);
});
afterAll(async () => {
  explaining.close();
  database.close();
  await rm(directory, { recursive: true, force: true });
});

/** Walking through these is bounded: what a value lists, the few that are unfinished, or a stretch that a limit ends. */
const BOUNDED =
  /^SCAN (?:json_each|wanted|older|names|\(subquery|.* VIRTUAL TABLE|runs USING (?:COVERING )?INDEX runs_(?:unfinished|newest)\b)/;

it.each<{ what: string; ask: () => Promise<unknown>; index: RegExp }>([
  { what: 'a run', ask: () => queries.get('00000000abcd'), index: /autoindex_runs_1 \(id=\?\)/ },
  { what: 'the newest', ask: () => queries.list({ limit: 50 }), index: /runs_newest/ },
  {
    what: 'the next page',
    ask: () => queries.list({ limit: 50, before: '00000000abcd' }),
    index: /runs_newest \(/,
  },
  {
    what: 'those of a resource',
    ask: () => queries.list({ limit: 50, names: ['r7'] }),
    index: /runs_of_resource \(resource=\?\)/,
  },
  {
    what: 'the next page of a resource',
    ask: () => queries.list({ limit: 50, names: ['r7'], before: '00000000abcd' }),
    index: /runs_of_resource \(resource=\?/,
  },
  {
    what: 'those of several resources',
    ask: () => queries.list({ limit: 50, names: ['r1*', 'r7'] }),
    index: /runs_of_resource \(resource=\?\)/,
  },
  {
    what: 'those of a commit',
    ask: () => queries.list({ limit: 50, commit: 'c'.repeat(40) }),
    index: /runs_of_commit \(change_commit=\?\)/,
  },
  { what: 'an id prefix', ask: () => queries.byPrefix('00000000ab', 5), index: /autoindex_runs_1 \(id>/ },
  { what: 'what is unfinished', ask: () => queries.unfinished(), index: /runs_unfinished/ },
  {
    what: 'what waits',
    ask: () => queries.list({ limit: 50, statuses: ['waiting'] }),
    index: /runs_unfinished/,
  },
  { what: 'how many are unfinished', ask: () => queries.counts(), index: /runs_unfinished/ },
  {
    what: 'the attempts of a change',
    ask: () => queries.attempts('c'.repeat(40)),
    index: /runs_of_commit \(change_commit=\?\)/,
  },
  { what: 'all resources', ask: () => queries.resources(), index: /runs_of_resource/ },
  {
    what: 'what is beyond a count',
    ask: () => queries.afterNewest('r7', 2_900, 50),
    index: /runs_of_resource \(resource=\?\)/,
  },
  {
    what: 'what is too old',
    ask: () => queries.createdBefore(100, 50, 'r7'),
    index: /runs_of_resource \(resource=\? AND created_at<\?\)/,
  },
  { what: 'the oldest', ask: () => queries.createdBefore(100_000, 50), index: /runs_newest/ },
])('$what is found by an index', async ({ ask, index }) => {
  asked.length = 0;
  await ask();
  const steps = asked.flatMap((query) =>
    explaining
      .prepare(`EXPLAIN QUERY PLAN ${query.sql}`)
      .all(query.values)
      .map((row) => (row as { readonly detail: string }).detail),
  );
  expect(steps.join('\n')).toMatch(index);
  expect(steps.filter((step) => step.startsWith('SCAN') && !BOUNDED.test(step))).toEqual([]);
});

it('how earlier runs ended is found by an index, however many there were since', () => {
  let statement = '';
  const prepare: Database['prepare'] = (sql) => {
    if (sql.startsWith('WITH')) statement = sql;
    return database.prepare(sql);
  };
  const { good, bad } = createEarlierRuns({ ...database, prepare }).find({
    id: 'x',
    resource: 'r7',
    createdAt: 200_000,
  });
  expect(good).toMatchObject({ status: 'success' });
  expect(bad).toBeNull();
  const steps = explaining
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all(['r7', 200_000, 'x'])
    .map((row) => (row as { readonly detail: string }).detail);
  expect(steps.filter((step) => /runs_ended \(resource=\? AND status=\?/.test(step))).toHaveLength(4);
  expect(steps.filter((step) => step.includes('SCAN runs'))).toEqual([]);
});

it('the tasks of a page come with it, in one query', async () => {
  asked.length = 0;
  const page = await queries.list({ limit: 50 });
  expect(page).toHaveLength(50);
  expect(page.every(({ tasks }) => tasks.length === 1)).toBe(true);
  expect(asked).toHaveLength(1);
});
