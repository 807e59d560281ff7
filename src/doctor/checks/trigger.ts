// Whether every change is carried out once: what the workflows of the branches listen to, beside what the repository says.
import { beginsOnChange, beginsOnEvent, someBegin, type Workflow } from '../../core/workflow.ts';
import type { Trigger } from '../../definition/trigger.ts';
import { counted, type Finding, findingsOf } from '../finding.ts';

export interface BranchWorkflows {
  readonly branch: string;
  /** Those of its tip: GitHub reads the pushed commit's. */
  readonly workflows: readonly Workflow[];
  /** Whether its workflow files are those of the default branch. */
  readonly sameAsDefault: boolean;
}

export interface TriggerFacts {
  readonly trigger: Trigger;
  /** Workflows of the default branch. */
  readonly workflows: readonly Workflow[];
  /** Of resources. */
  readonly branches: readonly BranchWorkflows[];
  /** What this agent carries out itself. */
  readonly runner: 'local' | 'none';
  readonly agents: 'one' | 'many';
}

/** Inputs that a workflow is dispatched with. */
const INPUTS = ['branch', 'commit'];
const FIX = 'spread-cron doctor --fix gives them the workflows of the default branch';
const EXAMPLE = 'spread-cron init writes one that does, into a directory to copy it from';

const { ok, note, warning, problem } = findingsOf('ci');

export function triggerFindings(facts: TriggerFacts): readonly Finding[] {
  const { trigger, workflows, branches, runner } = facts;
  const hasWorkflows = workflows.length > 0 || branches.some((branch) => branch.workflows.length > 0);
  if (!hasWorkflows && trigger.kind === 'push') {
    return runner === 'local'
      ? [ok('changes are carried out by the runner of this agent; there are no workflows')]
      : [note('there are no workflows of GitHub Actions, and the runner of this agent is off', { remedy: EXAMPLE })];
  }
  const begun = branches.filter((branch) => someBegin(branch.workflows, branch.branch));
  const findings = trigger.kind === 'push' ? pushFindings(facts, begun) : dispatchFindings(facts, trigger, begun);
  return [...findings, ...runnerFindings(facts, begun)];
}

function pushFindings({ workflows, branches }: TriggerFacts, begun: readonly BranchWorkflows[]): readonly Finding[] {
  const findings: Finding[] = [];
  const filtered = branches.filter(
    (branch) =>
      !begun.includes(branch) &&
      branch.workflows.some((one) => beginsOnChange(one, branch.branch) === 'filtered by paths'),
  );
  if (filtered.length > 0)
    findings.push(
      problem('workflows filter by paths, and a change commit has none: nothing begins on these branches', {
        items: namesOf(filtered),
        remedy: 'take paths and paths-ignore out of their push filters',
      }),
    );
  const silent = branches.filter((branch) => !begun.includes(branch) && !filtered.includes(branch));
  const mended = silent.filter(({ branch }) => someBegin(workflows, branch));
  const others = silent.filter((branch) => !mended.includes(branch));
  for (const [some, remedy] of [
    [mended, FIX],
    [others, EXAMPLE],
  ] as const)
    if (some.length > 0)
      findings.push(problem('a pushed change begins no workflow on these branches', { items: namesOf(some), remedy }));
  const apart = begun.filter(({ sameAsDefault }) => !sameAsDefault);
  const differing = apart.filter(({ branch }) => someBegin(workflows, branch));
  if (differing.length > 0)
    findings.push(
      warning('their workflows differ from those of the default branch, and GitHub reads the pushed commit’s', {
        items: namesOf(differing),
        remedy: FIX,
      }),
    );
  if (begun.length > 0 && findings.length === 0)
    findings.push(ok(`a pushed change begins a workflow on ${counted(begun.length, 'branch', 'branches')}`));
  const own = apart.filter((branch) => !differing.includes(branch));
  if (own.length > 0)
    findings.push(
      note('their workflows are their own: of the default branch’s a pushed change would begin none there', {
        items: namesOf(own),
      }),
    );
  return findings;
}

function dispatchFindings(
  { workflows }: TriggerFacts,
  { workflow, event }: Extract<Trigger, { kind: 'dispatch' }>,
  begun: readonly BranchWorkflows[],
): readonly Finding[] {
  const findings: Finding[] = [];
  if (begun.length > 0)
    findings.push(
      problem(
        'changes are carried out twice: they are dispatched, and these branches have workflows that pushes begin',
        {
          items: namesOf(begun),
          remedy: 'take push out of the workflow on the default branch, then spread-cron doctor --fix',
        },
      ),
    );
  const file = `.github/workflows/${workflow}`;
  const wanted = workflows.find(({ path }) => path === file);
  if (workflow === null) {
    if (!workflows.some((one) => beginsOnEvent(one, event)))
      findings.push(
        problem(`no workflow of the default branch listens to the event ${event}`, {
          remedy: `give one on: repository_dispatch with types: [${event}]`,
        }),
      );
  } else if (wanted === undefined) {
    findings.push(
      problem(`the default branch has no workflow ${file}, which is to be dispatched`, { remedy: EXAMPLE }),
    );
  } else if (wanted.inputs === null) {
    findings.push(problem(`${file} cannot be dispatched`, { remedy: 'give it on: workflow_dispatch' }));
  } else {
    const missing = INPUTS.filter((input) => wanted.inputs?.includes(input) !== true);
    if (missing.length > 0)
      findings.push(
        problem(`${file} lacks inputs that it is dispatched with: ${missing.join(', ')}`, {
          remedy: 'add them under on.workflow_dispatch.inputs',
        }),
      );
  }
  if (findings.length === 0) findings.push(ok(`each change dispatches ${workflow ?? `the event ${event}`}`));
  return findings;
}

function runnerFindings(
  { trigger, runner, agents }: TriggerFacts,
  begun: readonly BranchWorkflows[],
): readonly Finding[] {
  if (runner === 'none' || (trigger.kind === 'push' && begun.length === 0)) return [];
  return agents === 'many'
    ? [note('CI and the runner of this agent both carry changes out: whoever claims one first')]
    : [
        problem('changes are carried out twice: by CI, and by the runner of this agent', {
          remedy: 'set runner: none, or agents: many where the workflows carry them out with spread-cron run --if-due',
        }),
      ];
}

function namesOf(branches: readonly BranchWorkflows[]): readonly string[] {
  return branches.map(({ branch }) => branch);
}
