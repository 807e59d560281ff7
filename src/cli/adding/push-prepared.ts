// The way that new resources take, from flags, files or the default branch: what was extracted is shown, then one push.
import { describeFailure, type Failure } from '../../core/failure.ts';
import { formatSubject } from '../../core/subject.ts';
import { remedyFor } from '../../extract/remedy.ts';
import type { Prepared } from '../../pipeline/make/prepare.ts';
import { type ExitStatus, exitStatus, failedWith, together } from '../exit-status.ts';
import { failureLines, nextStep } from '../failure-lines.ts';
import type { Output } from '../terminal/output.ts';
import { previewLines } from '../terminal/preview-lines.ts';
import type { AppTools } from '../tools.ts';

const INDENT = ' '.repeat(10);
/** Width of what came in where there is no terminal: `try` shows it whole. */
const USUAL_WIDTH = 100;

export interface PushOptions {
  readonly runFirst?: boolean | undefined;
  /** `never`: the command has no such flag. */
  readonly force?: boolean | 'never' | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Shows what was extracted and pushes it, all or nothing: one that cannot be made stops the others. `confirmed` asks
 * whoever sits at the terminal, where the command was a conversation. */
export async function pushPrepared(
  prepared: readonly Prepared[],
  options: PushOptions & { readonly confirmed?: (() => Promise<boolean>) | undefined },
  { app, output, signal }: AppTools,
): Promise<ExitStatus> {
  for (const one of prepared) showPrepared(one, options, output);
  const bad = prepared.flatMap((one) => obstacle(one, options) ?? []);
  if (bad.length > 0 || options.dryRun === true) {
    for (const one of prepared) output.object(preparedObject(one, obstacle(one, options), 'not-pushed'));
    if (bad.length === 0) {
      output.say('a dry run, nothing was pushed');
      return 0;
    }
    const unforced = prepared.some(({ failure, observation }) => failure === null && observation?.kind === 'failure');
    output.log.warn(
      unforced && (options.force ?? false) === false
        ? 'error: nothing was pushed; --force adds a resource although its extraction fails'
        : 'error: nothing was pushed',
    );
    return exitStatus(together(bad.map(({ exitCode }) => failedWith(exitCode))));
  }
  if (options.confirmed !== undefined && !(await options.confirmed())) {
    output.say('nothing was pushed');
    return 1;
  }
  const results = await app.add(prepared, options.runFirst === true ? 'due' : 'baseline', signal);
  const failures: Failure[] = [];
  for (const one of prepared) {
    const failure = results.get(one.name) ?? null;
    if (failure !== null) failures.push(failure);
    output.object(preparedObject(one, failure, failure === null ? 'pushed' : 'not-pushed'));
    if (failure === null) output.print([{ text: 'added    ', style: 'green' }, ' ', { text: one.name, style: 'bold' }]);
    else output.log.warn(`error: ${one.name}: ${describeFailure(failure)}`);
  }
  return exitStatus(together(failures.map(({ exitCode }) => failedWith(exitCode))));
}

/** Why a resource is not made: it cannot be, or its value could not be extracted and nobody said `--force`. */
function obstacle({ failure, observation }: Prepared, options: PushOptions): Failure | null {
  if (failure !== null) return failure;
  return observation?.kind === 'failure' && options.force !== true ? observation.failure : null;
}

function showPrepared(prepared: Prepared, options: PushOptions, output: Output): void {
  const { name, definition, observation } = prepared;
  const title = { text: name, style: 'bold' as const };
  const failure = obstacle(prepared, options);
  if (failure !== null) {
    const step = observation?.kind === 'failure' && observation.step !== null ? `at step ${observation.step}: ` : '';
    const [first = '', ...others] = failureLines(failure);
    output.say([{ text: 'failed   ', style: 'red' }, ' ', title, `   ${step}${first}`]);
    for (const line of others) output.say(`${INDENT}${line}`);
    if (observation?.kind === 'failure') showWhy(prepared, observation.step, failure, output);
    return;
  }
  switch (observation?.kind) {
    case 'value':
      output.say(['extracted ', title, `   ${formatSubject(definition?.message ?? name, observation.value)}`]);
      break;
    case 'nothing':
      output.say(['nothing   ', title, `   ${observation.why}: the first value will be recorded when there is one`]);
      break;
    default:
      output.say(['no value  ', title, '   its extraction fails: added all the same']);
  }
}

/** As `try` shows it: what came into the step that failed, and what to do. */
function showWhy({ cameIn }: Prepared, step: string | null, failure: Failure, output: Output): void {
  if (cameIn !== null) {
    output.say([INDENT, { text: 'came in:', style: 'dim' }]);
    for (const line of previewLines(cameIn, INDENT, output.width ?? USUAL_WIDTH)) output.say(line);
  }
  const what = remedyFor(failure, step) ?? nextStep(failure);
  if (what != null) output.say([INDENT, { text: 'what to do', style: 'dim' }, `   ${what}`]);
}

/** The objects of `add-resource --json` and `start --json`. */
function preparedObject(prepared: Prepared, failure: Failure | null, pushed: 'pushed' | 'not-pushed'): object {
  const { name, definition, observation } = prepared;
  return {
    resource: name,
    message: definition?.message ?? null,
    value: observation?.kind === 'value' ? observation.value : null,
    pushed: pushed === 'pushed',
    error: failure && {
      reason: failure.reason,
      message: describeFailure(failure),
      step: observation?.kind === 'failure' ? observation.step : null,
    },
  };
}
