// The one runner of the extract steps: runs them in order, turns whatever they throw into data, and names the step that
// failed. What the last step gave becomes the value in conclude.ts.
import { Failure, toFailure } from '../core/failure.ts';
import type { Observation } from '../core/observation.ts';
import type { StepSpec } from '../core/resource.ts';
import { concludeContent, type ValueRules } from './conclude.ts';
import { assertOrder } from './order.ts';
import { stepType } from './registry.ts';
import type { Content, StepContext } from './step.ts';

/** What is extracted: the steps, and what their result must look like (the keys of a definition). */
export interface Recipe extends ValueRules {
  readonly steps: readonly StepSpec[];
}

/** Everything that steps may use; what they kept is the runner's. */
export type ExtractContext = Omit<StepContext, 'kept'>;

/** One step as it went: what came in, and what it gave or why it failed. */
export interface StepReport {
  /** Position from 1 and kind, such as `2 json`. */
  readonly step: string;
  /** Null for a source. */
  readonly input: Content | null;
  readonly output: Content | null;
  readonly failure: Failure | null;
  /** In milliseconds. */
  readonly duration: number;
}

/** Recipes whose steps fit together: read once, not each round. */
const ordered = new WeakSet<readonly StepSpec[]>();

const NOTHING_KEPT: ReadonlyMap<string, Content> = new Map();

/** Position from 1 and kind of a step, as failures and `try` name it. */
function stepName(index: number, kind: string): string {
  return `${index + 1} ${kind}`;
}

/**
 * Runs the steps and concludes the value. Never rejects: whatever goes wrong is an observation of kind `failure` with
 * the step that failed (null where it was the recipe as a whole). `observer` is told of every step, in order.
 */
export async function extract(
  recipe: Recipe,
  context: ExtractContext,
  observer?: (report: StepReport) => void,
): Promise<Observation> {
  const { steps } = recipe;
  const kept = steps.some(({ as }) => as !== undefined) ? new Map<string, Content>() : null;
  const stepContext: StepContext = { ...context, kept: kept ?? NOTHING_KEPT };
  let reached = -1;
  try {
    if (!ordered.has(steps)) assertOrder(steps);
    ordered.add(steps);
    let content: Content | null = null;
    for (const spec of steps) {
      reached++;
      content = await runStep({ spec, index: reached, previous: content, context: stepContext, observer });
      if (content.kind === 'nothing') return content;
      if (spec.as !== undefined) kept?.set(spec.as, content);
    }
    if (content === null) throw new Failure('definition', 'there is no extract step: name a source');
    return await concludeContent(content, recipe, context);
  } catch (error) {
    const spec = steps[reached];
    return {
      kind: 'failure',
      failure: toFailure(error),
      step: spec === undefined ? null : stepName(reached, spec.kind),
    };
  }
}

async function runStep(work: {
  readonly spec: StepSpec;
  readonly index: number;
  readonly previous: Content | null;
  readonly context: StepContext;
  readonly observer: ((report: StepReport) => void) | undefined;
}): Promise<Content> {
  const { spec, context } = work;
  const started = context.clock.monotonic();
  let input: Content | null = null;
  const tell = (output: Content | null, failure: Failure | null) =>
    work.observer?.({
      step: stepName(work.index, spec.kind),
      input,
      output,
      failure,
      duration: context.clock.monotonic() - started,
    });
  try {
    context.signal.throwIfAborted();
    const type = stepType(spec.kind);
    input = type.role === 'source' ? null : inputOf(spec, work.previous, context.kept);
    const output = await type.run(spec.options, input ?? NO_INPUT, context);
    tell(output, null);
    return output;
  } catch (error) {
    const failure = context.signal.aborted ? cancelled(context.signal) : toFailure(error);
    tell(null, failure);
    throw failure;
  }
}

/** What a source is given. */
const NO_INPUT: Content = { kind: 'nothing', why: 'a source has no input' };

function inputOf(spec: StepSpec, previous: Content | null, kept: ReadonlyMap<string, Content>): Content {
  const input = spec.from === undefined ? previous : kept.get(spec.from);
  if (input == null) throw new Failure('definition', 'there is nothing to filter: put a source before this step');
  return input;
}

/** An abort is `cancelled`, unless whoever aborted gave a Failure as the reason (a deadline does). */
function cancelled(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure ? signal.reason : new Failure('cancelled', 'cancelled');
}
