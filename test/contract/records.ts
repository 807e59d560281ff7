// What every keeper of run records does: the suite that each implementation runs.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RUN_STATUSES, type RunRecord, type RunStatus } from '../../src/core/run.ts';
import type { Records } from '../../src/record/records.ts';
import { anyRun, runId, runRecord } from '../support/any-run.ts';
import { taskOf } from '../support/run-record.ts';

/** A keeper with nothing in it; `reopen` gives another view of the same, as a later process has it. */
export interface OpenKeeper {
  readonly records: Records;
  reopen(): Promise<Records>;
  remove(): Promise<void>;
}

export function describeRecords(name: string, open: () => Promise<OpenKeeper>): void {
  describe(`run records, ${name}`, () => {
    let keeper: OpenKeeper;
    let records: Records;
    beforeEach(async () => {
      keeper = await open();
      records = keeper.records;
    });
    afterEach(() => keeper.remove());

    const saveAll = (runs: readonly RunRecord[]) => Promise.all(runs.map((run) => records.save(run)));
    const ids = async (found: Promise<readonly RunRecord[]>) => (await found).map(({ id }) => id);

    it('give back any run as it was saved, also to a later process', async () => {
      await fc.assert(
        fc.asyncProperty(anyRun, async (run) => {
          await records.save(run);
          expect(await records.get(run.id)).toEqual(run);
          const later = await keeper.reopen();
          try {
            expect(await later.get(run.id)).toEqual(run);
          } finally {
            await later.close();
          }
        }),
        { numRuns: 60 },
      );
    });

    it('have nothing for an id that was never saved', async () => {
      expect(await records.get(runId(1))).toBeNull();
      expect(await records.byPrefix('0', 10)).toEqual([]);
      expect(await records.list({ limit: 10 })).toEqual([]);
      expect(await records.unfinished()).toEqual([]);
      expect(await records.attempts('c'.repeat(40))).toBe(0);
      expect(await records.counts()).toEqual(new Map());
    });

    it('keep the last of several saves of one run, with its tasks', async () => {
      const first = runRecord(1, { tasks: [taskOf({ name: 'a' }), taskOf({ name: 'b' })] });
      const last: RunRecord = {
        ...first,
        status: 'running',
        tasks: [taskOf({ name: 'a', status: 'running', tries: 1 }), taskOf({ name: 'b' })],
      };
      await Promise.all([records.save(first), records.save({ ...first, note: 'between' }), records.save(last)]);
      expect(await records.get(first.id)).toEqual(last);
    });

    it('follow a run through its states, whatever happens to its tasks', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRun, { minLength: 1, maxLength: 6 }), async (states) => {
          for (const [index, state] of states.entries()) {
            const run = { ...state, id: runId(7) };
            const saved = records.save(run);
            if (index % 2 === 0) await saved;
            expect(await records.get(run.id)).toEqual(run);
          }
        }),
        { numRuns: 80 },
      );
    });

    it('see what another process wrote between two saves of the same run', async () => {
      const run = runRecord(1, { status: 'running', tasks: [taskOf({ status: 'running' })] });
      await records.save(run);
      const other = await keeper.reopen();
      await other.save({ ...run, status: 'lost', tasks: [taskOf({ status: 'lost' })] });
      await other.close();
      await records.save(run);
      expect(await records.get(run.id)).toEqual(run);
    });

    it('list newest first, page by page, each run once', async () => {
      const runs = Array.from({ length: 23 }, (_, index) => runRecord(index, { createdAt: Math.floor(index / 3) }));
      await saveAll(runs);
      const expected = runs.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
      const pages: string[] = [];
      for (let before: string | undefined; ; before = pages.at(-1)) {
        const page = await ids(records.list({ limit: 5, before }));
        if (page.length === 0) break;
        pages.push(...page);
      }
      expect(pages).toEqual(expected);
    });

    it('list runs of names and globs, of statuses and of a commit, as asked', async () => {
      const resources = ['core22', 'core24', 'snapd/edge', 'snapd/edge/arm', '[odd]*name'];
      const runs = Array.from({ length: 60 }, (_, index) =>
        runRecord(index, {
          resource: resources[index % 5] ?? '',
          status: RUN_STATUSES[index % 8] ?? 'lost',
          change: {
            commit: (index % 4).toString(16).repeat(40),
            branch: 'b',
            message: 'm',
            value: 'v',
            previous: null,
            observedAt: 0,
          },
        }),
      );
      await saveAll(runs);
      const newest = (choose: (run: RunRecord) => boolean) =>
        runs
          .filter(choose)
          .map(({ id }) => id)
          .toReversed();
      const all = { limit: 100 };
      expect(await ids(records.list({ ...all, names: ['core22'] }))).toEqual(newest((r) => r.resource === 'core22'));
      expect(await ids(records.list({ ...all, names: ['core*'] }))).toEqual(
        newest((r) => r.resource.startsWith('core')),
      );
      expect(await ids(records.list({ ...all, names: ['snapd/*', 'core24'] }))).toEqual(
        newest((r) => r.resource === 'snapd/edge' || r.resource === 'core24'),
      );
      expect(await ids(records.list({ ...all, names: ['core22', 'core24', 'core22'] }))).toEqual(
        newest((r) => r.resource.startsWith('core')),
      );
      expect(await ids(records.list({ ...all, names: ['**'] }))).toEqual(newest(() => true));
      expect(await ids(records.list({ ...all, names: ['no such name', 'x*'] }))).toEqual([]);
      expect(await ids(records.list({ ...all, names: [] }))).toEqual(newest(() => true));
      expect(await ids(records.list({ ...all, statuses: ['failed', 'waiting'] }))).toEqual(
        newest((r) => r.status === 'failed' || r.status === 'waiting'),
      );
      expect(await ids(records.list({ ...all, statuses: ['running', 'waiting'] }))).toEqual(
        newest((r) => r.status === 'running' || r.status === 'waiting'),
      );
      expect(await ids(records.list({ ...all, commit: '2'.repeat(40), names: ['core*'] }))).toEqual(
        newest((r) => r.change?.commit.startsWith('2') === true && r.resource.startsWith('core')),
      );
      expect(await ids(records.list({ limit: 3, names: ['core*'], statuses: ['failed'] }))).toEqual(
        newest((r) => r.resource.startsWith('core') && r.status === 'failed').slice(0, 3),
      );
      const middle = newest((r) => r.resource.startsWith('core'));
      expect(await ids(records.list({ limit: 4, names: ['core*'], before: middle[6] }))).toEqual(middle.slice(7, 11));
    });

    it('list runs of several hundred names', async () => {
      const runs = Array.from({ length: 300 }, (_, index) => runRecord(index, { resource: `r${index}` }));
      await saveAll(runs);
      expect(await ids(records.list({ limit: 2, names: ['r1*'] }))).toEqual([runId(199), runId(198)]);
      expect(await ids(records.list({ limit: 2, names: ['r*'] }))).toEqual([runId(299), runId(298)]);
    });

    it('find runs by the beginning of their id, newest first', async () => {
      const runs = ['aa0000000000', 'ab0000000000', 'abf000000000', 'ac0000000000'].map((id, index) =>
        runRecord(index, { id }),
      );
      await saveAll(runs);
      expect(await ids(records.byPrefix('ab', 10))).toEqual(['abf000000000', 'ab0000000000']);
      expect(await ids(records.byPrefix('ab', 1))).toEqual(['abf000000000']);
      expect(await ids(records.byPrefix('abf000000000', 1))).toEqual(['abf000000000']);
      expect(await ids(records.byPrefix('a%', 10))).toEqual([]);
      expect(await ids(records.byPrefix('core', 10))).toEqual([]);
    });

    it('tell what waits and runs, oldest first, and how many by resource', async () => {
      await saveAll([
        runRecord(3, { resource: 'b', status: 'waiting' }),
        runRecord(1, { resource: 'a', status: 'running' }),
        runRecord(2, { resource: 'a', status: 'success' }),
        runRecord(5, { resource: 'a', status: 'waiting' }),
        runRecord(4, { resource: 'a', status: 'waiting' }),
        runRecord(6, { resource: 'c', status: 'failed' }),
      ]);
      expect(await ids(records.unfinished())).toEqual([1, 3, 4, 5].map(runId));
      expect(await records.counts()).toEqual(
        new Map([
          ['a', { waiting: 2, running: 1 }],
          ['b', { waiting: 1, running: 0 }],
        ]),
      );
    });

    it('know the highest attempt of a change', async () => {
      const change = { commit: 'c'.repeat(40), branch: 'b', message: 'm', value: 'v', previous: null, observedAt: 0 };
      await saveAll([runRecord(1, { change, attempt: 1 }), runRecord(2, { change, attempt: 3 }), runRecord(3)]);
      expect(await records.attempts(change.commit)).toBe(3);
      expect(await records.attempts('d'.repeat(40))).toBe(0);
    });

    it('tell how the runs of the same resource ended that were created before', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...RUN_STATUSES), { maxLength: 12 }),
          fc.nat(11),
          fc.boolean(),
          async (ends, at, asksBefore) => {
            const runs = ends.map((status, index) => runRecord(index, { status, createdAt: Math.floor(index / 3) }));
            const asking = runRecord(at, { status: 'running', createdAt: Math.floor(at / 3) });
            const others = ends.map((_, index) =>
              runRecord(100 + index, { resource: 'other', status: 'success', createdAt: 0 }),
            );
            // what is remembered since then is kept up
            if (asksBefore) await records.previous(asking);
            await saveAll([...runs, ...others, asking]);
            const newest = (...statuses: readonly RunStatus[]) =>
              previousRun(runs.slice(0, at).findLast(({ status }) => statuses.includes(status)));
            expect(await records.previous(asking)).toEqual({
              last: newest('success', 'failed', 'timed-out', 'lost'),
              good: newest('success'),
              bad: newest('failed', 'timed-out', 'lost'),
            });
            await records.remove([...runs, ...others, asking].map(({ id }) => id));
          },
        ),
        { numRuns: 40 },
      );
    });

    it('tell of runs that another process recorded since, and of none that was removed', async () => {
      const asking = runRecord(9, { status: 'running', createdAt: 9 });
      const good = async () => (await records.previous(asking)).good?.id ?? null;
      expect(await good()).toBeNull();
      const other = await keeper.reopen();
      await other.save(runRecord(1, { status: 'success', createdAt: 1 }));
      expect(await good()).toBe(runId(1));
      await records.save(runRecord(2, { status: 'success', createdAt: 2 }));
      expect(await good()).toBe(runId(2));
      await other.remove([runId(2)]);
      expect(await good()).toBe(runId(1));
      await records.remove([runId(1)]);
      expect(await good()).toBeNull();
      await other.close();
    });

    it('answer with what may be written soon, and write it by themselves', async () => {
      const run = runRecord(1, { status: 'running' });
      const saved = records.save(run, 'soon');
      expect(await records.get(run.id)).toEqual(run);
      await saved;
      await records.save({ ...run, status: 'success' }, 'soon');
      const other = await keeper.reopen();
      expect(await other.get(run.id)).toMatchObject({ status: 'success' });
      await other.close();
    });

    it('remove runs with their tasks, those that were never there too', async () => {
      await saveAll([runRecord(1), runRecord(2), runRecord(3)]);
      await records.remove([runId(1), runId(3), runId(9)]);
      expect(await ids(records.list({ limit: 10 }))).toEqual([runId(2)]);
      const again = runRecord(1, { tasks: [] });
      await records.save(again);
      expect(await records.get(runId(1))).toEqual(again);
    });

    it('write what was saved before they are closed', async () => {
      const saved = records.save(runRecord(1));
      await records.close();
      await saved;
      const later = await keeper.reopen();
      expect(await later.get(runId(1))).toEqual(runRecord(1));
      await later.close();
    });
  });
}

/** What is told of a run to those after it. */
function previousRun(run: RunRecord | undefined) {
  if (run === undefined) return null;
  const { id, status, createdAt, startedAt, finishedAt, exitCode, overlaid, change } = run;
  return {
    id,
    status,
    createdAt,
    startedAt,
    finishedAt,
    exitCode,
    overlaid,
    change: change && { value: change.value },
  };
}
