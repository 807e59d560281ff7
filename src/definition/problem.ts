// What is wrong in a written file, where it stands, and what was meant; and how problems become one Failure.
import { Failure, type FailureReason } from '../core/failure.ts';
import { withoutLogin } from '../core/login.ts';

/** One thing that is wrong in a file that somebody wrote. */
export interface Problem {
  readonly file: string;
  /** From 1; null where the problem is the file as a whole. */
  readonly line: number | null;
  /** From 1, in characters; null together with `line`. */
  readonly column: number | null;
  /** Such as `run.tasks.suite` or `extract[1].pick`; empty for the file as a whole. */
  readonly path: string;
  /** Constant, lower case, no full stop: what is wrong. */
  readonly message: string;
  readonly expected?: string | undefined;
  /** What stands there instead, shortened. */
  readonly found?: string | undefined;
  /** The known word that was probably meant. */
  readonly nearest?: string | undefined;
}

/** A value, or everything that is wrong; never both. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Longest echo of what somebody wrote, in characters. */
const ECHO = 60;

/** One line as compilers write it: `resource.yaml:3:1: run.tsks: unknown key; did you mean tasks?` */
export function describeProblem(problem: Problem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const expectation = [
    problem.expected === undefined ? '' : `expected ${problem.expected}`,
    problem.found === undefined ? '' : `got ${problem.found}`,
  ].filter((part) => part !== '');
  const detail = expectation.length === 0 ? '' : `: ${expectation.join(', ')}`;
  const hint = problem.nearest === undefined ? '' : `; did you mean ${problem.nearest}?`;
  return `${place}: ${path}${problem.message}${detail}${hint}`;
}

/** The first problem as a Failure with its place as details; the others are told in `others`. */
export function problemsFailure(problems: readonly Problem[], reason: FailureReason = 'definition'): Failure {
  const [first, ...others] = problems;
  if (first === undefined) throw new Failure('internal', 'a failure without a problem was asked for');
  return new Failure(reason, first.message, {
    file: first.file,
    line: first.line,
    column: first.column,
    path: first.path,
    expected: first.expected,
    found: first.found,
    nearest: first.nearest,
    others: others.length === 0 ? undefined : others.map(describeProblem).join(' | '),
  });
}

/** A path of keys and positions as people read it: `extract[1].pick`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** A written value for an error message: its text, shortened, control characters made visible. */
export function echo(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = JSON.stringify(typeof value === 'string' ? withoutLogin(value) : value) ?? String(value);
  return text.length > ECHO ? `${text.slice(0, ECHO)}…` : text;
}
