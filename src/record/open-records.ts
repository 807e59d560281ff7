// Opens the run records: today's tables, a damaged file set aside and begun anew, several processes at once.
import type { Kysely } from 'kysely';
import { toFailure } from '../core/failure.ts';
import type { Clock } from '../system/clock.ts';
import { systemDisk } from '../system/disk.ts';
import { isRegularFile, writeFileAtomically } from '../system/files.ts';
import { acquireLock } from '../system/lock.ts';
import type { Log } from '../system/log.ts';
import { type Database, isDamage, openDatabase, type Patience, patiently } from './database.ts';
import { migrate } from './migrations.ts';
import { createEarlierRuns } from './previous-runs.ts';
import { createRunQueries, type RunQueries, type Sql } from './query-runs.ts';
import type { Tables } from './record-tables.ts';
import type { Records } from './records.ts';
import { createSaveQueue } from './save-queue.ts';
import { setAside } from './set-aside.ts';
import { createRunWriter } from './write-runs.ts';

export interface OpenRecordsOptions {
  /** The database; its directory exists. */
  readonly path: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Version of this program. */
  readonly program: string;
  /** `whole`, for the one process that runs things: every page is read, a damaged file is set aside. `beginning`, for
   * commands beside it: damage is met when it is read, and is a Failure. */
  readonly check?: 'whole' | 'beginning';
  /** How long a database that another process has locked is waited for, in milliseconds. */
  readonly patience?: number;
}

export interface OpenedRecords extends Records, Pick<RunQueries, 'resources' | 'afterNewest' | 'createdBefore'> {
  /** True after a damaged database was set aside, until `refilled`, also for later processes: it lacks what was there. */
  readonly rebuilt: boolean;
  /** Tells that what the notes know was put back. */
  refilled(): Promise<void>;
}

const PATIENCE = 5_000;

/** A file that is there from before a damaged database is set aside until what can be put back was. */
function refillMark(path: string): string {
  return `${path}.refill`;
}

/** Failures: `locked`, `not-writable`, `configuration` (a newer program wrote it), `not-parsable` (damaged, where it is
 * not set aside). */
export async function openRecords(options: OpenRecordsOptions): Promise<OpenedRecords> {
  const patience: Patience = { path: options.path, clock: options.clock, patience: options.patience ?? PATIENCE };
  try {
    return await openWhole(options, patience);
  } catch (error) {
    if (options.check === 'beginning' || !isDamage(toFailure(error).cause)) throw error;
    await beginAnew(options, patience);
    return openWhole(options, patience);
  }
}

/** Sets the damaged file aside. Of several processes that meet it one does; the others find a whole one afterwards. */
async function beginAnew(options: OpenRecordsOptions, patience: Patience): Promise<void> {
  const { path, clock, log } = options;
  const lock = await acquireLock(
    `${path}.lock`,
    { purpose: 'setting damaged run records aside', mode: 'wait' },
    new AbortController().signal,
  );
  try {
    try {
      (await patiently(() => openChecked(options), patience)).close();
      return;
    } catch (error) {
      if (!isDamage(toFailure(error).cause)) throw error;
    }
    await writeFileAtomically(refillMark(path), '');
    const aside = await setAside(path, clock.now());
    log.warn(`the run records are damaged: set aside as ${aside}, begun anew`);
  } finally {
    await lock.release();
  }
}

/** A database of today's version of which everything that was asked for was read. */
async function openChecked({ path, check, clock, program }: OpenRecordsOptions): Promise<Database> {
  const database = await openDatabase(path);
  try {
    if (check !== 'beginning') checkWhole(database);
    migrate(database, path, { program, now: clock.now() });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkWhole(database: Database): void {
  const [found] = database.prepare('PRAGMA quick_check(1)').all([]) as readonly { readonly quick_check: string }[];
  if (found?.quick_check !== 'ok')
    throw Object.assign(new Error(found?.quick_check ?? 'nothing can be read'), { code: 'SQLITE_CORRUPT' });
}

async function openWhole(options: OpenRecordsOptions, patience: Patience): Promise<OpenedRecords> {
  const { Kysely, SqliteDialect, sql } = await import('kysely');
  const database = await patiently(() => openChecked(options), patience);
  const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  const rebuilt = await isRegularFile(refillMark(options.path));
  return joined({ database, kysely, sql, rebuilt }, patience);
}

interface Opened {
  readonly database: Database;
  readonly kysely: Kysely<Tables>;
  readonly sql: Sql;
  readonly rebuilt: boolean;
}

function joined({ database, kysely, sql, rebuilt }: Opened, patience: Patience): OpenedRecords {
  const queries = createRunQueries(kysely, sql);
  const writer = createRunWriter(database, kysely);
  const earlier = createEarlierRuns(database);
  const queue = createSaveQueue((runs) => patiently(() => writer.write(runs), patience), patience.clock);

  /** What is saved before a question is part of the answer. */
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    await queue.settled();
    return patiently(question, patience);
  }

  return {
    rebuilt,
    save(run, when) {
      earlier.saved(run);
      return queue.save(run, when);
    },
    get: (id) => ask(() => queries.get(id)),
    byPrefix: (prefix, limit) => ask(() => queries.byPrefix(prefix, limit)),
    list: (query) => ask(() => queries.list(query)),
    async previous(run) {
      return (await patiently(() => earlier.remembered(run), patience)) ?? ask(async () => earlier.find(run));
    },
    unfinished: () => ask(queries.unfinished),
    attempts: (commit) => ask(() => queries.attempts(commit)),
    counts: () => ask(queries.counts),
    resources: () => ask(queries.resources),
    afterNewest: (resource, count, limit) => ask(() => queries.afterNewest(resource, count, limit)),
    createdBefore: (moment, limit, resource) => ask(() => queries.createdBefore(moment, limit, resource)),
    async remove(ids) {
      await ask(async () => writer.remove(ids));
      earlier.forget();
    },
    async refilled() {
      await queue.settled();
      await systemDisk.rm(refillMark(patience.path), { force: true });
    },
    async close() {
      await queue.settled();
      database.close();
    },
  };
}
