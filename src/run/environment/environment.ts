// The complete environment of a task, from an allow-list upwards. Nothing reaches a script in any other way.
import { formatInstant } from '../../core/instant.ts';
import type { RunChange, RunRecord } from '../../core/run.ts';
import type { RunPlan } from '../../core/run-plan.ts';
import { jenkinsVariables } from './jenkins-variables.ts';

type Variables = Readonly<Record<string, string>>;

/** What is below everything that a definition says, the lowest first. */
export interface EnvironmentLayers {
  /** Of this process, as far as children may see it. */
  readonly base: Variables;
  /** `runs.env` of the agent's configuration. */
  readonly agent: Variables;
  /** Of the dotenv files. */
  readonly files: Variables;
}

/** Where a run takes place; absolute paths. */
export interface RunDirectories {
  /** The run's own directory. */
  readonly root: string;
  /** Root of the checkout that holds the definition. */
  readonly checkout: string;
  readonly definition: string;
  readonly target: string;
}

/** Runs of the same resource that ended before this one began; null where there is none. */
export interface PreviousRuns {
  readonly last: PreviousRun | null;
  /** The last with success, and the last without. */
  readonly good: PreviousRun | null;
  readonly bad: PreviousRun | null;
}

export interface PreviousRun extends Pick<RunRecord, 'id' | 'status' | 'exitCode' | 'startedAt' | 'finishedAt'> {
  readonly change: Pick<RunChange, 'value'> | null;
}

/** The first task that failed, for `on_error` and `when: failure`. */
export interface FailedTask {
  readonly name: string;
  readonly exitCode: number | null;
  readonly error: string | null;
  /** Files that hold what it printed, absolute; null where there are none. */
  readonly stdout: string | null;
  readonly stderr: string | null;
}

export interface TaskEnvironmentInput {
  readonly layers: EnvironmentLayers;
  readonly plan: RunPlan;
  /** Id of the run. */
  readonly run: string;
  readonly place: RunDirectories;
  readonly task: { readonly name: string; readonly env: Variables };
  readonly previous: PreviousRuns;
  readonly failed: FailedTask | null;
  /** Replaces `${secret:NAME}` in a definition's variable; throws where the resource may not have it. */
  readonly resolveSecrets: (text: string) => string;
}

/** Later layers win: this process, the agent, dotenv files, the resource, the task, run variables, the program itself. */
export function taskEnvironment(input: TaskEnvironmentInput): Variables {
  const { layers, plan, task, resolveSecrets } = input;
  // only what a definition says may hold secrets: values and run variables are other people's text
  const resolved = (variables: Variables) => mapValues(variables, resolveSecrets);
  return {
    ...withoutOurs({ ...layers.base, ...layers.agent, ...layers.files }),
    ...resolved({ ...plan.env, ...task.env }),
    ...plan.variables,
    ...(plan.jenkins ? jenkinsVariables(input) : {}),
    ...previousVariables(input.previous),
    ...plan.automatic,
    ...ownVariables(input),
    ...failedVariables(input.failed),
  };
}

/** Ours come from this run or not at all: a run may have been started inside another one. */
function withoutOurs(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('SC_')));
}

function ownVariables({ run, place, plan, task }: TaskEnvironmentInput): Variables {
  const cloned = plan.prepare.some(({ kind }) => kind === 'clone');
  return {
    SC_RUN_ID: run,
    SC_TASK: task.name,
    SC_WORKSPACE: place.root,
    ...(cloned ? { SC_TARGET: place.target } : {}),
    PROJECT_PATH: place.checkout,
    BRANCH_PATH: place.definition,
  };
}

function previousVariables({ last, good, bad }: PreviousRuns): Variables {
  return {
    ...recordVariables('SC_PREVIOUS_', last),
    ...recordVariables('SC_PREVIOUS_GOOD_', good),
    ...recordVariables('SC_PREVIOUS_BAD_', bad),
  };
}

/** What is not known of a run has no variable. */
function recordVariables(prefix: string, run: PreviousRun | null): Variables {
  if (run === null) return {};
  return known({
    [`${prefix}RUN_ID`]: run.id,
    [`${prefix}STATUS`]: run.status,
    [`${prefix}EXIT_CODE`]: run.exitCode === null ? null : String(run.exitCode),
    [`${prefix}STARTED`]: run.startedAt === null ? null : formatInstant(run.startedAt),
    [`${prefix}FINISHED`]: run.finishedAt === null ? null : formatInstant(run.finishedAt),
    [`${prefix}VALUE`]: run.change?.value ?? null,
  });
}

function failedVariables(failed: FailedTask | null): Variables {
  if (failed === null) return {};
  return known({
    SC_FAILED_TASK: failed.name,
    SC_FAILED_EXIT_CODE: failed.exitCode === null ? null : String(failed.exitCode),
    SC_FAILED_ERROR: failed.error,
    SC_FAILED_STDOUT: failed.stdout,
    SC_FAILED_STDERR: failed.stderr,
  });
}

function known(variables: Readonly<Record<string, string | null>>): Variables {
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== null));
}

function mapValues(variables: Variables, change: (value: string) => string): Variables {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, change(value)]));
}
