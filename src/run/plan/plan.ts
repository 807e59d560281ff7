// What a run will do, decided from the definition and the names of the files beside it; nothing is read or done.
import { Failure } from '../../core/failure.ts';
import type { RunChange, RunReason } from '../../core/run.ts';
import type { RunDefinition, TaskDefinition } from '../../core/run-definition.ts';
import type { DefinitionFiles, RunPlan } from '../../core/run-plan.ts';
import { isRefusedVariable, isVariableName, REFUSED_VARIABLES } from '../../core/variable-name.ts';
import { NO_RUN } from '../../definition/decide-run.ts';
import { automaticVariables } from './automatic-variables.ts';
import { type FilesBeside, prepareSteps, requireExecutable } from './prepare-steps.ts';
import { sortTasks } from './task-order.ts';

/** The classic suite, and the name of its one task. */
const RUN_CHECKS = 'run-checks';

/** By where the definition can say more. */
const NOTHING_TO_RUN = {
  classic: 'nothing to run: add a script run-checks beside the definition, or run.tasks in spread-cron.yaml',
  steps: 'nothing to run: add run.tasks to the definition, or a script run-checks beside it',
  file: 'nothing to run: add run.tasks to the file, or a script run-checks beside it',
} as const;

export interface PlanInput {
  /** Name of the resource, or of the file that was asked for. */
  readonly resource: string;
  readonly definition: RunDefinition | null;
  /** `classic`: a shell file; `steps`: a `resource.yaml`; `file`: a definition that somebody asked for by its path. */
  readonly kind: 'classic' | 'steps' | 'file';
  /** Branch of the resource; null for a file. */
  readonly branch: string | null;
  readonly change: RunChange | null;
  readonly attempt: number;
  readonly reason: RunReason;
  readonly files: DefinitionFiles;
  readonly beside: FilesBeside;
  readonly variables: Readonly<Record<string, string>>;
  /** The agent's; milliseconds. */
  readonly defaults: {
    readonly timeout: number;
    readonly grace: number;
    readonly sandbox: 'none' | 'bubblewrap';
  };
}

/** The plan of a run. Failures: `definition` (nothing to run, files that are missing or not executable), `refused` (a
 * value that cannot be a ref), `usage` (variables that nobody may set, a value that is needed and missing). */
export function planRun(input: PlanInput): RunPlan {
  const { change, beside, defaults } = input;
  const definition = input.definition ?? NO_RUN;
  checkVariables(input.variables);
  const preparation = prepareSteps(definition, { beside, value: change?.value ?? null });
  const tasks = definition.tasks.length > 0 ? sortTasks(definition.tasks) : classicTasks(input, definition);
  return {
    resource: input.resource,
    change,
    attempt: input.attempt,
    reason: input.reason,
    files: input.files,
    prepare: preparation.steps,
    source: preparation.source,
    secretFiles: definition.files,
    env: definition.env,
    variables: input.variables,
    automatic: automaticVariables(input),
    // the classic suite looks after target/ by itself
    directory: definition.target !== null && definition.tasks.length > 0 ? 'target' : 'definition',
    tasks,
    onError: definition.onError,
    parallel: definition.parallel,
    continueAfterFailure: definition.continueAfterFailure,
    timeout: definition.timeout ?? defaults.timeout,
    grace: defaults.grace,
    sandbox: definition.sandbox ?? defaults.sandbox,
    jenkins: definition.jenkins,
    removeWorkspace: definition.removeWorkspace,
    queue: definition.queue,
  };
}

/** `./run-checks` alone. With a target, actions may be the whole suite: then there is no task after them. */
function classicTasks(input: PlanInput, definition: RunDefinition): readonly TaskDefinition[] {
  const { beside } = input;
  if (!beside.has(RUN_CHECKS)) {
    const actions = definition.actions.length > 0 || beside.has('actions.sh');
    if (actions && definition.target !== null) return [];
    if (actions)
      throw new Failure(
        'definition',
        'actions without a target or run-checks run nothing: add run.target or run-checks',
        {
          resource: input.resource,
        },
      );
    const add = NOTHING_TO_RUN[input.kind];
    throw new Failure('definition', add, { resource: input.resource });
  }
  requireExecutable(beside, RUN_CHECKS);
  return [
    {
      name: RUN_CHECKS,
      script: [`./${RUN_CHECKS}`],
      dependsOn: [],
      allowFailure: false,
      env: {},
      timeout: null,
      retries: 0,
      when: 'success',
    },
  ];
}

function checkVariables(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!isVariableName(name))
      throw new Failure('usage', 'not the name of a variable: letters, digits and _ only', { name: name.slice(0, 60) });
    if (isRefusedVariable(name))
      throw new Failure('usage', `a variable that a run may not set: ${REFUSED_VARIABLES} are refused`, { name });
    if (value.includes('\0')) throw new Failure('usage', 'a variable cannot hold a NUL character', { name });
  }
}
