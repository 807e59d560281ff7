// Writing runs with their tasks: the statements are built once, and of a run's tasks only those that changed are written.
import type { Kysely } from 'kysely';
import { isFinished, type RunRecord, type TaskRecord } from '../core/run.ts';
import type { Database, Statement } from './database.ts';
import {
  RUN_COLUMNS,
  type RunRow,
  rowOfRun,
  rowOfTask,
  TASK_COLUMNS,
  type Tables,
  type TaskRow,
} from './record-tables.ts';

export interface RunWriter {
  /** In one transaction. Throws the errors of the database. */
  write(runs: readonly RunRecord[]): void;
  remove(ids: readonly string[]): void;
}

export function createRunWriter(database: Database, kysely: Kysely<Tables>): RunWriter {
  const [saveRun, saveTask] = [runStatement(database, kysely), taskStatement(database, kysely)];
  const updateRun = database.prepare(
    `UPDATE runs SET ${CHANGING.map((column) => `"${column}" = ?`).join(', ')} WHERE id = ?`,
  );
  const dropTasks = database.prepare('DELETE FROM tasks WHERE run_id = ? AND position >= ?');
  const removeTasks = database.prepare('DELETE FROM tasks WHERE run_id IN (SELECT value FROM json_each(?))');
  const removeRuns = database.prepare('DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))');
  /** Tells whether another connection has committed since. */
  const dataVersion = database.prepare('PRAGMA data_version');
  let versionSeen: unknown = null;
  /** Unfinished runs as they are in the database. */
  const written = new Map<string, RunRecord>();

  function writeRun(run: RunRecord): void {
    const before = written.get(run.id);
    // what cannot have changed is in indexes, which would all be written again
    if (before !== undefined && isSameBeginning(before, run))
      updateRun.run([...valuesOf(rowOfRun(run), CHANGING), run.id]);
    else saveRun.run(valuesOf(rowOfRun(run), RUN_COLUMNS));
    for (const [position, task] of run.tasks.entries()) {
      const known = before?.tasks[position];
      if (known === undefined || !isSameTask(known, task))
        saveTask.run(valuesOf(rowOfTask(run.id, position, task), TASK_COLUMNS));
    }
    if (before === undefined || before.tasks.length > run.tasks.length) dropTasks.run([run.id, run.tasks.length]);
    if (isFinished(run.status)) written.delete(run.id);
    else written.set(run.id, run);
  }

  return {
    write(runs) {
      try {
        database.transaction(() => {
          const [row] = dataVersion.all([]) as readonly { readonly data_version: unknown }[];
          if (row?.data_version !== versionSeen) written.clear();
          versionSeen = row?.data_version;
          for (const run of runs) writeRun(run);
        });
      } catch (error) {
        written.clear();
        throw error;
      }
    },
    remove(ids) {
      const list = JSON.stringify(ids);
      database.transaction(() => {
        removeTasks.run([list]);
        removeRuns.run([list]);
      });
      for (const id of ids) written.delete(id);
    },
  };
}

/** Columns of which a run is made while it is carried out. */
const CHANGING = [
  'status',
  'started_at',
  'finished_at',
  'exit_code',
  'error',
  'superseded_by',
  'overlaid',
  'workspace',
] as const satisfies readonly (keyof RunRow)[];

/** True where all other columns are the same: the states of one run share what they are made of. */
function isSameBeginning(one: RunRecord, other: RunRecord): boolean {
  return (
    one.resource === other.resource &&
    one.change === other.change &&
    one.attempt === other.attempt &&
    one.reason === other.reason &&
    one.user === other.user &&
    one.note === other.note &&
    one.variables === other.variables &&
    one.partition === other.partition &&
    one.createdAt === other.createdAt &&
    one.definition === other.definition &&
    one.agent === other.agent &&
    one.process === other.process
  );
}

function isSameTask(one: TaskRecord, other: TaskRecord): boolean {
  return (
    one === other ||
    (one.name === other.name &&
      one.status === other.status &&
      one.startedAt === other.startedAt &&
      one.finishedAt === other.finishedAt &&
      one.exitCode === other.exitCode &&
      one.tries === other.tries &&
      one.allowFailure === other.allowFailure &&
      one.error === other.error &&
      (one.dependsOn === other.dependsOn || one.dependsOn.join('\n') === other.dependsOn.join('\n')))
  );
}

/** Takes the values of a row in the order of `RUN_COLUMNS`. */
function runStatement(database: Database, kysely: Kysely<Tables>): Statement {
  const query = kysely
    .insertInto('runs')
    .values(emptyRow<RunRow>(RUN_COLUMNS))
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet((of) =>
          Object.fromEntries(
            RUN_COLUMNS.filter((column) => column !== 'id').map((column) => [column, of.ref(`excluded.${column}`)]),
          ),
        ),
    );
  return database.prepare(query.compile().sql);
}

function taskStatement(database: Database, kysely: Kysely<Tables>): Statement {
  const query = kysely.replaceInto('tasks').values(emptyRow<TaskRow>(TASK_COLUMNS));
  return database.prepare(query.compile().sql);
}

/** Only its columns count: the values are given when the statement is used. */
function emptyRow<Row>(columns: readonly (keyof Row & string)[]): Row {
  return Object.fromEntries(columns.map((column) => [column, null])) as Row;
}

function valuesOf<Row>(row: Row, columns: readonly (keyof Row)[]): readonly unknown[] {
  // undefined where it does not belong would end the process
  return columns.map((column) => row[column] ?? null);
}
