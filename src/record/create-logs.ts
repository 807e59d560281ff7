// The logs of the tasks of all runs, as files below one directory: a few files for each task (log-names.ts).
import { join } from 'node:path';
import { createLimit } from '../concurrency/limit.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { type LogFiles, systemLogFiles } from '../system/log-files.ts';
import type { ByteRedactor } from '../system/redaction.ts';
import { logFamily, logsOfRun } from './log-names.ts';
import { tailOfLog } from './log-tail.ts';
import type { Logs } from './logs.ts';
import { readLog } from './read-log.ts';
import { type ClosedLog, createTaskLog } from './task-log.ts';

export interface LogsOptions {
  /** Made when the first log is written. */
  readonly directory: string;
  /** Bytes that are kept of each try of a task. */
  readonly limit: number;
  /** Masks what tasks print; one for each stream, as secrets may be cut apart by its pieces. */
  readonly redactor: () => ByteRedactor;
  readonly clock: Clock;
  readonly log?: Pick<Log, 'debug'>;
  readonly files?: LogFiles;
}

/** Smaller ones would hardly get smaller. */
const COMPRESSED_FROM = 4_096;
const COMPRESSED_TOGETHER = 2;

export function createLogs(options: LogsOptions): Logs {
  const { directory, limit, redactor, clock, log, files = systemLogFiles } = options;
  const together = createLimit(COMPRESSED_TOGETHER);
  /** What is being compressed, with its run. */
  const compressing = new Map<Promise<void>, string>();

  const placeOf = (run: string, task: string) => ({ family: logFamily(directory, run, task), files, clock });

  function compress(run: string, closed: ClosedLog): void {
    if (closed.size < COMPRESSED_FROM) return;
    const work = together(() => compressOne(closed, files))
      .catch((error: unknown) => log?.debug(`the log ${closed.compressed} stays as it is: ${String(error)}`))
      .finally(() => compressing.delete(work));
    compressing.set(work, run);
  }

  return {
    open: (run, task, attempt) =>
      createTaskLog({ ...placeOf(run, task), attempt, limit, redactor, onClosed: (closed) => compress(run, closed) }),
    read: (run, task, how, signal) => readLog(placeOf(run, task), how, signal),
    tail: (run, task, stream, bytes) => tailOfLog(placeOf(run, task), stream, bytes),
    async remove(run) {
      await Promise.all([...compressing].filter(([, of]) => of === run).map(([work]) => work));
      const { directory: place, isOfRun } = logsOfRun(directory, run);
      for (const name of await files.list(place)) if (isOfRun(name)) await files.remove(join(place, name));
    },
    async idle() {
      while (compressing.size > 0) await Promise.all(compressing.keys());
    },
  };
}

/** The compressed file is there whole before any of the others goes, so that the log can be read at every moment. */
async function compressOne({ paths, compressed }: ClosedLog, files: LogFiles): Promise<void> {
  await files.compress(paths, compressed);
  for (const path of paths) await files.remove(path);
}
