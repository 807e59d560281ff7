import { expect, it } from 'vitest';
import { eventsOfRun } from '../../src/notify/event.ts';
import { CHANGE, runOf, taskOf } from '../support/run-record.ts';

it.each([
  ['failed', null, ['run-failed']],
  ['failed', 'failed', ['run-failed']],
  ['timed-out', 'success', ['run-failed']],
  ['lost', 'success', ['run-failed']],
  ['success', 'failed', ['run-fixed']],
  ['success', 'timed-out', ['run-fixed']],
  ['success', 'lost', ['run-fixed']],
  ['success', 'success', []],
  ['success', 'adopted', []],
  ['success', null, []],
  ['cancelled', 'success', []],
  ['cancelled', 'failed', []],
  ['superseded', 'failed', []],
  ['running', 'failed', []],
] as const)('a run that is %s after one that was %s makes the events %j', (status, before, kinds) => {
  const events = eventsOfRun(runOf({ status }), before === null ? null : { status: before }, 'r', 0);
  expect(events.map(({ event }) => event)).toEqual(kinds);
});

it('tells which run of which change it was, how it ended and which tasks failed', () => {
  const tasks = [
    taskOf({ name: 'prepare' }),
    taskOf({ name: 'lint', status: 'failed', allowFailure: true }),
    taskOf({ name: 'suite', status: 'timed-out' }),
    taskOf({ name: 'report', status: 'cancelled' }),
    taskOf({ name: 'on_error', status: 'failed' }),
  ];
  const error = { reason: 'timed-out', message: 'the run took too long', step: null } as const;
  const run = runOf({ status: 'timed-out', exitCode: null, tasks, error });
  expect(eventsOfRun(run, null, 'https://git.example.com/r.git', Date.UTC(2026, 10, 21, 18))).toEqual([
    {
      event: 'run-failed',
      at: '2026-11-21T18:00:00.000Z',
      repository: 'https://git.example.com/r.git',
      resource: 'core-beta',
      branch: 'core-beta',
      message: 'New core in beta',
      value: '1235',
      previous: '1234',
      commit: CHANGE.commit,
      error,
      failing_since: null,
      run: run.id,
      status: 'timed-out',
      exit_code: null,
      duration_ms: 60_000,
      failed_tasks: ['suite'],
    },
  ]);
});

it('tells of a run without a change, which has none of its fields', () => {
  const [event] = eventsOfRun(runOf({ status: 'lost', change: null, finishedAt: null }), null, 'r', 0);
  expect(event).toMatchObject({ resource: 'core-beta', branch: null, value: null, commit: null, duration_ms: null });
});
