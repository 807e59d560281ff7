// A run record like any other, for tests that are about one of its fields.
import type { RunChange, RunRecord, TaskRecord } from '../../src/core/run.ts';

/** When the run was created: 2026-11-21 17:00 UTC. It started a second later and took a minute. */
export const CREATED = Date.UTC(2026, 10, 21, 17);

export const CHANGE: RunChange = {
  commit: '4f2a9c1d000000000000000000000000000000aa',
  branch: 'core-beta',
  message: 'New core in beta',
  value: '1235',
  previous: '1234',
  observedAt: CREATED - 60_000,
};

/** A run that succeeded, with what the test is about. */
export function runOf(different: Partial<RunRecord> = {}): RunRecord {
  return {
    id: '3f2a81c04d2e',
    resource: 'core-beta',
    change: CHANGE,
    attempt: 1,
    reason: 'change',
    user: null,
    note: null,
    variables: {},
    partition: '',
    status: 'success',
    createdAt: CREATED,
    startedAt: CREATED + 1000,
    finishedAt: CREATED + 61_000,
    exitCode: 0,
    error: null,
    supersededBy: null,
    definition: 'd'.repeat(40),
    overlaid: {},
    agent: '13f4dad0334b',
    process: null,
    workspace: null,
    tasks: [taskOf()],
    ...different,
  };
}

/** A task that succeeded, with what the test is about. */
export function taskOf(different: Partial<TaskRecord> = {}): TaskRecord {
  return {
    name: 'suite',
    status: 'success',
    startedAt: CREATED + 1000,
    finishedAt: CREATED + 61_000,
    exitCode: 0,
    tries: 1,
    dependsOn: [],
    allowFailure: false,
    error: null,
    ...different,
  };
}
