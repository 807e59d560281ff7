import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/run.ts';
import { type OpenedRecords, type OpenRecordsOptions, openRecords } from '../../src/record/open-records.ts';
import type { Log } from '../../src/system/log.ts';
import { runId, runRecord } from '../support/any-run.ts';
import { failureOf } from '../support/failures.ts';
import { createManualClock } from '../support/manual-clock.ts';

let directory: string;
let path: string;
let warnings: string[];
const log: Log = { warn: (text) => void warnings.push(text), info: () => {}, debug: () => {} };
const opened: OpenedRecords[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-damaged-'));
  path = join(directory, 'records.db');
  warnings = [];
});
afterEach(async () => {
  for (const records of opened.splice(0)) await records.close();
  await rm(directory, { recursive: true, force: true });
});

async function openThem(options: Partial<OpenRecordsOptions> = {}): Promise<OpenedRecords> {
  const records = await openRecords({ path, log, clock: createManualClock(), program: '1.0.0', ...options });
  opened.push(records);
  return records;
}

const RUNS: readonly RunRecord[] = Array.from({ length: 400 }, (_, index) => runRecord(index, { status: 'failed' }));

/** A database of many pages in one file, as it is after its last process has gone. */
async function closedDatabase(): Promise<void> {
  const records = await openThem();
  await Promise.all(RUNS.map((run) => records.save(run)));
  await records.close();
  expect((await stat(path)).size).toBeGreaterThan(100_000);
}

async function overwrite(file: string, position: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

describe.each([
  { what: 'that is no database', damage: () => writeFile(path, 'what somebody else wrote\n'.repeat(1_000)) },
  { what: 'of which the end is missing', damage: () => truncate(path, 4096 * 5) },
  { what: 'of which hardly anything is left', damage: () => truncate(path, 50) },
  { what: 'whose beginning was overwritten', damage: () => overwrite(path, 0, new Uint8Array(100)) },
  { what: 'whose tables cannot be read', damage: () => overwrite(path, 100, new Uint8Array(1_000).fill(0xff)) },
  { what: 'with a damaged page', damage: () => overwrite(path, 4096 * 12, new Uint8Array(4096).fill(0xa5)) },
])('a file $what', ({ damage }) => {
  it('is set aside, said so, and begun anew', async () => {
    await closedDatabase();
    await damage();
    const before = await readFile(path);
    const records = await openThem();
    expect(records.rebuilt).toBe(true);
    expect(await records.list({ limit: 10 })).toEqual([]);
    await records.save(runRecord(1));
    expect(await records.get(runId(1))).toEqual(runRecord(1));
    const aside = `${path}.damaged-20260131T120000Z`;
    expect(await readFile(aside)).toEqual(before);
    expect(warnings).toEqual([`the run records are damaged: set aside as ${aside}, begun anew`]);
  });

  it('is left to the process that runs things by a command beside it', async () => {
    await closedDatabase();
    await damage();
    const failure = await failureOf(
      openThem({ check: 'beginning' }).then(async (records) => {
        for (const { id } of RUNS) await records.get(id);
        await records.save(runRecord(1));
      }),
    );
    expect(failure).toMatchObject({ reason: 'not-parsable', details: { path } });
    expect((await readdir(directory)).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

describe('records that were begun anew', () => {
  it('say so to later processes, until what was lost is put back', async () => {
    await writeFile(path, 'no database, but long enough to look at'.repeat(100));
    expect((await openThem()).rebuilt).toBe(true);
    const later = await openThem();
    expect(later.rebuilt).toBe(true);
    await later.refilled();
    expect((await openThem()).rebuilt).toBe(false);
    expect(warnings).toHaveLength(1);
  });

  it('are begun anew once by several that meet the damage together', async () => {
    await closedDatabase();
    await truncate(path, 4096 * 3);
    const several = await Promise.all([openThem(), openThem(), openThem()]);
    expect(warnings).toHaveLength(1);
    await several[0]?.save(runRecord(5));
    expect(await several[2]?.get(runId(5))).toEqual(runRecord(5));
  });
});

describe('records that are whole', () => {
  it('are neither rebuilt nor set aside, new or old', async () => {
    expect((await openThem()).rebuilt).toBe(false);
    expect((await openThem()).rebuilt).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('cannot be where a directory is', async () => {
    const failure = await failureOf(openThem({ path: directory }));
    expect(failure).toMatchObject({ reason: 'not-writable', details: { path: directory } });
  });
});
