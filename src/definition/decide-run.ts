// From the written `run` to the trusted one: everything that was left out gets its value. Plain data that JSON tells
// completely, since definitions are kept between processes.
import type { QueueSettings, RunDefinition, TargetDefinition, TaskDefinition } from '../core/run-definition.ts';
import type { WrittenRun } from './written-run.ts';

/** Mode of a secret's file where none is written. */
const SECRET_MODE = 0o400;

export function decideRun(written: WrittenRun): RunDefinition {
  return {
    target: written.target === undefined ? null : decideTarget(written.target),
    env: written.env ?? {},
    publicVariables: written.public_variables ?? [],
    overlay: written.overlay ?? null,
    patches: written.patches ?? [],
    actions: written.actions ?? [],
    files: mapValues(written.files ?? {}, ({ secret, mode }) => ({
      secret,
      mode: mode === undefined ? SECRET_MODE : Number.parseInt(mode, 8),
    })),
    queue: decideQueue(written),
    retention: { period: written.retention_period ?? null, count: written.retention_count ?? null },
    timeout: written.timeout ?? null,
    parallel: written.parallel ?? null,
    continueAfterFailure: written.continue_running_tasks_after_failure ?? false,
    removeWorkspace: written.remove_workspace ?? 'always',
    retriesWhenLost: written.retries_when_lost ?? 1,
    sandbox: written.sandbox ?? null,
    jenkins: written.jenkins ?? false,
    tasks: Object.entries(written.tasks ?? {}).map(([name, task]) => decideTask(name, task)),
    onError:
      written.on_error === undefined ? null : { script: written.on_error.script, env: written.on_error.env ?? {} },
  };
}

/** What holds where a definition says nothing about runs. */
export const NO_RUN: RunDefinition = decideRun({});

function decideTarget(written: NonNullable<WrittenRun['target']>): TargetDefinition {
  return {
    repository: written.repository,
    ref: written.ref ?? null,
    depth: written.depth ?? null,
    filter: written.filter ?? null,
    sparse: written.sparse ?? [],
    submodules: written.submodules ?? false,
    lfs: written.lfs ?? true,
  };
}

function decideQueue(written: WrittenRun): QueueSettings {
  const strategy = written.queue_strategy ?? 'append';
  return {
    concurrency: written.concurrency ?? 1,
    groups: written.concurrency_groups ?? [],
    // a queue without end would never be full, so that nothing would ever be replaced
    limit: written.queue_limit ?? (strategy === 'replace' ? 1 : null),
    strategy,
    partitionLimit: written.queue_partition_limit ?? null,
    startDelay: written.start_delay ?? 0,
    startWithin: written.start_within ?? null,
  };
}

function decideTask(name: string, written: NonNullable<WrittenRun['tasks']>[string]): TaskDefinition {
  return {
    name,
    script: written.script ?? [],
    dependsOn: [...new Set(written.depends_on ?? [])],
    allowFailure: written.allow_failure ?? false,
    env: written.env ?? {},
    timeout: written.timeout ?? null,
    retries: written.retries ?? 0,
    when: written.when ?? 'success',
  };
}

function mapValues<Value, Made>(map: Readonly<Record<string, Value>>, make: (value: Value) => Made) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, make(value)]));
}
