// Evaluates jq programs, in the evaluation thread.
import jqModule from 'jq-web';
import { Failure } from '../../core/failure.ts';
import { parseJson } from '../json-text.ts';
import type { EvaluationTask } from '../step.ts';
import { beginningOf } from '../text-of.ts';
import { type JsonFormat, matchTexts } from './json.ts';

/** jq's exit status for a program that it cannot compile. */
const COMPILE_ERROR = 3;

/**
 * What the program gives, as texts in order. The program runs inside `[…]`, because a program that gives nothing at all
 * is an error to jq-web. Throws a Failure: `definition` (the program is none), `no-match` (it fails on this document).
 */
export async function evaluateJq({ expression, text, options }: EvaluationTask): Promise<readonly string[]> {
  const jq = await jqModule;
  let output: string | undefined;
  try {
    output = jq.raw(options?.check === true ? 'null' : text, `[${expression}\n]`, ['-c']);
  } catch (error) {
    const failure = explain(error, text);
    if (options?.check === true && failure.reason !== 'definition') return [];
    throw failure;
  }
  if (output === undefined) parseJson(text);
  // One list for each JSON document of the input.
  const lists = (output ?? '').split('\n').filter((line) => line !== '');
  const results = lists.flatMap((line) => parseJson(line) as readonly unknown[]);
  return matchTexts(results, options?.format as JsonFormat);
}

function explain(error: unknown, text: string): Failure {
  const status = error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
  const said = error instanceof Error ? error.message.replace(/^Non-zero exit code: \d+\n/, '') : String(error);
  const details = { jq: beginningOf(said.replaceAll(/jq: (?:error: |\d+ compile error)?/g, ''), 200) };
  if (status === COMPILE_ERROR) return new Failure('definition', 'the jq program cannot be read', details);
  if (status === undefined)
    return new Failure('too-large', 'the jq program needs too much memory: simplify it', details);
  if (said.startsWith('jq: parse error')) {
    parseJson(text);
    return new Failure('not-parsable', 'the document is not what jq reads', details);
  }
  return new Failure('no-match', 'the jq program fails on what comes in: compare both', details);
}
