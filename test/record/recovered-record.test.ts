import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.ts';
import { recordOfResult } from '../../src/record/recovered-record.ts';
import { CHANGE } from '../support/run-record.ts';

const RESULT: Result = {
  run: '3f2a81c04d2e',
  attempt: 2,
  status: 'failed',
  agent: '13f4dad0334b',
  startedAt: 1_000,
  finishedAt: 2_000,
  exitCode: 42,
  definition: 'd'.repeat(40),
  tasks: { suite: 'failed', report: 'skipped' },
  variables: { CHANNEL: 'beta' },
  change: null,
  remark: 'taken over',
};

describe('the record of a result', () => {
  it('has what the note tells, and nothing made up', () => {
    expect(recordOfResult(RESULT, { resource: 'core', change: CHANGE })).toMatchObject({
      id: '3f2a81c04d2e',
      resource: 'core',
      change: CHANGE,
      attempt: 2,
      reason: 'retry',
      note: 'taken over',
      variables: { CHANNEL: 'beta' },
      status: 'failed',
      createdAt: 1_000,
      finishedAt: 2_000,
      exitCode: 42,
      process: null,
      workspace: null,
      tasks: [
        { name: 'suite', status: 'failed', tries: 1, startedAt: null },
        { name: 'report', status: 'skipped', tries: 0, startedAt: null },
      ],
    });
  });

  it('was created when the change was observed where the run tells no time', () => {
    const record = recordOfResult(
      { ...RESULT, startedAt: null, finishedAt: null },
      { resource: 'core', change: CHANGE },
    );
    expect(record?.createdAt).toBe(CHANGE.observedAt);
  });

  it.each(['adopted', 'running'] as const)(
    'is none where the result is %s: no finished run stands behind it',
    (status) => {
      expect(recordOfResult({ ...RESULT, status }, { resource: 'core', change: CHANGE })).toBeNull();
    },
  );
});
