// One connection to the embedded database: how it is opened, what its errors mean, and waiting for other processes.
//
// The package works on the thread that calls it, and ends the whole process when it is given a boolean to keep: what goes
// in is texts, numbers and null, and nothing else.
import { Failure } from '../core/failure.ts';
import type { Clock } from '../system/clock.ts';

export interface Statement {
  /** True for a statement that gives rows. */
  readonly reader: boolean;
  run(values: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  all(values: readonly unknown[]): unknown[];
  iterate(values: readonly unknown[]): IterableIterator<unknown>;
}

export interface Database {
  /** A statement is prepared once; each use of it is over before the next begins. */
  prepare(sql: string): Statement;
  /** Several statements without values. */
  execute(sql: string): void;
  /** All or nothing: what the work wrote is undone when it throws. The work is done at once, it cannot wait. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** More prepared statements than queries have shapes. */
const MOST_STATEMENTS = 100;

/** Pages of the log of writes (16 MB) after which they are taken into the file: that waits for the disk, on the thread of
 * everything else, and at hundreds of runs a second SQLite's own 1,000 would be there many times a second. */
const LOG_PAGES = 4_000;

/**
 * Opens the file, or makes it. Write-ahead log: who reads does not wait for who writes. `synchronous = NORMAL`: what was
 * committed survives the death of this process at any moment; when the machine loses its power, the last seconds may be
 * gone and the file is whole. Results are in git by then, or the run is begun again.
 */
export async function openDatabase(path: string): Promise<Database> {
  const { default: Libsql } = await import('libsql');
  // it would wait on the thread that everything else runs on
  const connection = connect(() => new Libsql(path, { timeout: 0 }), path);
  const prepared = new Map<string, Statement>();
  let wrote = false;
  const prepare = (sql: string) => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql) as unknown as Statement;
    if (prepared.size >= MOST_STATEMENTS) prepared.clear();
    prepared.set(sql, statement);
    return statement;
  };
  try {
    connection.exec('PRAGMA journal_mode = WAL');
    connection.exec('PRAGMA synchronous = NORMAL');
    connection.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    prepare,
    execute: (sql) => void connection.exec(sql),
    transaction(work) {
      prepare('BEGIN IMMEDIATE').run([]);
      try {
        const result = work();
        prepare('COMMIT').run([]);
        wrote = true;
        return result;
      } catch (error) {
        // a full disk has ended the transaction already
        if (connection.inTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    },
    close() {
      if (!connection.open) return;
      if (wrote) takeInWrites(prepare);
      prepared.clear();
      connection.close();
    },
  };
}

/** The package closes a database with its log of writes beside it. */
function takeInWrites(prepare: (sql: string) => Statement): void {
  try {
    prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([]);
  } catch (error) {
    // whoever opens the database next does it
    if (codeOf(error) === null) throw error;
  }
}

/** The package gives no code when a file cannot be opened. */
function connect<T>(open: () => T, path: string): T {
  try {
    return open();
  } catch (error) {
    throw new Failure('not-writable', UNWRITABLE, { path }, { cause: error });
  }
}

export interface Patience {
  readonly path: string;
  readonly clock: Clock;
  /** How long others are waited for, in milliseconds. */
  readonly patience: number;
}

const LONGEST_WAIT = 10;

const UNWRITABLE = 'the run records cannot be written: check the free space and the permissions of their directory';

/** Does the work again while another process is at the database. Errors of the database become Failures: `locked`,
 * `not-writable`, `not-parsable` (damaged). */
export async function patiently<T>(work: () => T | Promise<T>, { path, clock, patience }: Patience): Promise<T> {
  const deadline = clock.monotonic() + patience;
  for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || clock.monotonic() >= deadline) throw databaseFailure(error, path);
    }
    await clock.sleep(wait);
  }
}

function databaseFailure(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === null) return error;
  const details = { path, code };
  if (isBusy(error))
    return new Failure(
      'locked',
      'another process keeps the run records locked: end it, or whatever copies the file, then try again',
      details,
      { cause: error },
    );
  if (isDamage(error))
    return new Failure(
      'not-parsable',
      'the run records are damaged: start the agent again, it sets them aside and begins anew',
      details,
      { cause: error },
    );
  if (/^SQLITE_(?:FULL|READONLY|CANTOPEN|IOERR|PERM|AUTH)/.test(code))
    return new Failure('not-writable', UNWRITABLE, details, { cause: error });
  return error;
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error) ?? '');
}

/** True for an error that says that the file is no database, or no whole one. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(?:CORRUPT|NOTADB|FORMAT)/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_')
    ? error.code
    : null;
}
