// A database of the first version, as its program wrote it: it stays as it is, so that every later version reads it.
import type { RunRecord } from '../../src/core/run.ts';

export const VERSION_1 = `
  CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, program TEXT NOT NULL, at INTEGER NOT NULL);
  INSERT INTO migrations VALUES (1, 'runs and tasks', '0.1.0', 1795294000000);
  CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    resource TEXT NOT NULL,
    change_commit TEXT,
    change_branch TEXT,
    change_message TEXT,
    change_value TEXT,
    change_previous TEXT,
    change_observed_at INTEGER,
    attempt INTEGER NOT NULL,
    reason TEXT NOT NULL,
    user TEXT,
    note TEXT,
    variables TEXT NOT NULL,
    partition TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    exit_code INTEGER,
    error TEXT,
    superseded_by TEXT,
    definition TEXT,
    overlaid TEXT NOT NULL,
    agent TEXT NOT NULL,
    process TEXT,
    workspace TEXT
  );
  CREATE INDEX runs_newest ON runs (created_at, id);
  CREATE INDEX runs_of_resource ON runs (resource, created_at, id);
  CREATE INDEX runs_of_commit ON runs (change_commit, created_at, id);
  CREATE INDEX runs_unfinished ON runs (created_at, id) WHERE status IN ('waiting', 'running');
  CREATE INDEX runs_ended ON runs (resource, status, created_at, id) WHERE status NOT IN ('waiting', 'running');
  CREATE TABLE tasks (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    exit_code INTEGER,
    tries INTEGER NOT NULL,
    depends_on TEXT NOT NULL,
    allow_failure INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (run_id, position)
  ) WITHOUT ROWID;
  INSERT INTO runs VALUES ('3f2a81c04d2e', 'core-beta', '4f2a9c1d000000000000000000000000000000aa', 'core-beta',
    'New core in beta', '1235', '1234', 1795294000000, 2, 'retry', 'anna', 'flaky network', '{"CHANNEL":"beta"}', 'p1',
    'failed', 1795294001000, 1795294002000, 1795294062000, 42,
    '{"reason":"command-failed","message":"the suite failed","step":null}', NULL,
    'dddddddddddddddddddddddddddddddddddddddd', '{"spread.yaml":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","new":null}',
    '13f4dad0334b', '{"pid":4711,"started":"b1-77"}', '/srv/work/3f2a81c04d2e');
  INSERT INTO tasks VALUES ('3f2a81c04d2e', 0, 'prepare', 'success', 1795294002000, 1795294003000, 0, 1, '[]', 0, NULL);
  INSERT INTO tasks VALUES ('3f2a81c04d2e', 1, 'suite', 'failed', 1795294003000, 1795294062000, 42, 3, '["prepare"]', 1,
    'no space left');
`;

/** What is in it. */
export const RUN_OF_VERSION_1: RunRecord = {
  id: '3f2a81c04d2e',
  resource: 'core-beta',
  change: {
    commit: '4f2a9c1d000000000000000000000000000000aa',
    branch: 'core-beta',
    message: 'New core in beta',
    value: '1235',
    previous: '1234',
    observedAt: 1795294000000,
  },
  attempt: 2,
  reason: 'retry',
  user: 'anna',
  note: 'flaky network',
  variables: { CHANNEL: 'beta' },
  partition: 'p1',
  status: 'failed',
  createdAt: 1795294001000,
  startedAt: 1795294002000,
  finishedAt: 1795294062000,
  exitCode: 42,
  error: { reason: 'command-failed', message: 'the suite failed', step: null },
  supersededBy: null,
  definition: 'd'.repeat(40),
  overlaid: { 'spread.yaml': 'e'.repeat(40), new: null },
  agent: '13f4dad0334b',
  process: { pid: 4711, started: 'b1-77' },
  workspace: '/srv/work/3f2a81c04d2e',
  tasks: [
    {
      name: 'prepare',
      status: 'success',
      startedAt: 1795294002000,
      finishedAt: 1795294003000,
      exitCode: 0,
      tries: 1,
      dependsOn: [],
      allowFailure: false,
      error: null,
    },
    {
      name: 'suite',
      status: 'failed',
      startedAt: 1795294003000,
      finishedAt: 1795294062000,
      exitCode: 42,
      tries: 3,
      dependsOn: ['prepare'],
      allowFailure: true,
      error: 'no space left',
    },
  ],
};
