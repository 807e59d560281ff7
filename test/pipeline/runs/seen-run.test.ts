import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/core/run.ts';
import { seenRun } from '../../../src/pipeline/runs/seen-run.ts';
import { runOf, taskOf } from '../../support/run-record.ts';

const process = { pid: 4711, started: 'boot:1' };
const tasks = [
  taskOf({ name: 'a', status: 'success', startedAt: 1000, finishedAt: 3000 }),
  taskOf({ name: 'b', status: 'running', startedAt: 2000, finishedAt: null }),
  taskOf({ name: 'c', status: 'waiting', startedAt: null, finishedAt: null }),
];
const running = runOf({ status: 'running', startedAt: 1000, finishedAt: null, process, tasks });
const records = (run: RunRecord) => ({ get: async () => run });
const dead = async () => false;

describe('a run as it is shown', () => {
  it('is as recorded while its process lives', async () => {
    expect(await seenRun(running, records(running), async () => true)).toBe(running);
  });

  it('is lost where its process was killed, from when the last was heard of it', async () => {
    const seen = await seenRun(running, records(running), dead);
    expect(seen).toMatchObject({ status: 'lost', finishedAt: 3000, error: { reason: 'cancelled' } });
    expect(seen.tasks.map(({ status }) => status)).toEqual(['success', 'lost', 'skipped']);
  });

  it('is as it ended where its process ended well in the meantime', async () => {
    const ended = runOf({ status: 'success', process: null });
    expect(await seenRun(running, records(ended), dead)).toBe(ended);
  });

  it('is as recorded where it waits, or has ended', async () => {
    for (const status of ['waiting', 'success', 'lost'] as const) {
      const run = runOf({ status, process });
      expect(await seenRun(run, records(run), dead)).toBe(run);
    }
  });
});
