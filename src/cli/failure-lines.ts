// Failures as people are told them: what is wrong, where, and what to do next.
import { describeFailure, Failure, type FailureReason, toFailure } from '../core/failure.ts';
import { describeProblem } from '../definition/problem.ts';

/** What to do next, where the failure's own message does not say. */
const NEXT: Readonly<Partial<Record<FailureReason, string>>> = {
  configuration: 'spread-cron config show tells every key and where its value comes from',
  'remote-unreachable': 'check the address and the network, then run the command again: nothing was lost',
  'authentication-failed': 'give credentials by the configuration, the environment or a credential helper of git',
  'tip-moved': 'run the command again',
  locked: 'wait for the other process to end, or stop it',
};

/** A failure as lines: one, or one for each problem in a file. */
export function failureLines(failure: Failure): readonly string[] {
  const { file, line, column, path, expected, found, nearest, others, ...rest } = failure.details;
  if (typeof file !== 'string' || line === undefined || Object.keys(rest).length > 0) return [describeFailure(failure)];
  const first = describeProblem({
    file,
    line: typeof line === 'number' ? line : null,
    column: typeof column === 'number' ? column : null,
    path: textOf(path) ?? '',
    message: failure.message,
    expected: textOf(expected),
    found: textOf(found),
    nearest: textOf(nearest),
  });
  return [first, ...(textOf(others)?.split(' | ') ?? [])];
}

/** What to do next about a failure that ended a command; null where its message says it. */
export function nextStep(failure: Failure): string | null {
  return NEXT[failure.reason] ?? null;
}

/** What is told of whatever ended a command, and the exit status. `verbose` adds where it happened. */
export function explainError(
  error: unknown,
  level: 'brief' | 'verbose',
): { readonly lines: readonly string[]; readonly exitCode: 1 | 2 | 5 } {
  const failure = toFailure(error);
  const stack = level === 'verbose' ? stackOf(error) : [];
  if (failure.reason !== 'internal') {
    const next = nextStep(failure);
    const [first = '', ...others] = failureLines(failure);
    const lines = [`error: ${first}`, ...others, ...(next === null ? [] : [next]), ...stack];
    return { lines, exitCode: failure.exitCode };
  }
  const what =
    error instanceof Failure ? describeFailure(error) : error instanceof Error ? error.message : String(error);
  const report = level === 'verbose' ? 'please report it' : 'please report it with what -v tells';
  return { lines: [`error: this is a bug of spread-cron, ${report}: ${what}`, ...stack], exitCode: 1 };
}

function stackOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const cause = error.cause === undefined ? [] : ['caused by:', ...stackOf(error.cause)];
  return [...(error.stack ?? '').split('\n'), ...cause];
}

function textOf(detail: unknown): string | undefined {
  return typeof detail === 'string' ? detail : undefined;
}
