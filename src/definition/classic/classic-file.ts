// The classic definition: a shell file that sets `pattern_extractor`, `message` and perhaps `manual="true"`. Only read,
// never run: what a reading command shows must not depend on code of the resources repository.
import { textFingerprint } from '../fingerprint.ts';
import type { Layer } from '../layers.ts';
import { echo, type Parsed, type Problem } from '../problem.ts';
import type { ClassicPart } from '../resource-file.ts';
import { decodeText, type Position } from '../yaml-file.ts';
import { type Assignment, readShellVariables, type ShellVariables } from './shell-assignments.ts';
import { UnclosedError } from './shell-words.ts';

const START: Position = { line: 1, column: 1 };

/** Names of the file, the usual one first. */
export type ClassicFileName = 'options' | 'trigger';

/**
 * What the file says where that takes no running: `message` and `manual` must be literal assignments at the top level
 * (anything else is a problem that says so), the extractor is kept as written. `manual` counts first: a manual resource
 * needs neither message nor extractor.
 */
export function parseClassicFile(input: {
  readonly name: ClassicFileName;
  /** Path to tell, such as `branches/core-beta/options`. */
  readonly file: string;
  readonly bytes: Uint8Array;
}): Parsed<ClassicPart> {
  const decoded = decodeText(input.file, input.bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value;
  const read = readVariables(text, input.file);
  if (!read.ok) return read;
  const { assignments, evaluates } = read.value;
  const problems: Problem[] = [];
  const place = (assignment: Assignment) => positionOf(text, assignment.start);

  const manual = assignments.get('manual');
  if (manual !== undefined && manual.value === null)
    problems.push(notLiteral(input.file, 'manual', manual, place(manual)));
  const isManual = manual?.value === 'true';
  const message = assignments.get('message');
  const whole = { file: input.file, line: null, column: null };
  if (message !== undefined && message.value === null)
    problems.push(notLiteral(input.file, 'message', message, place(message)));
  if (message === undefined && !isManual)
    problems.push({ ...whole, path: 'message', message: 'a variable is missing', expected: 'message="…"' });
  if (!assignments.has('pattern_extractor') && !isManual && !evaluates)
    problems.push({ ...whole, path: 'pattern_extractor', message: 'a variable is missing', expected: 'a shell line' });
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      layer: messageLayer(input.file, message?.value ?? '', message === undefined ? START : place(message)),
      manual: isManual,
      extraction: { kind: 'classic', file: input.name, text },
      fingerprint: textFingerprint(extractorText(read.value, text)),
    },
  };
}

/** The message as a layer of the definition, so that what is wrong with it is told with its place. */
function messageLayer(file: string, message: string, position: Position): Layer {
  const here = () => position;
  return { source: { file, positionOf: here, keyPositionOf: here }, base: [], data: { message } };
}

/** The extractor as written; the whole file where more than one assignment makes it. */
function extractorText(variables: ShellVariables, text: string): string {
  const extractor = variables.assignments.get('pattern_extractor');
  return variables.counts.get('pattern_extractor') === 1 && extractor !== undefined ? extractor.raw : text;
}

function readVariables(text: string, file: string): Parsed<ShellVariables> {
  try {
    return { ok: true, value: readShellVariables(text) };
  } catch (error) {
    if (error instanceof UnclosedError) {
      const problem = {
        file,
        ...positionOf(text, error.at),
        path: '',
        message: 'not a shell file',
        found: error.message,
      };
      return { ok: false, problems: [problem] };
    }
    if (error instanceof RangeError)
      return {
        ok: false,
        problems: [{ file, line: null, column: null, path: '', message: 'the file is nested too deeply' }],
      };
    throw error;
  }
}

function notLiteral(file: string, name: string, assignment: Assignment, position: Position): Problem {
  return {
    file,
    ...position,
    path: name,
    message: 'only running the file would tell the value: assign it as plain text, last and unconditionally',
    found: echo(assignment.raw),
  };
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
