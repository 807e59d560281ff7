// Classic definitions: a shell file that sets `pattern_extractor` and `message`, evaluated anew each time as the classic
// agent did, and what is made of what it printed.
//
// Source of the rules: the classic agent's behaviour. The file is accepted by `bash -n` first (without running anything),
// then sourced as `. ./options` in its directory, with its output thrown away and its status ignored; then the extractor
// is evaluated in the same shell, with neither `pipefail` nor `set -e`. The value is what was on the stdout of that shell
// when it ended: a background child that still holds it open is killed and not waited for.
import { Failure } from '../core/failure.ts';
import { type ClassicSeen, concludeClassic, lastLine, readClassicOutput } from './classic-output.ts';
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

/** Evaluates classic definitions in shell workers. */
export function createClassicEvaluator(workers: ShellWorkers): ClassicEvaluator {
  return {
    async evaluate(request, signal) {
      const manual = request.manual ?? 'evaluate';
      const answer = await workers.run(
        {
          work: { kind: 'classic', file: request.file, manual },
          directory: request.directory,
          env: { ...request.env, SNAP_COMMON: request.commonDirectory },
          timeout: request.timeout,
          maxOutput: request.maxOutput,
        },
        signal,
      );
      const read = readClassicOutput(answer);
      if (read.kind === 'evaluated') {
        return concludeClassic(read, { file: request.file, manual, stderr: answer.stderr });
      }
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

function told(request: ClassicRequest, stderr: string) {
  return { file: request.file, stderr: lastLine(stderr) };
}
