import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/record/database.ts';
import { MIGRATIONS, type Migration, migrate } from '../../src/record/migrations.ts';
import { openRecords } from '../../src/record/open-records.ts';
import { failureOf } from '../support/failures.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { RUN_OF_VERSION_1, VERSION_1 } from './version-1.ts';

let directory: string;
let path: string;
let database: Database;
const writer = { program: '1.0.0', now: 5 };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-migrations-'));
  path = join(directory, 'records.db');
  database = await openDatabase(path);
});
afterEach(async () => {
  database.close();
  await rm(directory, { recursive: true, force: true });
});

const rows = (sql: string) => database.prepare(sql).all([]);
const open = (program: string) =>
  openRecords({
    path,
    program,
    clock: createManualClock(),
    log: { warn: () => {}, info: () => {}, debug: () => {} },
  });

describe('the versions of the database', () => {
  it('begin with one whose records are still read', async () => {
    database.execute(VERSION_1);
    database.close();
    const records = await open('9.0.0');
    expect(records.rebuilt).toBe(false);
    expect(await records.get(RUN_OF_VERSION_1.id)).toEqual(RUN_OF_VERSION_1);
    await records.save({ ...RUN_OF_VERSION_1, note: 'changed by a later version' });
    expect(await records.list({ limit: 5 })).toEqual([{ ...RUN_OF_VERSION_1, note: 'changed by a later version' }]);
    await records.close();
  });

  it('are refused from a newer program, which is named', async () => {
    migrate(database, path, writer);
    database.execute(`INSERT INTO migrations VALUES (${MIGRATIONS.length + 1}, 'later', '7.1.0', 9)`);
    const failure = await failureOf(open('1.0.0'));
    expect(failure).toMatchObject({ reason: 'configuration', details: { path, written_by: '7.1.0' } });
  });
});

describe('migrating', () => {
  const added: Migration = { name: 'a column', sql: 'ALTER TABLE runs ADD COLUMN host TEXT' };

  it('does what is new only, and notes by which program and when', () => {
    migrate(database, path, writer);
    migrate(database, path, { program: '2.0.0', now: 6 }, [...MIGRATIONS, added]);
    migrate(database, path, { program: '3.0.0', now: 7 }, [...MIGRATIONS, added]);
    expect(rows('SELECT * FROM migrations')).toEqual([
      { version: 1, name: 'runs and tasks', program: '1.0.0', at: 5 },
      { version: 2, name: 'a column', program: '2.0.0', at: 6 },
    ]);
    expect(rows('SELECT host FROM runs')).toEqual([]);
  });

  it('changes nothing where one of several fails', () => {
    migrate(database, path, writer);
    const broken: Migration = { name: 'broken', sql: 'CREATE TABLE more (x); CREATE TABLE runs (x)' };
    expect(() => migrate(database, path, writer, [...MIGRATIONS, added, broken])).toThrow('already exists');
    expect(rows('SELECT version FROM migrations')).toEqual([{ version: 1 }]);
    expect(() => rows('SELECT host FROM runs')).toThrow('no such column');
    expect(() => rows('SELECT * FROM more')).toThrow('no such table');
  });

  it('is done once by several that open a new database together', async () => {
    database.close();
    const several = await Promise.all([open('1.0.0'), open('1.0.0'), open('1.0.0')]);
    database = await openDatabase(path);
    expect(rows('SELECT version FROM migrations')).toEqual([{ version: 1 }]);
    for (const records of several) await records.close();
  });
});
