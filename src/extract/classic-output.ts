// What a classic definition's shell told, taken apart and judged: a value, nothing yet, or a failure.
import { Failure } from '../core/failure.ts';
import type { ShellAnswer } from './shell/worker.ts';

/** What was seen, with what the definition said this time: `message` and `manual` may be computed. */
export type ClassicSeen = { readonly message: string; readonly manual: boolean } & (
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'nothing'; readonly why: string }
);

/** Statuses that are no failure: success, "no match" of grep and test, and a writer whose reader had enough. */
const HARMLESS = [0, 1, 141];
/** How much of a line of stderr a failure tells, in characters. */
const QUOTED = 300;

/** What a shell told about one evaluation, taken apart. */
export type ClassicOutput =
  | { readonly kind: 'unparsable' }
  /** The shell ended while it sourced the definition, or was ended by what it could not parse. */
  | { readonly kind: 'ended early' }
  | {
      readonly kind: 'evaluated';
      readonly hasExtractor: boolean;
      readonly message: string;
      readonly manual: boolean;
      readonly output: Uint8Array;
      /** The extractor's status first, then those of the members of its last pipeline where they are known. */
      readonly statuses: readonly number[];
    };

/**
 * Takes apart what worker-script.ts frames: `NUL id NUL sourced NUL set-or-empty NUL message NUL manual NUL`, the
 * extractor's output, and `NUL id NUL status/members NUL`, which is missing where the extractor ended its shell or
 * replaced it: the status of that shell stands for it then.
 */
export function readClassicOutput(answer: Pick<ShellAnswer, 'id' | 'status' | 'stdout'>): ClassicOutput {
  const stdout = Buffer.from(answer.stdout.buffer, answer.stdout.byteOffset, answer.stdout.length);
  const mark = Buffer.from(`\0${answer.id}\0`);
  if (stdout.indexOf(mark) !== 0) return { kind: 'ended early' };
  const fields: Buffer[] = [];
  let position = mark.length;
  while (fields.length < 4) {
    const end = stdout.indexOf(0, position);
    if (end === -1) break;
    fields.push(stdout.subarray(position, end));
    position = end + 1;
  }
  const [stage, extractor, message, manual] = fields.map(String);
  if (stage === 'unparsable') return { kind: 'unparsable' };
  if (stage !== 'sourced' || manual === undefined) return { kind: 'ended early' };
  const end = stdout.indexOf(mark, position);
  const report = end === -1 ? '' : String(stdout.subarray(end + mark.length, stdout.indexOf(0, end + mark.length)));
  return {
    kind: 'evaluated',
    hasExtractor: extractor === 'set',
    message: message ?? '',
    manual: manual === 'true',
    output: stdout.subarray(position, end === -1 ? stdout.length : end),
    statuses: /^\d{1,3}(?:\/\d{1,3}(?: \d{1,3})*)?$/.test(report) ? report.split(/[/ ]/).map(Number) : [answer.status],
  };
}

/** What the output amounts to. Throws a Failure: `definition`, `bad-value` or `command-failed`. */
export function concludeClassic(
  read: ClassicOutput & { readonly kind: 'evaluated' },
  context: { readonly file: string; readonly manual: 'skip' | 'evaluate'; readonly stderr: string },
): ClassicSeen {
  const { message, manual, statuses } = read;
  const stderr = lastLine(context.stderr);
  if (manual && context.manual === 'skip') {
    return { kind: 'nothing', why: 'the definition says that it is manual', message, manual };
  }
  if (!read.hasExtractor) {
    throw new Failure('definition', 'the definition sets no pattern_extractor', { file: context.file, stderr });
  }
  if (message === '') throw new Failure('definition', 'the definition sets no message', { file: context.file, stderr });
  const value = decode(read.output).replaceAll('\r', '').replace(/\n+$/, '');
  if (value.includes('\n')) {
    throw new Failure('bad-value', 'the extractor printed several lines: narrow it to one', {
      lines: value.split('\n').length,
    });
  }
  if (value !== '' && value !== 'null') return { kind: 'value', value, message, manual };
  const [status, ...members] = statuses;
  if (!statuses.every((code) => HARMLESS.includes(code))) {
    throw new Failure('command-failed', 'the extractor printed no value and a command of it failed', {
      status,
      pipeline: members.length > 1 ? members.join(' ') : undefined,
      stderr,
    });
  }
  return { kind: 'nothing', why: `the extractor printed ${value === '' ? 'nothing' : 'null'}`, message, manual };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Failure('bad-value', 'the extractor printed what is no UTF-8', {}, { cause: error });
  }
}

/** The last line of what was printed to stderr, fit for a line of a report. */
export function lastLine(text: string): string {
  return (text.trimEnd().split('\n').at(-1) ?? '').replace(/\p{Cc}/gu, ' ').slice(0, QUOTED);
}
