// Runs in the words and colours of the command line: how one is called, how it ended, what to do next.
import { formatDuration } from '../../core/duration.ts';
import { Failure } from '../../core/failure.ts';
import type { ResultStatus } from '../../core/result.ts';
import type { RunRecord, RunStatus, TaskRecord, TaskStatus } from '../../core/run.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatSubject } from '../../core/subject.ts';
import { nextStep } from '../failure-lines.ts';
import type { Line, Span, Style } from '../terminal/style.ts';

export const STATUS_STYLES: Readonly<Record<RunStatus | TaskStatus | ResultStatus, Style>> = {
  waiting: 'dim',
  running: 'cyan',
  success: 'green',
  failed: 'red',
  cancelled: 'yellow',
  skipped: 'dim',
  superseded: 'dim',
  'timed-out': 'red',
  lost: 'red',
  adopted: 'dim',
  dispatched: 'cyan',
};

/** Signals that end programs, by the numbers that they have everywhere. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
};

/** Digits of a run's id that people are shown: enough to find it again. */
const SHORT = 8;

export function shortId(id: string): string {
  return id.slice(0, SHORT);
}

/** Milliseconds from start to end; null where it has not come so far. */
export function runDuration(timed: { readonly startedAt: number | null; readonly finishedAt: number | null }) {
  const { startedAt, finishedAt } = timed;
  return startedAt === null || finishedAt === null ? null : Math.max(0, finishedAt - startedAt);
}

/** `120ms`, `3.2s`, `5m 10s`. */
export function timeSpent(milliseconds: number): string {
  if (milliseconds < 999.5 || milliseconds >= 59_950) return formatDuration(milliseconds);
  return `${(milliseconds / 1000).toFixed(1)}s`;
}

/** `failed (3)`: the status, with the exit code where that says more. */
export function statusText(ended: {
  readonly status: RunStatus | TaskStatus | ResultStatus;
  readonly exitCode: number | null;
}): string {
  return ended.exitCode === null || ended.exitCode === 0 ? ended.status : `${ended.status} (${ended.exitCode})`;
}

/** `run 3f2a81c0 of core-beta`. */
export function runName(run: Pick<RunRecord, 'id' | 'resource'>): Line & readonly (string | Span)[] {
  return ['run ', { text: shortId(run.id), style: 'yellow' }, ' of ', { text: run.resource, style: 'bold' }];
}

/** What the run is for: the subject of its change, or why somebody asked. */
export function runSubject({ change, note }: Pick<RunRecord, 'change' | 'note'>): string {
  return change === null ? (note ?? '') : formatSubject(change.message, change.value);
}

/** `run 3f2a81c0 of core-beta: failed (3) in 1m 2s`. */
export function resultLine(run: RunRecord): Line {
  const spent = runDuration(run);
  const error = run.error === null ? '' : `: ${run.error.message}`;
  return [
    ...runName(run),
    ': ',
    { text: statusText(run), style: STATUS_STYLES[run.status] },
    spent === null ? '' : ` in ${timeSpent(spent)}`,
    error,
  ];
}

/** `suite failed with 3 after 1m 2s`: how a task ended. */
export function taskEnd(task: TaskRecord): string {
  const spent = runDuration(task);
  const after = spent === null ? '' : ` after ${timeSpent(spent)}`;
  const error = task.error === null ? '' : `: ${task.error}`;
  switch (task.status) {
    case 'success':
      return `ended in ${timeSpent(spent ?? 0)}`;
    case 'failed': {
      const allowed = task.allowFailure ? ', which is allowed' : '';
      const code = task.exitCode === null ? '' : ` with ${task.exitCode}${exitMeaning(task.exitCode)}`;
      return `failed${code}${after}${allowed}${error}`;
    }
    case 'timed-out':
      return `took too long, ended${after}${error}`;
    case 'cancelled':
      return `was cancelled${after}${error}`;
    case 'lost':
      return `was lost${after}${error}`;
    case 'skipped':
      return `was skipped${error}`;
    case 'waiting':
    case 'running':
      return `is ${task.status}`;
    default:
      return task.status satisfies never;
  }
}

/** What shells mean by an exit code, in brackets; empty where it is the program's own. */
export function exitMeaning(code: number): string {
  const meaning = { 126: 'not executable', 127: 'program not found' }[code] ?? SIGNALS[code - 128];
  return meaning === undefined ? '' : ` (${meaning})`;
}

/** The tasks because of which a run did not succeed, the first to fail first. */
export function failedTasks({ tasks }: Pick<RunRecord, 'tasks'>): readonly TaskRecord[] {
  const failed = new Set<TaskStatus>(['failed', 'timed-out', 'lost']);
  const endedAt = ({ finishedAt }: TaskRecord) => finishedAt ?? Number.MAX_VALUE;
  return tasks
    .filter(({ status, allowFailure }) => failed.has(status) && !allowFailure)
    .sort((one, other) => endedAt(one) - endedAt(other));
}

/** What to do next about a run, as commands or a sentence; none where all is well. */
export function nextAboutRun(run: RunRecord): readonly string[] {
  const id = shortId(run.id);
  const [first] = failedTasks(run);
  const log = `spread-cron logs ${id}${first === undefined ? '' : ` --task ${shellWord(first.name)}`} shows what it printed`;
  const again = `spread-cron retry ${id} runs it again`;
  switch (run.status) {
    case 'waiting':
      return [`spread-cron cancel ${id} takes it out of the queue`];
    case 'running':
      return [`spread-cron logs -f ${id} shows what it prints`, `spread-cron cancel ${id} ends it`];
    case 'success':
      return [];
    case 'failed':
    case 'timed-out': {
      const { error } = run;
      const next = error === null ? null : nextStep(new Failure(error.reason, error.message));
      const printed = run.tasks.some(({ tries }) => tries > 0);
      return [...(next === null ? [] : [next]), ...(printed ? [log] : []), again];
    }
    case 'lost':
      return ['whoever carried it out was ended before it could say how the run ended', again];
    case 'cancelled':
      // what another agent carries out is not ours to begin again
      return run.error?.reason === 'refused' ? [] : [again];
    case 'superseded':
      return run.supersededBy === null
        ? [again]
        : [`spread-cron show ${shortId(run.supersededBy)} shows its successor`];
    default:
      return run.status satisfies never;
  }
}

/** The exit status of a command that shows a run to its end; with `exit-code` that of the suite, where it has one. */
export function runExitStatus({ status, exitCode }: RunRecord, which: 'usual' | 'exit-code'): number {
  if (status === 'success') return 0;
  return which === 'exit-code' && exitCode !== null && exitCode !== 0 ? exitCode : 1;
}

/** `3 runs still running, 2 wait`. */
export function countLeft({ running, waiting }: { readonly running: number; readonly waiting: number }): string {
  const waits = waiting === 0 ? '' : `, ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`;
  return `${running} ${running === 1 ? 'run' : 'runs'} still running${waits}`;
}
