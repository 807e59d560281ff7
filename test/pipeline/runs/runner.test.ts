import { beforeEach, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import type { Job } from '../../../src/pipeline/runs/job.ts';
import { createRunner, type RunnerTools } from '../../../src/pipeline/runs/runner.ts';
import { UNCLAIMED } from '../../../src/pipeline/runs/settle.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { runRecord } from '../../support/any-run.ts';
import { planOf, taskNamed } from '../../support/run-plans.ts';
import { CHANGE } from '../../support/run-record.ts';

let said: string[];
let settled: RunRecord[];
let removed: string[];

beforeEach(() => {
  said = [];
  settled = [];
  removed = [];
});

/** A runner whose tasks do nothing, with what the test is about. */
function runnerWith(different: Partial<RunnerTools> = {}) {
  const place = { root: '/w', checkout: '/w/c', tmp: '/w/tmp', definition: '/w/c', target: '/w/c/target' };
  const log = { warn: (line: string) => said.push(line), info: () => {}, debug: () => {} };
  return createRunner({
    clock: systemClock,
    log,
    records: { save: async () => {}, remove: async (ids) => void removed.push(...ids) },
    atATime: 2,
    groups: {},
    claim: async () => ({ kind: 'ours', claim: UNCLAIMED }),
    began: () => () => {},
    settled: async (_job, run) => void settled.push(run),
    onRun: () => {},
    makePlace: async () => place,
    clearPlace: async () => null,
    prepare: async () => ({ overlaid: {} }),
    startTask: async () => ({ kind: 'exited', code: 0 }),
    openLog: () => ({ write: () => undefined, close: async () => ({ bytes: 0, cut: 0, error: null }) }),
    logFailed: () => undefined,
    ...different,
  });
}

function jobOf(number: number, different: Partial<RunRecord> = {}): Job {
  const run = runRecord(number, { change: CHANGE, createdAt: systemClock.now(), ...different });
  return {
    run,
    plan: planOf({ tasks: [taskNamed('suite', { script: ['x'] })] }),
    publicVariables: [],
    retriesWhenLost: 1,
    readmitted: null,
    claims: 'as-configured',
  };
}

const full = async () => {
  throw new Failure('not-writable', 'the run records cannot be written');
};

it('carries a run out to its end where nothing of it can be kept', async () => {
  const runner = runnerWith({ records: { save: full, remove: full } });
  const { finished } = await runner.submit(jobOf(1));
  expect(await finished).toMatchObject({ status: 'success' });
  await runner.idle();
  expect(settled).toMatchObject([{ status: 'success' }]);
  expect(said).toHaveLength(1);
});

it('fails a run whose tasks cannot be started, with what to do about it', async () => {
  const runner = runnerWith({ startTask: async () => Promise.reject(new Failure('not-found', 'install bash')) });
  const { finished } = await runner.submit(jobOf(1));
  expect(await finished).toMatchObject({ status: 'failed', exitCode: null, tasks: [{ error: 'install bash' }] });
});

it('forgets a run that another agent has, and one whose change cannot be claimed', async () => {
  const failure = new Failure('remote-unreachable', 'the remote is away');
  const answers = [
    { kind: 'taken', by: 'other' },
    { kind: 'unknown', failure },
  ] as const;
  let asked = 0;
  const runner = runnerWith({ claim: async () => answers[asked++] ?? { kind: 'taken', by: '' } });
  const runs = [];
  for (const number of [1, 2]) runs.push(await (await runner.submit(jobOf(number))).finished);
  expect(runs).toMatchObject([
    { status: 'cancelled', startedAt: null, error: { reason: 'refused' } },
    { status: 'cancelled', startedAt: null, error: { reason: 'remote-unreachable' } },
  ]);
  expect(removed).toEqual(runs.map(({ id }) => id));
  expect(settled).toEqual([]);
  expect(runner.has(CHANGE.commit)).toBe(false);
});

it('tells nobody of a run that another agent has where its record cannot be removed', async () => {
  const runner = runnerWith({
    claim: async () => ({ kind: 'taken', by: 'other' }),
    records: { save: async () => {}, remove: full },
  });
  expect(await (await runner.submit(jobOf(1))).finished).toMatchObject({ status: 'cancelled' });
  await runner.idle();
  expect(settled).toEqual([]);
  expect(said.join()).toContain('could not be removed');
});

it('knows whose changes wait or run here, until they have ended', async () => {
  let end: () => void = () => {};
  const runner = runnerWith({
    startTask: () =>
      new Promise((resolve) => {
        end = () => resolve({ kind: 'exited', code: 0 });
      }),
  });
  const first = await runner.submit(jobOf(1), (run) => {
    if (run.tasks[0]?.status === 'running') setImmediate(() => end());
  });
  expect([runner.has(CHANGE.commit), runner.has('0'.repeat(40))]).toEqual([true, false]);
  expect(await first.finished).toMatchObject({ status: 'success' });
  expect(runner.has(CHANGE.commit)).toBe(false);
});

it('waits, when it is stopped, for what was cancelled a moment before to be kept and told', async () => {
  const kept: string[] = [];
  let keep: () => void = () => {};
  const runner = runnerWith({
    records: {
      save: ({ status }) =>
        status !== 'cancelled'
          ? Promise.resolve()
          : new Promise((resolve) => {
              keep = () => {
                kept.push(status);
                resolve();
              };
            }),
      remove: async () => {},
    },
  });
  const plan = planOf({}).queue;
  const job = jobOf(1);
  await runner.submit({ ...job, plan: { ...job.plan, queue: { ...plan, startDelay: 60_000 } } });
  expect(runner.cancel(job.run.id)).toBe('waiting');
  const stopped = runner.stop('finish').then(() => [...kept, ...settled.map(({ status }) => status)]);
  setImmediate(() => keep());
  expect(await stopped).toEqual(['cancelled', 'cancelled']);
});
