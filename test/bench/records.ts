// Run records as the benchmark looks at them: with statements of its own, and filled by the hundred thousand.
import { openDatabase } from '../../src/record/database.ts';
import { openRecords } from '../../src/record/open-records.ts';
import { systemClock } from '../../src/system/clock.ts';
import { median } from './measure.ts';

export interface Listing {
  /** Median milliseconds to list `LISTED` of `RECORDED` runs with their tasks, and to look up one row by its key. */
  readonly list: number;
  readonly lookUp: number;
}

export const RECORDED = 100_000;
export const LISTED = 50;
const TURNS = 200;

export async function countSuccesses(path: string): Promise<number> {
  const database = await openDatabase(path);
  try {
    const [row] = database.prepare("SELECT count(*) AS found FROM runs WHERE status = 'success'").all([]);
    return (row as { readonly found: number }).found;
  } finally {
    database.close();
  }
}

/** `path` is where the records are made. */
export async function measureListing(path: string): Promise<Listing> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const records = await openRecords({ path, log, clock: systemClock, program: 'bench' });
  const database = await openDatabase(path);
  try {
    database.execute(`INSERT INTO runs
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${RECORDED})
      SELECT printf('%012x', n), 'r' || (n % 34), printf('%040x', n), 'b', 'm', 'v', NULL, n, 1, 'change', NULL, NULL,
        '{}', '', 'success', n, n, n, 0, NULL, NULL, NULL, '{}', 'a', NULL, NULL FROM numbers`);
    database.execute(`INSERT INTO tasks SELECT id, 0, 'checks', 'success', 0, 0, 0, 1, '[]', 0, NULL FROM runs`);
    const key = database.prepare('SELECT * FROM runs WHERE id = ?');
    const list: number[] = [];
    const lookUp: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      const start = performance.now();
      const found = await records.list({ limit: LISTED });
      const middle = performance.now();
      const row = key.all([(1 + Math.floor((turn / TURNS) * RECORDED)).toString(16).padStart(12, '0')]);
      lookUp.push(performance.now() - middle);
      list.push(middle - start);
      if (found.length !== LISTED || row.length !== 1) throw new Error('the records are not what was put there');
    }
    return { list: median(list), lookUp: median(lookUp) };
  } finally {
    database.close();
    await records.close();
  }
}
