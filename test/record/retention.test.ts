import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RUN_STATUSES, type RunRecord } from '../../src/core/run.ts';
import { type OpenedRecords, openRecords } from '../../src/record/open-records.ts';
import {
  applyRetention,
  type RetainedRun,
  type RetentionRules,
  type RetentionTools,
  retentionPlan,
} from '../../src/record/retention.ts';
import { systemClock } from '../../src/system/clock.ts';
import { runId, runRecord } from '../support/any-run.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const never = new AbortController().signal;
const enough = { free: 10, wanted: 10 };

const retained = (run: Partial<RetainedRun> = {}): RetainedRun => ({
  id: runId(1),
  status: 'success',
  createdAt: NOW,
  newer: 0,
  ...run,
});

describe('the plan of what is removed', () => {
  const plan = (run: Partial<RetainedRun>, rules: Partial<RetentionRules>, room = enough) =>
    retentionPlan([retained(run)], { count: null, period: null, ...rules }, NOW, room).map(({ reason }) => reason);

  it('keeps everything without rules', () => {
    expect(plan({ newer: 100_000, createdAt: 0 }, {})).toEqual([]);
  });

  it('removes runs after the newest so many, running ones counted', () => {
    expect(plan({ newer: 0 }, { count: 1 })).toEqual([]);
    expect(plan({ newer: 1 }, { count: 1 })).toEqual(['count']);
    expect(plan({ newer: 0 }, { count: 0 })).toEqual(['count']);
  });

  it('keeps a run that was created just now, and removes one that is older than the period', () => {
    expect(plan({ status: 'cancelled' }, { period: HOUR })).toEqual([]);
    expect(plan({ createdAt: NOW - HOUR }, { period: HOUR })).toEqual([]);
    expect(plan({ createdAt: NOW - 2 * HOUR }, { period: HOUR })).toEqual(['period']);
  });

  it('removes what meets either rule, and names the first', () => {
    const old = { createdAt: NOW - 2 * HOUR, newer: 5 };
    expect(plan(old, { count: 5, period: HOUR })).toEqual(['count']);
    expect(plan(old, { count: 6, period: HOUR })).toEqual(['period']);
  });

  it('removes the finished where room is wanted', () => {
    expect(plan({}, {}, { free: 9, wanted: 10 })).toEqual(['space']);
    expect(plan({ status: 'running' }, {}, { free: 0, wanted: 10 })).toEqual([]);
  });

  it.each(['waiting', 'running'] as const)('never removes a run that is %s', (status) => {
    expect(plan({ status, newer: 9, createdAt: 0 }, { count: 0, period: 0 }, { free: 0, wanted: 9 })).toEqual([]);
  });
});

