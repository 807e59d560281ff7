import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenRecordsOptions, openRecords } from '../../src/record/open-records.ts';
import { systemClock } from '../../src/system/clock.ts';
import { runId, runRecord } from '../support/any-run.ts';
import { failureOf } from '../support/failures.ts';
import { compileProgram, type Program } from '../support/git-child.ts';
import { createManualClock } from '../support/manual-clock.ts';

const log = { warn: () => {}, info: () => {}, debug: () => {} };

let programs: { readonly saver: Program; readonly holder: Program };
let directory: string;
let path: string;

beforeAll(async () => {
  const open = `
    import { openRecords } from './src/record/open-records.ts';
    import { systemClock } from './src/system/clock.ts';
    import { runRecord } from './test/support/any-run.ts';
    const [path = '', from = '0', count = '0'] = process.argv.slice(2);
    const log = { warn: console.error, info() {}, debug() {} };
    const records = await openRecords({ path, log, clock: systemClock, program: '1.0.0' });`;
  programs = {
    // tells each number whose save has resolved
    saver: await compileProgram(`${open}
      for (let number = Number(from); number < Number(from) + Number(count); number++) {
        void records.save(runRecord(number, { status: 'success' })).then(() => console.log(number));
        if (number % 3 === 0) await new Promise(setImmediate);
      }
      await records.close();`),
    // holds the lock until it is killed
    holder: await compileProgram(`
      import Libsql from 'libsql';
      const database = new Libsql(process.argv[2] ?? '');
      database.exec('BEGIN EXCLUSIVE');
      console.log('locked');
      setInterval(() => {}, 1_000);`),
  };
});
afterAll(() => {
  for (const program of Object.values(programs)) program.remove();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-processes-'));
  path = join(directory, 'records.db');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const openThem = (options: Partial<OpenRecordsOptions> = {}) =>
  openRecords({ path, log, clock: systemClock, program: '1.0.0', ...options });

describe('several processes', () => {
  it('save into one database at once, and lose nothing', async () => {
    const savers = [0, 1_000, 2_000].map((from) => programs.saver.start([path, String(from), '300']));
    expect(await Promise.all(savers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const records = await openThem();
    const expected = [0, 1_000, 2_000].flatMap((from) =>
      Array.from({ length: 300 }, (_, index) => runId(from + index)),
    );
    const found = await records.list({ limit: 10_000 });
    expect(found.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
    await records.close();
  });

  it('see what another has saved as soon as it was told', async () => {
    const records = await openThem();
    const saver = programs.saver.start([path, '0', '5']);
    const number = Number(await saver.line());
    expect(await records.get(runId(number))).toEqual(runRecord(number, { status: 'success' }));
    await saver.ended;
    await records.close();
  });
});

describe('a process that is killed', () => {
  it.each([1, 40, 400])('has lost nothing of what was told as saved, killed after %i', async (after) => {
    const saver = programs.saver.start([path, '0', '100000']);
    const told: number[] = [];
    while (told.length < after) told.push(Number(await saver.line()));
    saver.kill();
    await saver.ended;
    const records = await openThem();
    expect(records.rebuilt).toBe(false);
    for (const number of told) expect(await records.get(runId(number))).not.toBeNull();
    await records.close();
  });
});

describe('a database that another process keeps locked', () => {
  it('is waited for, then refused with its path and what to do', async () => {
    const records = await openThem({ clock: createManualClock() });
    const holder = programs.holder.start([path]);
    await holder.line();
    const failure = await failureOf(records.save(runRecord(1)));
    expect(failure).toMatchObject({ reason: 'locked', retry: true, details: { path } });
    expect(failure.message).toContain('try again');
    holder.kill();
    await holder.ended;
    await records.save(runRecord(2));
    expect(await records.get(runId(1))).toBeNull();
    expect(await records.get(runId(2))).toEqual(runRecord(2));
    await records.close();
  });

  it('is used as soon as it is free', async () => {
    const records = await openThem({ patience: 60_000 });
    const holder = programs.holder.start([path]);
    await holder.line();
    const saved = records.save(runRecord(1));
    holder.kill();
    await saved;
    expect(await records.get(runId(1))).toEqual(runRecord(1));
    await records.close();
  });

  it('can be opened and read meanwhile', async () => {
    const first = await openThem();
    await first.save(runRecord(1));
    const holder = programs.holder.start([path]);
    await holder.line();
    const records = await openThem();
    expect(await records.get(runId(1))).toEqual(runRecord(1));
    holder.kill();
    await holder.ended;
    await Promise.all([first.close(), records.close()]);
  });
});
