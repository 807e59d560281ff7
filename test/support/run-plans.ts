// Plans of runs and environments of their tasks, for tests that are about one part of them.
import type { RunDefinition, TaskDefinition } from '../../src/core/run-definition.ts';
import type { RunPlan } from '../../src/core/run-plan.ts';
import { NO_RUN } from '../../src/definition/decide-run.ts';
import { type TaskEnvironmentInput, taskEnvironment } from '../../src/run/environment/environment.ts';
import { type PlanInput, planRun } from '../../src/run/plan/plan.ts';
import { CHANGE, runOf } from './run-record.ts';

/** Executable files by their paths, and others after a dash. */
export function filesBeside(...paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(paths.map((path) => (path.startsWith('-') ? [path.slice(1), '100644'] : [path, '100755'])));
}

/** A task that does nothing, with what the test is about. */
export function taskNamed(name: string, different: Partial<TaskDefinition> = {}): TaskDefinition {
  const nothing = { script: [], dependsOn: [], allowFailure: false, env: {}, timeout: null, retries: 0 };
  return { name, ...nothing, when: 'success', ...different };
}

/** What a plan is made from: a definition with one task, and whatever the test is about. */
export function planInput(definition: Partial<RunDefinition>, different: Partial<PlanInput> = {}): PlanInput {
  return {
    resource: 'core-beta',
    definition: { ...NO_RUN, tasks: [taskNamed('suite')], ...definition },
    kind: 'steps',
    branch: different.change === null ? null : CHANGE.branch,
    change: CHANGE,
    attempt: 1,
    reason: 'change',
    files: { kind: 'commit', commit: 'd'.repeat(40), directory: '' },
    beside: new Map(),
    variables: {},
    defaults: { timeout: 21_600_000, grace: 30_000, sandbox: 'none' },
    ...different,
  };
}

export function planOf(definition: Partial<RunDefinition>, different: Partial<PlanInput> = {}): RunPlan {
  return planRun(planInput(definition, different));
}

/** What the environment of a task is made from, with nothing in any layer but what the test is about. */
export function environmentInput(different: Partial<TaskEnvironmentInput> = {}): TaskEnvironmentInput {
  return {
    layers: { base: {}, agent: {}, files: {} },
    plan: planOf({}),
    run: '3f2a81c04d2e',
    place: { root: '/w', checkout: '/w/checkout', definition: '/w/checkout/d', target: '/w/checkout/d/target' },
    task: { name: 'suite', env: {} },
    previous: { last: null, good: null, bad: null },
    failed: null,
    resolveSecrets: (text) => text,
    ...different,
  };
}

export const TARGET = {
  repository: 'https://example.com/suite.git',
  ref: 'main',
  depth: null,
  filter: null,
  sparse: [],
  submodules: false,
  lfs: true,
};

/** The environment of a task for which everything is known. */
export function everyVariable(): Readonly<Record<string, string>> {
  const last = runOf();
  return taskEnvironment(
    environmentInput({
      plan: planOf({ target: TARGET }),
      previous: { last, good: last, bad: last },
      failed: { name: 'a', exitCode: 1, error: 'b', stdout: '/o', stderr: '/e' },
    }),
  );
}
