// `try NAME|FILE`: what every extract step gives, the value, and what a check would do. Writes nothing.
import type { Command } from 'commander';
import { formatDuration } from '../../core/duration.ts';
import { describeFailure, type Failure } from '../../core/failure.ts';
import { isFileTarget } from '../../pipeline/show/file-target.ts';
import type { AttemptedStep, ShownAttempt } from '../../pipeline/verbs.ts';
import { type ExitStatus, exitStatus, failedWith } from '../exit-status.ts';
import { nextStep } from '../failure-lines.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import type { Output } from '../terminal/output.ts';
import { previewLines } from '../terminal/preview-lines.ts';
import { relativeTime } from '../terminal/times.ts';
import type { AppTools } from '../tools.ts';

export function addTry(program: Command, runtime: Runtime): void {
  program
    .command('try')
    .summary('what every extract step gives and what a check would do; writes nothing')
    .description(
      'Extracts the value of a resource, or of a definition in a file, and shows what every step was given and gave, the\n' +
        'value, and what a check would do with it. Where a step fails: which one, what came in, and what to do.',
    )
    .argument('<NAME|FILE>', 'name of a resource or path of a definition file')
    .addHelpText('after', examples(['try core-beta', 'try ./resource.yaml', 'try core-beta --json']))
    .action(async (target: string) => {
      const repository = (await isFileTarget(target, runtime.directory)) ? 'optional' : 'required';
      return runtime.withApp((tools) => runTry(target, tools), { repository });
    });
}

const INDENT = '   ';
/** Width of the titles of the summary. */
const TITLE = 13;

export async function runTry(target: string, { app, output, clock, signal }: AppTools): Promise<ExitStatus> {
  const attempt = await app.attempt(
    target,
    (step) => {
      output.object(stepObject(step));
      printStep(step, output);
    },
    signal,
  );
  output.object(attemptObject(attempt));
  printAttempt(attempt, output, clock.now());
  const { observation } = attempt;
  return observation.kind === 'failure' ? exitStatus(failedWith(observation.failure.exitCode)) : 0;
}

function printStep(step: AttemptedStep, output: Output): void {
  const { failure } = step;
  output.print([
    { text: step.step, style: 'bold' },
    { text: `   ${formatDuration(step.duration_ms)}`, style: 'dim' },
    failure === null ? '' : { text: '   failed', style: 'red' },
  ]);
  if (failure !== null && step.input !== null) {
    output.print([INDENT, { text: 'came in:', style: 'dim' }]);
    printPreview(step.input, output);
  }
  if (failure === null) printPreview(step.output ?? '', output);
}

function printPreview(text: string, output: Output): void {
  for (const line of previewLines(text, INDENT, output.width)) output.print(line);
}

function printAttempt(attempt: ShownAttempt, output: Output, now: number): void {
  const { observation, newest, subject } = attempt;
  output.print('');
  const say = (title: string, text: string) => output.print([{ text: title.padEnd(TITLE), style: 'dim' }, text]);
  switch (observation.kind) {
    case 'value':
      output.print([
        { text: 'value'.padEnd(TITLE), style: 'dim' },
        { text: observation.value, style: 'bold' },
      ]);
      break;
    case 'nothing':
      say('nothing', observation.why);
      break;
    case 'failure':
      output.print([
        { text: 'failed'.padEnd(TITLE), style: 'red' },
        whereItFailed(observation.step, observation.failure),
      ]);
      say('what to do', attempt.remedy ?? nextStep(observation.failure) ?? 'correct the definition and try again');
      break;
    default:
      observation satisfies never;
  }
  if (newest !== null) {
    say('recorded', `${newest.value}   ${newest.commit.slice(0, 7)}   ${relativeTime(newest.observedAt, now)}`);
  }
  say('a check', subject === null ? meaning(attempt.would) : `would record: ${subject}`);
}

function whereItFailed(step: string | null, failure: Failure): string {
  return `${step === null ? '' : `at step ${step}: `}${describeFailure(failure)}`;
}

function meaning(would: ShownAttempt['would']): string {
  switch (would) {
    case 'unchanged':
      return 'would change nothing: the value is the recorded one';
    case 'nothing':
      return 'would change nothing: there is no value yet';
    case 'failed':
      return 'would count a failure and change nothing';
    case 'skipped':
      return 'would pass this resource over';
    case 'new':
    case 'changed':
      return 'would record the value';
    default:
      return would satisfies never;
  }
}

/** The objects of `try --json`: one for every step, then one for the whole. */
function stepObject(step: AttemptedStep): object {
  const { failure, ...rest } = step;
  return { ...rest, error: failure && { reason: failure.reason, message: describeFailure(failure) } };
}

function attemptObject(attempt: ShownAttempt): object {
  const { resource, message, observation, newest, would, subject, remedy } = attempt;
  return {
    resource,
    message,
    value: observation.kind === 'value' ? observation.value : null,
    would,
    subject,
    previous: newest?.value ?? null,
    commit: newest?.commit ?? null,
    why: observation.kind === 'nothing' ? observation.why : null,
    error:
      observation.kind === 'failure'
        ? {
            reason: observation.failure.reason,
            message: describeFailure(observation.failure),
            step: observation.step,
          }
        : null,
    remedy,
  };
}
