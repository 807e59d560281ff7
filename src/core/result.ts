// A result: how a run ended, as one line of the git note on its change commit (the note as a whole: result-note.ts).
//
// Format of a line: `<status> <duration> attempt <n> by <agent> {"v":1,…}`; the JSON starts at the first `{` and decides,
// what stands before it is for people. Lines of any other form are somebody else's and stay as they are.
import { formatDuration } from './duration.ts';
import { formatInstant } from './instant.ts';
import { RUN_STATUSES, type RunStatus, TASK_STATUSES, type TaskStatus } from './run.ts';

/** `adopted`: the change was there before the runner was enabled; it counts as a result and nothing ran. `dispatched`: CI
 * was told to carry it out, and has not said anything yet. */
type UnrunStatus = 'adopted' | 'dispatched';
export type ResultStatus = Exclude<RunStatus, 'waiting'> | UnrunStatus;

/** What a change is known by when its history was rewritten. */
export interface ChangeMark {
  readonly branch: string;
  readonly subject: string;
  /** Author date, milliseconds since the epoch. */
  readonly observedAt: number;
}

export interface Result {
  /** Id of the run; empty where nothing ran (`adopted`, `dispatched`). */
  readonly run: string;
  /** From 1; 0 where nothing ran (`adopted`, `dispatched`). */
  readonly attempt: number;
  readonly status: ResultStatus;
  readonly agent: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
  /** Commit whose tree held the definition. */
  readonly definition: string | null;
  readonly tasks: Readonly<Record<string, TaskStatus>>;
  /** Run variables that `public_variables` lists. */
  readonly variables: Readonly<Record<string, string>>;
  /** Subject and author date of the change, so that a rewritten history keeps its results. */
  readonly change: ChangeMark | null;
  /** Said by hand or by recovery, such as whose claim was taken over. */
  readonly remark: string | null;
}

const VERSION = 1;
const STATUSES: ReadonlySet<unknown> = new Set([
  ...RUN_STATUSES.filter((status) => status !== 'waiting'),
  'adopted',
  'dispatched',
]);
const TASKS: ReadonlySet<unknown> = new Set(TASK_STATUSES);

/** True for a result that will not change any more. */
export function isFinal(result: Pick<Result, 'status'>): boolean {
  return result.status !== 'running' && result.status !== 'dispatched';
}

/** True for what no run stands behind. */
export function isUnrun(status: ResultStatus): status is UnrunStatus {
  return status === 'adopted' || status === 'dispatched';
}

/** What is noted of a change for which nothing ran here. `at` is in milliseconds since the epoch. */
export function unrunResult(
  status: UnrunStatus,
  given: { readonly agent: string; readonly at: number; readonly change: Result['change'] },
): Result {
  return {
    run: '',
    attempt: 0,
    status,
    agent: given.agent,
    startedAt: null,
    finishedAt: given.at,
    exitCode: null,
    definition: null,
    tasks: {},
    variables: {},
    change: given.change,
    remark: null,
  };
}

/** The line of a result, without a line end. Whatever the texts in it hold, it stays one line. */
export function formatResult(result: Result): string {
  const { startedAt, finishedAt, change } = result;
  const duration =
    startedAt === null || finishedAt === null ? '-' : formatDuration(Math.max(0, finishedAt - startedAt));
  const agent = result.agent.replace(/[^\w.@:+-]/g, '_').slice(0, 100) || '_';
  const data = {
    v: VERSION,
    run: result.run,
    attempt: result.attempt,
    status: result.status,
    // the head says it already, unless it cannot
    ...(agent === result.agent ? {} : { agent: result.agent }),
    started: instantOrNull(startedAt),
    finished: instantOrNull(finishedAt),
    exit_code: result.exitCode,
    definition: result.definition,
    tasks: result.tasks,
    ...(Object.keys(result.variables).length === 0 ? {} : { variables: result.variables }),
    ...(change === null
      ? {}
      : { change: { branch: change.branch, subject: change.subject, observed: instantOrNull(change.observedAt) } }),
    ...(result.remark === null ? {} : { remark: result.remark }),
  };
  const head = `${result.status} ${duration.replaceAll(' ', '')} attempt ${result.attempt} by ${agent}`;
  return `${head} ${escapeUnseen(JSON.stringify(data))}`;
}

/** The result that a line tells of, or null where the line is of another form, version or vocabulary. */
export function parseResult(line: string): Result | null {
  const brace = line.indexOf('{');
  if (brace < 0) return null;
  const data = parseObject(line.slice(brace));
  if (data === null || data.v !== VERSION) return null;
  const { run, attempt, status } = data;
  if (typeof run !== 'string' || !Number.isSafeInteger(attempt) || Number(attempt) < 0) return null;
  if (!STATUSES.has(status)) return null;
  const change = isObject(data.change) ? data.change : {};
  const observedAt = readInstant(change.observed);
  return {
    run,
    attempt: Number(attempt),
    status: status as ResultStatus,
    agent: textOrNull(data.agent) ?? / by (\S+) $/.exec(line.slice(0, brace))?.[1] ?? '',
    startedAt: readInstant(data.started),
    finishedAt: readInstant(data.finished),
    exitCode: Number.isSafeInteger(data.exit_code) ? Number(data.exit_code) : null,
    definition: textOrNull(data.definition),
    tasks: entriesOf(data.tasks, (value): value is TaskStatus => TASKS.has(value)),
    variables: entriesOf(data.variables, (value) => typeof value === 'string'),
    change:
      typeof change.branch === 'string' && typeof change.subject === 'string' && observedAt !== null
        ? { branch: change.branch, subject: change.subject, observedAt }
        : null,
    remark: textOrNull(data.remark),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const data: unknown = JSON.parse(text);
    return isObject(data) ? data : null;
  } catch (error) {
    // a line of somebody else with a brace in it
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function entriesOf<T>(value: unknown, keep: (entry: unknown) => entry is T): Readonly<Record<string, T>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, T] => keep(entry[1])));
}

/** Years of four digits, as RFC 3339 has them. */
const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

function instantOrNull(milliseconds: number | null): string | null {
  if (milliseconds === null || !(milliseconds >= EARLIEST && milliseconds <= LATEST)) return null;
  return formatInstant(milliseconds);
}

function readInstant(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value))
    return null;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

/** Control, format and separator characters as JSON escapes: what a terminal or another reader of lines might act on. */
function escapeUnseen(json: string): string {
  return json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
