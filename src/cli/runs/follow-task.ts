// The log of one task while its run goes on: every piece once, over all tries of the task, until it has ended.
import { isFinished, type TaskRecord } from '../../core/run.ts';
import type { RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import type { LogPiece, LogStream } from '../../record/logs.ts';
import type { Clock } from '../../system/clock.ts';
import type { RunWatch } from './run-watch.ts';

export interface FollowTools {
  readonly app: Pick<RunVerbs, 'log'>;
  readonly clock: Clock;
  readonly watch: RunWatch;
}

/** A log that ends before its task does is looked at again after this many milliseconds: it may not have begun. */
const AGAIN = 250;
/** A log that does not end with its task is given up after this many milliseconds: who wrote it may have been killed. */
const PATIENCE = 2000;

export async function* followTask(
  task: string,
  tools: FollowTools,
  stream: LogStream | undefined,
  signal: AbortSignal,
): AsyncIterable<LogPiece> {
  const { app, watch } = tools;
  let shown = 0;
  /** Tries whose output was read to its end. */
  let read = 0;
  for (;;) {
    const run = watch.latest();
    if (run === null || signal.aborted) return;
    const before = taskOf(task, watch);
    const patience = patienceWith(task, tools, signal);
    let skip = shown;
    try {
      const pieces = app.log(run.id, task, { stream, follow: !before.over }, patience.signal);
      for await (const piece of pieces) {
        const { length } = piece.bytes;
        if (skip < length) yield { ...piece, bytes: piece.bytes.subarray(skip) };
        shown += Math.max(0, length - skip);
        skip = Math.max(0, skip - length);
      }
    } catch (error) {
      // what was given up is read once more below, as far as it goes
      if (signal.aborted || !patience.signal.aborted) throw error;
    } finally {
      patience.close();
    }
    // a reading that began after the task had ended has seen everything
    if (before.over) return;
    if (patience.signal.aborted) continue;
    if (shown > 0) read = Math.max(read, before.tries, 1);
    await waitForMore(task, read, tools, signal);
    const now = taskOf(task, watch);
    if (now.over && now.tries <= read) return;
  }
}

/** A signal that is aborted with `signal`, or a while after the task has ended. */
function patienceWith(task: string, { clock, watch }: FollowTools, signal: AbortSignal) {
  const over = new AbortController();
  const closed = new AbortController();
  async function watchOver(): Promise<void> {
    while (!taskOf(task, watch).over && !closed.signal.aborted) await watch.next();
    await clock.sleep(PATIENCE, closed.signal);
    over.abort();
  }
  watchOver().catch((error: unknown) => {
    if (!closed.signal.aborted) throw error;
  });
  return { signal: AbortSignal.any([signal, over.signal]), close: () => closed.abort() };
}

/** Until the task has ended, or a moment has passed. */
async function waitForMore(
  task: string,
  read: number,
  { clock, watch }: Pick<FollowTools, 'clock' | 'watch'>,
  signal: AbortSignal,
): Promise<void> {
  const { over, tries } = taskOf(task, watch);
  if (over || tries > read || signal.aborted) return;
  const enough = new AbortController();
  const pause = clock.sleep(AGAIN, AbortSignal.any([signal, enough.signal])).catch((error: unknown) => {
    if (!signal.aborted && !enough.signal.aborted) throw error;
  });
  await Promise.race([watch.next(), pause]);
  enough.abort();
}

function taskOf(name: string, watch: RunWatch): { readonly over: boolean; readonly tries: number } {
  const run = watch.latest();
  const task = run?.tasks.find((one) => one.name === name);
  const over = run !== null && isFinished(run.status);
  if (task === undefined) return { over, tries: 0 };
  return { over: over || isFinished(task.status), tries: task.tries };
}

/** True for a task that has printed something, or may have. */
export function hasBegun({ startedAt, tries }: TaskRecord): boolean {
  return startedAt !== null || tries > 0;
}
