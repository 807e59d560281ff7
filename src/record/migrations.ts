// The versions of the database of run records, in order, and the way from an older one to today's in one transaction.
import { Failure } from '../core/failure.ts';
import type { Database } from './database.ts';

export interface Migration {
  /** What it brings, in a few words; kept in the database. */
  readonly name: string;
  readonly sql: string;
}

/** What was released stays as it is: a change is a new entry at the end. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'runs and tasks',
    sql: `
      CREATE TABLE runs (
        id TEXT NOT NULL PRIMARY KEY,
        resource TEXT NOT NULL,
        change_commit TEXT,
        change_branch TEXT,
        change_message TEXT,
        change_value TEXT,
        change_previous TEXT,
        change_observed_at INTEGER,
        attempt INTEGER NOT NULL,
        reason TEXT NOT NULL,
        user TEXT,
        note TEXT,
        variables TEXT NOT NULL,
        partition TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        exit_code INTEGER,
        error TEXT,
        superseded_by TEXT,
        definition TEXT,
        overlaid TEXT NOT NULL,
        agent TEXT NOT NULL,
        process TEXT,
        workspace TEXT
      );
      CREATE INDEX runs_newest ON runs (created_at, id);
      CREATE INDEX runs_of_resource ON runs (resource, created_at, id);
      CREATE INDEX runs_of_commit ON runs (change_commit, created_at, id);
      CREATE INDEX runs_unfinished ON runs (created_at, id) WHERE status IN ('waiting', 'running');
      CREATE INDEX runs_ended ON runs (resource, status, created_at, id) WHERE status NOT IN ('waiting', 'running');
      CREATE TABLE tasks (
        run_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        exit_code INTEGER,
        tries INTEGER NOT NULL,
        depends_on TEXT NOT NULL,
        allow_failure INTEGER NOT NULL,
        error TEXT,
        PRIMARY KEY (run_id, position)
      ) WITHOUT ROWID;
    `,
  },
];

export interface MigrationWriter {
  /** Version of this program: whoever meets a database that is too new is told which one wrote it. */
  readonly program: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Brings the database to the last of the migrations. One that is newer is a Failure `configuration`. */
export function migrate(
  database: Database,
  path: string,
  { program, now }: MigrationWriter,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  if (versionOf(database, path, migrations) === migrations.length) return;
  database.transaction(() => {
    // another process may have been faster
    const version = versionOf(database, path, migrations);
    database.execute(
      'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, program TEXT NOT NULL, at INTEGER NOT NULL)',
    );
    const note = database.prepare('INSERT INTO migrations (version, name, program, at) VALUES (?, ?, ?, ?)');
    for (const [index, { name, sql }] of migrations.entries()) {
      if (index < version) continue;
      database.execute(sql);
      note.run([index + 1, name, program, now]);
    }
  });
}

function versionOf(database: Database, path: string, migrations: readonly Migration[]): number {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migrations'");
  if (tables.all([]).length === 0) return 0;
  const [last] = database
    .prepare('SELECT version, program FROM migrations ORDER BY version DESC LIMIT 1')
    .all([]) as readonly { readonly version: number; readonly program: string }[];
  if (last === undefined) return 0;
  if (last.version > migrations.length)
    throw new Failure(
      'configuration',
      'the run records were written by a newer version of this program: use that one, or give this one another state directory',
      { path, written_by: last.program },
    );
  return last.version;
}
