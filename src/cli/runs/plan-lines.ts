// A plan as people read it, and as `--json` gives it: what is cloned, what is laid over, the tasks in order with what they
// wait for, the environment. Secrets stand in it by name only.
import { formatDuration } from '../../core/duration.ts';
import { withoutLogin } from '../../core/login.ts';
import type { TargetDefinition, TaskDefinition } from '../../core/run-definition.ts';
import type { PrepareStep, RunPlan } from '../../core/run-plan.ts';
import type { Output } from '../terminal/output.ts';
import type { Span } from '../terminal/style.ts';
import { runSubject } from './run-words.ts';

/** Width of the titles. */
const TITLE = 12;

export function printPlan(plan: RunPlan, output: Output): void {
  const say = (title: string, ...text: (string | Span)[]) =>
    output.print([{ text: title.padEnd(TITLE), style: 'dim' }, ...text]);
  const { change } = plan;
  say('resource', { text: plan.resource, style: 'bold' }, `   attempt ${plan.attempt}`);
  if (change !== null) say('change', runSubject({ change, note: null }), `   ${change.commit.slice(0, 7)}`);
  say('files', describeFiles(plan.files));
  for (const [position, step] of plan.prepare.entries()) say(position === 0 ? 'first' : '', describeStep(step));
  if (plan.source !== null) say('sourced', plan.source);
  listOf(
    say,
    'secrets',
    Object.entries(plan.secretFiles).map(
      ([path, { secret, mode }]) => `${secret} as ${path} (mode ${mode.toString(8).padStart(4, '0')})`,
    ),
  );
  listOf(say, 'environment', assignments(plan.env));
  listOf(say, 'variables', assignments(plan.variables));
  listOf(say, 'by itself', [...assignments(plan.automatic), ...(plan.jenkins ? ['the variables of Jenkins too'] : [])]);
  say('tasks', `in ${plan.directory === 'target' ? 'target/' : 'the directory of the definition'}${inAll(plan)}`);
  for (const task of plan.tasks) printTask(task, output);
  if (plan.onError !== null) {
    output.print(['  ', { text: 'on_error', style: 'bold' }, { text: '   after a failure', style: 'dim' }]);
    printScript(plan.onError.script, plan.onError.env, output);
  }
  say('at most', `${formatDuration(plan.timeout)}, and ${formatDuration(plan.grace)} to end`);
  if (plan.sandbox !== 'none') say('sandbox', plan.sandbox);
  say('workspace', `is removed ${WHEN_REMOVED[plan.removeWorkspace]}`);
}

const WHEN_REMOVED: Readonly<Record<RunPlan['removeWorkspace'], string>> = {
  always: 'at the end',
  'on-success': 'after success',
  never: 'never',
};

function listOf(say: (title: string, text: string) => void, title: string, entries: readonly string[]): void {
  for (const [position, entry] of entries.entries()) say(position === 0 ? title : '', entry);
}

function describeFiles(files: RunPlan['files']): string {
  switch (files.kind) {
    case 'commit':
      return `${files.directory === '' || files.directory === '.' ? 'all' : files.directory} of commit ${files.commit.slice(0, 7)}`;
    case 'directory':
      return files.directory;
    default:
      return files satisfies never;
  }
}

function describeStep(step: PrepareStep): string {
  switch (step.kind) {
    case 'clone':
      return `clone ${withoutLogin(step.target.repository)} at ${step.target.ref ?? 'its HEAD'} into target/${cloneOptions(step.target)}`;
    case 'overlay': {
      const except = step.except.length === 0 ? '' : `, less ${step.except.join(', ')}`;
      return `lay ${step.directory} over target/${except}`;
    }
    case 'patch':
      return `apply ${step.file}`;
    case 'action':
      return `run ${step.script}`;
    default:
      return step satisfies never;
  }
}

function cloneOptions({ depth, filter, sparse, submodules, lfs }: TargetDefinition): string {
  const options = [
    depth === null ? '' : `depth ${depth}`,
    filter === null ? '' : `filter ${filter}`,
    sparse.length === 0 ? '' : `only ${sparse.join(' ')}`,
    submodules ? 'with submodules' : '',
    lfs ? 'with LFS' : '',
  ].filter((option) => option !== '');
  return options.length === 0 ? '' : ` (${options.join(', ')})`;
}

function inAll({ parallel, continueAfterFailure }: RunPlan): string {
  const bound = parallel === null ? '' : `, ${parallel} at a time`;
  return `${bound}${continueAfterFailure ? ', going on after failures' : ''}`;
}

function printTask(task: TaskDefinition, output: Output): void {
  const remarks = [
    task.dependsOn.length === 0 ? '' : `after ${task.dependsOn.join(', ')}`,
    task.when === 'success' ? '' : `when ${task.when}`,
    task.allowFailure ? 'may fail' : '',
    task.retries === 0 ? '' : `${task.retries} ${task.retries === 1 ? 'retry' : 'retries'}`,
    task.timeout === null ? '' : `at most ${formatDuration(task.timeout)}`,
  ].filter((remark) => remark !== '');
  const remark = remarks.length === 0 ? '' : `   ${remarks.join(', ')}`;
  output.print(['  ', { text: task.name, style: 'bold' }, { text: remark, style: 'dim' }]);
  printScript(task.script, task.env, output);
}

function printScript(script: readonly string[], env: Readonly<Record<string, string>>, output: Output): void {
  for (const assignment of assignments(env)) output.print(['    ', { text: assignment, style: 'dim' }]);
  for (const line of script.flatMap((lines) => lines.replace(/\n$/, '').split('\n'))) output.print(['    $ ', line]);
}

function assignments(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/** The object of `run --plan --json`. */
export function planObject(plan: RunPlan): object {
  const { change, files, queue } = plan;
  return {
    resource: plan.resource,
    value: change?.value ?? null,
    commit: change?.commit ?? null,
    branch: change?.branch ?? null,
    message: change?.message ?? null,
    previous: change?.previous ?? null,
    attempt: plan.attempt,
    reason: plan.reason,
    files: {
      commit: files.kind === 'commit' ? files.commit : null,
      directory: files.directory,
    },
    prepare: plan.prepare.map(shownStep),
    source: plan.source,
    secret_files: plan.secretFiles,
    env: plan.env,
    variables: plan.variables,
    automatic: plan.automatic,
    jenkins: plan.jenkins,
    directory: plan.directory,
    tasks: plan.tasks.map(taskObject),
    on_error: plan.onError,
    parallel: plan.parallel,
    continue_running_tasks_after_failure: plan.continueAfterFailure,
    timeout_ms: plan.timeout,
    grace_ms: plan.grace,
    sandbox: plan.sandbox,
    remove_workspace: plan.removeWorkspace,
    queue: {
      concurrency: queue.concurrency,
      concurrency_groups: queue.groups,
      queue_limit: queue.limit,
      queue_strategy: queue.strategy,
      queue_partition_limit: queue.partitionLimit,
      start_delay_ms: queue.startDelay,
      start_within_ms: queue.startWithin,
    },
  };
}

function taskObject(task: TaskDefinition): object {
  return {
    name: task.name,
    script: task.script,
    depends_on: task.dependsOn,
    allow_failure: task.allowFailure,
    env: task.env,
    timeout_ms: task.timeout,
    retries: task.retries,
    when: task.when,
  };
}

/** A step as it may be shown: no user and password in the address of its target. */
function shownStep(step: PrepareStep): PrepareStep {
  if (step.kind !== 'clone') return step;
  const { target } = step;
  return { ...step, target: { ...target, repository: withoutLogin(target.repository) } };
}
