import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { Result } from '../../../src/core/result.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import type { Job } from '../../../src/pipeline/runs/job.ts';
import { type Recoverer, type RecoverTools, recover } from '../../../src/pipeline/runs/recover.ts';
import { resultOf } from '../../../src/pipeline/runs/settle.ts';
import { type OpenedRecords, openRecords } from '../../../src/record/open-records.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { runId, runRecord } from '../../support/any-run.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';
import { planOf } from '../../support/run-plans.ts';
import { CHANGE, taskOf } from '../../support/run-record.ts';

let home: ReturnType<typeof temporaryDirectory>;
let records: OpenedRecords;
let said: string[];

beforeEach(async () => {
  home = temporaryDirectory();
  said = [];
  const log = { warn: (line: string) => said.push(line), info: (line: string) => said.push(line), debug: () => {} };
  records = await openRecords({ path: join(home.path, 'records.db'), log, clock: systemClock, program: '0' });
});

afterEach(async () => {
  await records.close();
  home.remove();
});

/** What an earlier process left: one run that ran for a change, and one that waited. */
const RUNNING = runRecord(1, {
  status: 'running',
  startedAt: 5,
  change: CHANGE,
  workspace: '/w/1',
  tasks: [
    taskOf({ status: 'running', finishedAt: null, exitCode: null }),
    taskOf({ name: 'later', status: 'waiting' }),
  ],
});
const WAITING = runRecord(2);

/** Recovers over the real records; what was asked for while it did. */
async function recovered(different: Partial<RecoverTools> = {}, retriesWhenLost = 1, who: Recoverer = 'agent') {
  const asked: Record<string, unknown[]> = { reaped: [], kept: [], submitted: [], settled: [] };
  const log = { warn: (line: string) => said.push(line), info: (line: string) => said.push(line), debug: () => {} };
  const jobOf = (run: RunRecord): Job => ({
    run,
    plan: planOf({}),
    publicVariables: [],
    retriesWhenLost,
    readmitted: null,
    claims: 'as-configured',
  });
  const tools: RecoverTools = {
    records,
    runner: {
      get: () => null,
      async submit({ run }) {
        asked.submitted?.push([run.id, run.status, run.attempt]);
        await records.save(run);
        return { finished: Promise.resolve(run) };
      },
    },
    clock: systemClock,
    log,
    isElsewhere: async () => false,
    reap: async (ids) => void asked.reaped?.push(...ids),
    collect: async (keep) => void asked.kept?.push(...keep),
    again: async (run, how) =>
      jobOf(how === 'go on' ? run : { ...run, id: runId(9), status: 'waiting', attempt: run.attempt + 1, tasks: [] }),
    noted: async () => null,
    settled: async (_job, run) => void asked.settled?.push([run.id, run.status]),
    ...different,
  };
  await recover(tools, who);
  return asked;
}

it('goes on with what waited, and tries what was lost again as the next attempt', async () => {
  await Promise.all([records.save(RUNNING), records.save(WAITING)]);
  expect(await recovered()).toEqual({
    reaped: [RUNNING.id, WAITING.id],
    kept: [],
    submitted: [
      [runId(9), 'waiting', 2],
      [WAITING.id, 'waiting', 1],
    ],
    settled: [[RUNNING.id, 'lost']],
  });
  expect(await records.get(RUNNING.id)).toMatchObject({
    status: 'lost',
    workspace: null,
    error: { message: expect.stringContaining('killed') },
    tasks: [{ status: 'lost' }, { status: 'skipped' }],
  });
});

it('tries what was lost no more often than its definition says', async () => {
  await records.save(RUNNING);
  expect(await recovered({}, 0)).toMatchObject({ submitted: [], settled: [[RUNNING.id, 'lost']] });
  await records.save(runRecord(3, { ...RUNNING, id: runId(3), attempt: 2 }));
  expect(await recovered({}, 1)).toMatchObject({ submitted: [], settled: [[runId(3), 'lost']] });
  expect(await records.unfinished()).toEqual([]);
});

it('leaves alone what another process that lives has, and its workspace', async () => {
  await Promise.all([records.save(RUNNING), records.save(WAITING)]);
  const found = await recovered({ isElsewhere: async ({ id }) => id === RUNNING.id });
  expect(found).toMatchObject({ reaped: [WAITING.id], kept: [RUNNING.id], submitted: [[WAITING.id, 'waiting', 1]] });
  expect(await records.get(RUNNING.id)).toEqual(RUNNING);
});

it('ends what waited and cannot be gone on with, and says why; the others are gone on with', async () => {
  const other = runRecord(4);
  await Promise.all([records.save(WAITING), records.save(other)]);
  const again: RecoverTools['again'] = async (run) => {
    if (run.id === WAITING.id) throw new Failure('not-found', 'there is no such resource');
    return {
      run,
      plan: planOf({}),
      publicVariables: [],
      retriesWhenLost: 1,
      readmitted: null,
      claims: 'as-configured',
    };
  };
  expect(await recovered({ again })).toMatchObject({ submitted: [[other.id, 'waiting', 1]] });
  expect(await records.get(WAITING.id)).toMatchObject({
    status: 'cancelled',
    error: { reason: 'not-found', message: 'there is no such resource' },
  });
});

it('records as lost also what cannot be tried again', async () => {
  await records.save(RUNNING);
  const again = () => Promise.reject(new Failure('not-found', 'there is no such resource'));
  expect(await recovered({ again })).toMatchObject({ submitted: [], settled: [[RUNNING.id, 'lost']] });
  expect(said.join('\n')).toContain('there is no such resource');
});

it('a command tells what was lost, gives up what somebody asked a dead process for, and leaves the rest to the agent', async () => {
  const asked = runRecord(3, { reason: 'request', user: 'somebody' });
  await Promise.all([RUNNING, WAITING, asked].map((run) => records.save(run)));
  expect(await recovered({}, 1, 'command')).toMatchObject({ submitted: [], settled: [[RUNNING.id, 'lost']] });
  expect(await records.get(RUNNING.id)).toMatchObject({ status: 'lost', workspace: null });
  expect(await records.get(WAITING.id)).toMatchObject({ status: 'waiting' });
  expect(await records.get(asked.id)).toMatchObject({ status: 'cancelled' });
});

it('a run whose end is in the notes has that end, and is not run again', async () => {
  await records.save(RUNNING);
  const result: Result = { ...resultOf({ ...RUNNING, status: 'success', finishedAt: 77, exitCode: 0 }) };
  expect(await recovered({ noted: async () => result })).toMatchObject({ submitted: [], settled: [] });
  expect(await records.get(RUNNING.id)).toMatchObject({ status: 'success', finishedAt: 77, exitCode: 0 });
});
