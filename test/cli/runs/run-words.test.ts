import { describe, expect, it } from 'vitest';
import { runObject } from '../../../src/cli/runs/run-object.ts';
import {
  countLeft,
  failedTasks,
  nextAboutRun,
  resultLine,
  runExitStatus,
  taskEnd,
  timeSpent,
} from '../../../src/cli/runs/run-words.ts';
import { renderLine } from '../../../src/cli/terminal/style.ts';
import { RUN_STATUSES, TASK_STATUSES } from '../../../src/core/run.ts';
import { CHANGE, CREATED, runOf, taskOf } from '../../support/run-record.ts';

it.each([
  [0, '0ms'],
  [999, '999ms'],
  [999.6, '1.0s'],
  [3_240, '3.2s'],
  [59_949, '59.9s'],
  [59_950, '1m'],
  [310_000, '5m 10s'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(timeSpent(milliseconds)).toBe(text);
});

describe('the exit status of a command that shows a run', () => {
  it.each([
    ['success', 0, 0, 0],
    ['failed', 3, 1, 3],
    ['failed', 139, 1, 139],
    ['failed', null, 1, 1],
    ['cancelled', 130, 1, 130],
    ['cancelled', null, 1, 1],
    ['cancelled', 0, 1, 1],
    ['timed-out', null, 1, 1],
    ['superseded', null, 1, 1],
    ['lost', null, 1, 1],
  ] as const)('%s with %j is %i, with --exit-code %i', (status, exitCode, usual, passed) => {
    const run = runOf({ status, exitCode });
    expect([runExitStatus(run, 'usual'), runExitStatus(run, 'exit-code')]).toEqual([usual, passed]);
  });
});

describe('words about runs', () => {
  it('tell how a run ended', () => {
    const error = { reason: 'unreachable', message: 'the target is away\u001b[2J', step: 'prepare' } as const;
    expect(renderLine(resultLine(runOf()), 'plain')).toBe('run 3f2a81c0 of core-beta: success in 1m');
    expect(renderLine(resultLine(runOf({ status: 'failed', exitCode: 3, startedAt: null, error })), 'plain')).toBe(
      'run 3f2a81c0 of core-beta: failed (3): the target is away\\e[2J',
    );
  });

  it('tell how every task ended', () => {
    const ends = TASK_STATUSES.map((status) => taskEnd(taskOf({ status, exitCode: status === 'failed' ? 2 : null })));
    expect(ends).toEqual([
      'is waiting',
      'is running',
      'ended in 1m',
      'failed with 2 after 1m',
      'was cancelled after 1m',
      'was skipped',
      'took too long, ended after 1m',
      'was lost after 1m',
    ]);
    expect(taskEnd(taskOf({ status: 'failed', allowFailure: true, exitCode: 1, error: 'no shell' }))).toBe(
      'failed with 1 after 1m, which is allowed: no shell',
    );
  });

  it.each([
    [126, 'failed with 126 (not executable) after 1m'],
    [127, 'failed with 127 (program not found) after 1m'],
    [128, 'failed with 128 after 1m'],
    [130, 'failed with 130 (SIGINT) after 1m'],
    [137, 'failed with 137 (SIGKILL) after 1m'],
    [255, 'failed with 255 after 1m'],
  ])('say what shells mean by exit code %d', (exitCode, text) => {
    expect(taskEnd(taskOf({ status: 'failed', exitCode }))).toBe(text);
  });

  it('say what to do next for every status but success', () => {
    const silent = RUN_STATUSES.filter((status) => nextAboutRun(runOf({ status })).length === 0);
    expect(silent).toEqual(['success']);
  });

  it('do not tell to run again what another agent runs', () => {
    const error = { reason: 'refused', message: 'another agent runs this change', step: null } as const;
    expect(nextAboutRun(runOf({ status: 'cancelled', error }))).toEqual([]);
  });

  it('name the task whose log is worth reading, as a shell takes its name', () => {
    const tasks = [taskOf(), taskOf({ name: "--it's", status: 'failed' })];
    expect(nextAboutRun(runOf({ status: 'failed', tasks }))).toEqual([
      "spread-cron logs 3f2a81c0 --task '--it'\\''s' shows what it printed",
      'spread-cron retry 3f2a81c0 runs it again',
    ]);
  });

  it('point at the run that took the place of another', () => {
    expect(nextAboutRun(runOf({ status: 'superseded', supersededBy: 'abcdef012345' }))).toEqual([
      'spread-cron show abcdef01 shows its successor',
    ]);
  });

  it('leave out of what failed what was allowed to', () => {
    const tasks = [
      taskOf({ name: 'a', status: 'failed', allowFailure: true }),
      taskOf({ name: 'b', status: 'timed-out' }),
      taskOf({ name: 'c', status: 'cancelled' }),
    ];
    expect(failedTasks(runOf({ tasks })).map(({ name }) => name)).toEqual(['b']);
  });

  it('tell what failed first before what failed later', () => {
    const tasks = [
      taskOf({ name: 'a', status: 'failed', finishedAt: null }),
      taskOf({ name: 'b', status: 'failed', finishedAt: 200 }),
      taskOf({ name: 'c', status: 'failed', finishedAt: 100 }),
    ];
    expect(failedTasks(runOf({ tasks })).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });

  it.each([
    [{ running: 3, waiting: 2 }, '3 runs still running, 2 wait'],
    [{ running: 1, waiting: 1 }, '1 run still running, 1 waits'],
    [{ running: 1, waiting: 0 }, '1 run still running'],
  ])('count what is left: %j', (left, text) => {
    expect(countLeft(left)).toBe(text);
  });
});

describe('a run as an object', () => {
  it('has every field, absent ones null', () => {
    const run = runOf({
      change: null,
      status: 'waiting',
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      tasks: [],
    });
    expect(runObject(run)).toEqual({
      run: '3f2a81c04d2e',
      resource: 'core-beta',
      status: 'waiting',
      value: null,
      commit: null,
      attempt: 1,
      reason: 'change',
      user: null,
      note: null,
      created_at: '2026-11-21T17:00:00.000Z',
      started_at: null,
      finished_at: null,
      duration_ms: null,
      exit_code: null,
      error: null,
      superseded_by: null,
      branch: null,
      message: null,
      previous: null,
      variables: {},
      partition: null,
      definition: 'd'.repeat(40),
      overlaid: {},
      agent: '13f4dad0334b',
      workspace: null,
      tasks: [],
    });
  });

  it('has its change, its times and its tasks', () => {
    const tasks = [taskOf({ finishedAt: null, status: 'running', exitCode: null, dependsOn: ['build'] })];
    expect(runObject(runOf({ tasks }))).toMatchObject({
      value: '1235',
      commit: CHANGE.commit,
      duration_ms: 60_000,
      exit_code: 0,
      tasks: [
        {
          name: 'suite',
          status: 'running',
          duration_ms: null,
          exit_code: null,
          tries: 1,
          started_at: new Date(CREATED + 1000).toISOString(),
          finished_at: null,
          depends_on: ['build'],
          allow_failure: false,
          error: null,
        },
      ],
    });
  });
});
