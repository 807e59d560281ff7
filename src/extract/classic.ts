// Classic definitions: a shell file that sets `pattern_extractor` and `message`, evaluated anew each time as the classic
// agent did, and what is made of what it printed.
//
// Source of the rules: the classic agent's behaviour. The file is accepted by `bash -n` first (without running anything),
// then sourced as `. ./options` in its directory, with its output thrown away and its status ignored; then the extractor
// is evaluated in the same shell, with neither `pipefail` nor `set -e`. The value is what was on the stdout of that shell
// when it ended: a background child that still holds it open is killed and not waited for.
import { Failure } from '../core/failure.ts';
import type { ShellAnswer } from './shell/worker.ts';
import type { ShellWorkers } from './shell/workers.ts';

export interface ClassicRequest {
  readonly file: 'options' | 'trigger';
  /** The definition's directory in a work tree, absolute. */
  readonly directory: string;
  /** `SNAP_COMMON`: an existing directory of the resource's own. */
  readonly commonDirectory: string;
  /** The complete environment, less SNAP_COMMON. */
  readonly env: Readonly<Record<string, string>>;
  /** In milliseconds. */
  readonly timeout: number;
  /** In bytes. */
  readonly maxOutput: number;
  /** What to do with an extractor whose definition turns out to be manual: default `evaluate`. */
  readonly manual?: 'skip' | 'evaluate' | undefined;
}

/** What was seen, with what the definition said this time: `message` and `manual` may be computed. */
export type ClassicSeen = { readonly message: string; readonly manual: boolean } & (
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'nothing'; readonly why: string }
);

export interface ClassicEvaluator {
  /**
   * Evaluates a definition. Throws a Failure: `not-parsable` (the shell cannot parse it), `definition` (it sets no
   * extractor or message), `command-failed` (it printed nothing and a command failed), `bad-value` (several lines,
   * invalid UTF-8), `timed-out`, `too-large`, `cancelled`. The value is one line that is not yet checked otherwise: it
   * may be too long for a subject or hold control characters.
   */
  evaluate(request: ClassicRequest, signal: AbortSignal): Promise<ClassicSeen>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** Statuses that are no failure: success, "no match" of grep and test, and a writer whose reader had enough. */
const HARMLESS = [0, 1, 141];
/** How much of a line of stderr a failure tells, in characters. */
const QUOTED = 300;

/** Evaluates classic definitions in shell workers. */
export function createClassicEvaluator(workers: ShellWorkers): ClassicEvaluator {
  return {
    async evaluate(request, signal) {
      const answer = await workers.run(
        {
          work: { kind: 'classic', file: request.file, manual: request.manual ?? 'evaluate' },
          directory: request.directory,
          env: { ...request.env, SNAP_COMMON: request.commonDirectory },
          timeout: request.timeout,
          maxOutput: request.maxOutput,
        },
        signal,
      );
      const read = readClassicOutput(answer);
      if (read.kind === 'evaluated') return conclude(read, request, answer.stderr);
      const complaint = read.kind === 'unparsable' ? answer.stderr : await complaintAbout(workers, request, signal);
      if (complaint !== null) {
        throw new Failure('not-parsable', 'the shell cannot parse the definition', told(request, complaint));
      }
      throw new Failure('command-failed', 'the definition ended the shell before its extractor was reached', {
        status: answer.status,
        ...told(request, answer.stderr),
      });
    },
    close: () => workers.close(),
  };
}

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

function conclude(
  read: ClassicOutput & { readonly kind: 'evaluated' },
  request: ClassicRequest,
  stderr: string,
): ClassicSeen {
  const { message, manual, statuses } = read;
  if (manual && request.manual === 'skip') {
    return { kind: 'nothing', why: 'the definition says that it is manual', message, manual };
  }
  if (!read.hasExtractor) {
    throw new Failure('definition', 'the definition sets no pattern_extractor', told(request, stderr));
  }
  if (message === '') throw new Failure('definition', 'the definition sets no message', told(request, stderr));
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
      stderr: lastLine(stderr),
    });
  }
  return { kind: 'nothing', why: `the extractor printed ${value === '' ? 'nothing' : 'null'}`, message, manual };
}

/** Asks bash itself, for the few texts that end the shell that reads them; null where it has no complaint. */
async function complaintAbout(
  workers: ShellWorkers,
  request: ClassicRequest,
  signal: AbortSignal,
): Promise<string | null> {
  const script = `bash -n -- ./${request.file} || echo unparsable`;
  const { stdout, stderr } = await workers.run({ ...request, work: { kind: 'script', script } }, signal);
  return stdout.length > 0 ? stderr : null;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Failure('bad-value', 'the extractor printed what is no UTF-8', {}, { cause: error });
  }
}

function told(request: ClassicRequest, stderr: string) {
  return { file: request.file, stderr: lastLine(stderr) };
}

function lastLine(text: string): string {
  return (text.trimEnd().split('\n').at(-1) ?? '').replace(/\p{Cc}/gu, ' ').slice(0, QUOTED);
}
