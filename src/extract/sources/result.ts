// Source `result`: how runs of another resource ended, from the notes in git, so that resources form chains across
// machines; or how workflow runs of a CI service ended.
import * as z from 'zod';
import type { StepSpec } from '../../core/resource.ts';
import type { ResultStatus } from '../../core/result.ts';
import type { ChangeResults, Content, StepContext, StepType } from '../step.ts';
import { lastWorkflowRun, workflowRuns } from '../workflow-runs.ts';

const resourceName = z
  .string()
  .min(1)
  .max(500)
  .regex(/^(?!-)[^\p{Cc}\s]+$/u, 'not the name of a resource');

const schema = z
  .strictObject({
    result: z.union([resourceName, workflowRuns]).meta({
      description: 'Name of a resource of this repository whose results are watched; or workflow runs on GitHub',
      examples: ['core-beta', { github: 'octo/project', workflow: 'ci.yml', branch: 'main' }],
    }),
    give: z
      .enum(['value', 'change', 'run'])
      .optional()
      .describe(
        'What the value is: the value of the change, the oid of its commit, or the id of the run, which is another one ' +
          'every time; default value, of workflow runs change (the commit that was run)',
      ),
    status: z
      .enum(['success', 'failed', 'any'])
      .optional()
      .describe(
        'How the run must have ended; any: success or failed. Default success; with passed its own runs do not matter',
      ),
    passed: z
      .union([resourceName, z.array(resourceName).min(1).max(100)])
      .transform((written): readonly string[] => (typeof written === 'string' ? [written] : written))
      .optional()
      .describe('Resources in which the value must have succeeded, by the newest run for it that ended'),
  })
  .superRefine(({ result, give, status, passed }, context) => {
    if (typeof result === 'string') {
      if (passed?.includes(result) === true && status !== undefined && status !== 'success')
        context.addIssue({ code: 'custom', path: ['status'], message: 'the resource is in passed: it must succeed' });
      return;
    }
    if (give === 'value')
      context.addIssue({ code: 'custom', path: ['give'], message: 'workflow runs have no value: write change or run' });
    if (passed !== undefined)
      context.addIssue({ code: 'custom', path: ['passed'], message: 'only with a resource of this repository' });
  });

export type ResultOptions = z.infer<typeof schema>;

export const result: StepType<ResultOptions> = {
  role: 'source',
  summary: 'the last change of another resource whose run ended as wanted',
  schema,
  async run(options, _input, context) {
    context.signal.throwIfAborted();
    if (typeof options.result !== 'string')
      return lastWorkflowRun(
        { ...options.result, give: options.give ?? 'change', status: options.status ?? 'success' },
        context,
      );
    return lastResult(options, options.result, context);
  },
};

/** Resources of this repository that a `result` step among these watches; other kinds of steps watch none. */
export function watchedResources(steps: readonly StepSpec[]): readonly string[] {
  return steps.flatMap(({ kind, options }) => {
    if (kind !== 'result') return [];
    const { result: watched, passed = [] } = options as ResultOptions;
    return typeof watched === 'string' ? [...new Set([watched, ...passed])] : [];
  });
}

/** Changes of one resource that are looked at: what ended longer ago is nobody's news. */
const LOOK_BACK = 1000;

/** Statuses that say something about the change; a run that was cancelled, superseded or lost says nothing. */
const VERDICTS: Readonly<Partial<Record<ResultStatus, 'success' | 'failed'>>> = {
  success: 'success',
  failed: 'failed',
  'timed-out': 'failed',
};

interface Ended {
  readonly verdict: 'success' | 'failed';
  readonly run: string;
}

async function lastResult(options: ResultOptions, name: string, context: StepContext): Promise<Content> {
  const { passed = [] } = options;
  const wanted = wantedOf(options, name);
  // all are asked for at once, so that a name that does not exist is told whether or not it matters today
  const [changes, ...others] = await Promise.all(
    [name, ...passed.filter((other) => other !== name)].map((one) => context.results(one, context.signal)),
  );
  const successes = others.map(createSuccesses);
  for await (const change of newest(changes)) {
    context.signal.throwIfAborted();
    const ended = endOf(change);
    if (wanted !== null && (ended === null || (wanted !== 'any' && ended.verdict !== wanted))) continue;
    const everywhere = await Promise.all(successes.map((succeeded) => succeeded(change.value)));
    if (everywhere.every((succeeded) => succeeded))
      return { kind: 'text', text: give(options, change, ended?.run ?? '') };
  }
  const own = wanted === null ? 'no value' : `no ended run${wanted === 'any' ? '' : ` with status ${wanted}`}`;
  const where = passed.length === 0 ? '' : `, none that succeeded in ${passed.join(' and ')}`;
  return { kind: 'nothing', why: `${own} of ${name} so far${where}` };
}

/** How the resource's own run must have ended; null where that does not matter. */
function wantedOf({ status, passed, give: given }: ResultOptions, name: string): 'success' | 'failed' | 'any' | null {
  if (passed === undefined) return status ?? 'success';
  if (passed.includes(name)) return 'success';
  // without a run there is no id to give
  return status ?? (given === 'run' ? 'any' : null);
}

function give(options: ResultOptions, change: ChangeResults, run: string): string {
  switch (options.give) {
    case 'change':
      return change.commit;
    case 'run':
      return run;
    case 'value':
    case undefined:
      return change.value;
    default:
      return options.give satisfies never;
  }
}

async function* newest(changes: AsyncIterable<ChangeResults> | undefined): AsyncIterable<ChangeResults> {
  let count = 0;
  for await (const change of changes ?? []) {
    yield change;
    if (++count === LOOK_BACK) return;
  }
}

/** Whether a value succeeded in a resource, by its newest run that ended; reads the changes only as far as needed. */
function createSuccesses(changes: AsyncIterable<ChangeResults>): (value: string) => Promise<boolean> {
  const known = new Map<string, boolean>();
  const reading = newest(changes)[Symbol.asyncIterator]();
  return async (value) => {
    for (let found = known.get(value); ; found = known.get(value)) {
      if (found !== undefined) return found;
      const next = await reading.next();
      if (next.done === true) return false;
      const ended = endOf(next.value);
      if (ended !== null && !known.has(next.value.value)) known.set(next.value.value, ended.verdict === 'success');
    }
  };
}

/** The newest attempt that ended with a verdict; null where there is none so far. */
function endOf(change: ChangeResults): Ended | null {
  let newestAttempt: { readonly attempt: number; readonly ended: Ended } | null = null;
  for (const { run, attempt, status } of change.results) {
    const verdict = VERDICTS[status];
    if (verdict === undefined || (newestAttempt !== null && newestAttempt.attempt > attempt)) continue;
    newestAttempt = { attempt, ended: { verdict, run } };
  }
  return newestAttempt?.ended ?? null;
}