describe('removing', () => {
  let directory: string;
  let records: OpenedRecords;
  let steps: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spread-cron-retention-'));
    records = await openThem();
    steps = [];
  });
  afterEach(async () => {
    await records.close();
    await rm(directory, { recursive: true, force: true });
  });

  const openThem = () =>
    openRecords({
      path: join(directory, 'records.db'),
      log: { warn: () => {}, info: () => {}, debug: () => {} },
      clock: systemClock,
      program: '1.0.0',
    });
  const saveAll = (runs: readonly RunRecord[]) => Promise.all(runs.map((run) => records.save(run)));
  const kept = async () => (await records.list({ limit: 10_000 })).map(({ id }) => id).toReversed();
  const finished = (number: number, run: Partial<RunRecord> = {}) =>
    runRecord(number, { status: 'success', createdAt: NOW - (1_000 - number) * 1_000, ...run });

  function tools(rules: Partial<RetentionRules>, other: Partial<RetentionTools> = {}): RetentionTools {
    return {
      records: {
        ...records,
        remove: (ids) => records.remove(ids).then(() => void steps.push(`records ${ids.length}`)),
      },
      logs: { remove: async (run) => void steps.push(`logs ${run}`) },
      rulesOf: () => ({ count: null, period: null, ...rules }),
      keepFree: 0,
      freeBytes: async () => 0,
      now: NOW,
      ...other,
    };
  }

  it('keeps the newer of two sequential runs with a count of one, also for a later process', async () => {
    await saveAll([finished(1), finished(2)]);
    expect(await applyRetention(tools({ count: 1 }), never)).toEqual({ count: 1, period: 0, space: 0 });
    expect(await kept()).toEqual([runId(2)]);
    const later = await openThem();
    expect(await later.get(runId(1))).toBeNull();
    await later.close();
  });

  it('keeps two running runs with a count of one, and the newest after both have finished', async () => {
    const running = [finished(1, { status: 'running' }), finished(2, { status: 'running' })];
    await saveAll(running);
    await applyRetention(tools({ count: 1 }), never);
    expect(await kept()).toEqual([runId(1), runId(2)]);
    await saveAll(running.map((run) => ({ ...run, status: 'success' as const })));
    await applyRetention(tools({ count: 1 }), never);
    expect(await kept()).toEqual([runId(2)]);
  });

  it('removes the logs of a run before its record', async () => {
    await saveAll([finished(1), finished(2), finished(3)]);
    await applyRetention(tools({ count: 1 }), never);
    expect(steps).toEqual([`logs ${runId(2)}`, `logs ${runId(1)}`, 'records 2']);
  });

  it('removes again what it was killed over', async () => {
    await saveAll([finished(1), finished(2)]);
    const killed = tools({ count: 1 });
    await expect(
      applyRetention(
        { ...killed, records: { ...killed.records, remove: () => Promise.reject(new Error('killed')) } },
        never,
      ),
    ).rejects.toThrow('killed');
    expect(await kept()).toEqual([runId(1), runId(2)]);
    await applyRetention(tools({ count: 1 }), never);
    expect(await kept()).toEqual([runId(2)]);
  });

  it('has rules of its own for every resource, and can look at some of them only', async () => {
    await saveAll([1, 2, 3, 4].map((number) => finished(number, { resource: number % 2 === 0 ? 'a' : 'b' })));
    const rules = tools({}, { rulesOf: (resource) => ({ count: resource === 'a' ? 1 : 0, period: null }) });
    await applyRetention(rules, never, ['a']);
    expect(await kept()).toEqual([1, 3, 4].map(runId));
    await applyRetention(rules, never);
    expect(await kept()).toEqual([4].map(runId));
  });

  it('removes the oldest finished runs of all until there is room, and their workspaces', async () => {
    await saveAll(
      Array.from({ length: 100 }, (_, number) =>
        finished(number, { resource: `r${number % 7}`, workspace: `/w/${number}` }),
      ),
    );
    await records.save(finished(0, { status: 'running' }));
    let free = 0;
    const removed = await applyRetention(
      tools(
        {},
        {
          keepFree: 30,
          freeBytes: async () => free,
          logs: { remove: async () => void free++ },
          removeWorkspace: async (path) => void steps.push(path),
        },
      ),
      never,
    );
    expect(removed).toEqual({ count: 0, period: 0, space: 40 });
    expect(await kept()).toEqual([0, ...Array.from({ length: 59 }, (_, index) => 41 + index)].map(runId));
    expect(steps.filter((step) => step.startsWith('/w/'))).toHaveLength(40);
  });

  it('gives up where nothing is left to remove', async () => {
    await saveAll([finished(1), finished(2, { status: 'waiting' })]);
    const removed = await applyRetention(tools({}, { keepFree: 1 }), never);
    expect(removed.space).toBe(1);
    expect(await kept()).toEqual([runId(2)]);
  });

  it('ends where it is told to', async () => {
    await saveAll([finished(1), finished(2)]);
    await expect(applyRetention(tools({ count: 0 }), AbortSignal.abort())).rejects.toThrow();
    expect(await kept()).toHaveLength(2);
  });

  it('leaves what the rules keep of any runs, by their order and age', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ status: fc.constantFrom(...RUN_STATUSES), age: fc.nat(20), resource: fc.constantFrom('a', 'b') }),
          { maxLength: 40 },
        ),
        fc.option(fc.nat(10), { nil: null }),
        fc.option(fc.nat(20), { nil: null }),
        async (drawn, count, hours) => {
          await records.remove((await records.list({ limit: 10_000 })).map(({ id }) => id));
          const runs = drawn.map(({ status, age, resource }, index) =>
            runRecord(index, { status, resource, createdAt: NOW - age * HOUR }),
          );
          await saveAll(runs);
          const period = hours === null ? null : hours * HOUR;
          const expected = ['a', 'b'].flatMap((resource) => {
            const newest = runs
              .filter((run) => run.resource === resource)
              .toSorted((x, y) => y.createdAt - x.createdAt || (x.id < y.id ? 1 : -1));
            const gone = retentionPlan(
              newest.map((run, newer) => ({ ...run, newer })),
              { count, period },
              NOW,
              enough,
            );
            return newest.filter(({ id }) => !gone.some((one) => one.id === id)).map(({ id }) => id);
          });
          await applyRetention(tools({ count, period }), never);
          expect((await kept()).toSorted()).toEqual(expected.toSorted());
        },
      ),
      { numRuns: 60 },
    );
  });
});
