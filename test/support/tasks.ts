// Tasks for tests of executors: what is carried out, what it printed, how it ended.
import { randomUUID } from 'node:crypto';
import type { Executor, TaskEnd, TaskWork } from '../../src/run/executor.ts';

export interface Carried {
  readonly end: TaskEnd;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TaskTools {
  /** Work with these lines; what is not said is ordinary. */
  readonly work: (script: readonly string[], more?: Partial<TaskWork>) => TaskWork;
  /** Carries lines out to the end. */
  readonly run: (script: readonly string[], more?: Partial<TaskWork>, signal?: AbortSignal) => Promise<Carried>;
  /** Starts lines that print `up` when they are ready; resolves then. */
  readonly begin: (
    script: readonly string[],
    more?: Partial<TaskWork>,
  ) => Promise<{ readonly stop: () => void; readonly ended: Promise<Carried> }>;
}

export const TASK_PATH = '/usr/local/bin:/usr/bin:/bin';

const never = new AbortController().signal;

/** A run's id that no other test has, so that the kernel can be asked about its processes. */
export const newRun = () => randomUUID().replaceAll('-', '').slice(0, 12);

export function taskTools(executor: Executor, directory: string): TaskTools {
  const work: TaskTools['work'] = (script, more = {}) => {
    const run = more.run ?? newRun();
    return {
      run,
      task: 'suite',
      script,
      source: null,
      directory,
      workspace: directory,
      env: { PATH: TASK_PATH, SC_RUN_ID: run, SC_TASK: more.task ?? 'suite' },
      timeout: null,
      grace: 2000,
      sandbox: 'none',
      output: () => {},
      ...more,
    };
  };
  const carry = async (script: readonly string[], more: Partial<TaskWork>, signal: AbortSignal) => {
    const chunks: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
    const made = work(script, more);
    const end = await executor.execute(
      {
        ...made,
        output(stream, chunk) {
          chunks[stream].push(chunk);
          return made.output(stream, chunk);
        },
      },
      signal,
    );
    const text = (stream: 'stdout' | 'stderr') => Buffer.concat(chunks[stream]).toString();
    return { end, stdout: text('stdout'), stderr: text('stderr') };
  };
  return {
    work,
    run: (script, more = {}, signal = never) => carry(script, more, signal),
    async begin(script, more = {}) {
      const stop = new AbortController();
      let seen = '';
      let ended: Promise<Carried> | undefined;
      await new Promise<void>((resolve, reject) => {
        const output: TaskWork['output'] = (_stream, chunk) => {
          seen += Buffer.from(chunk).toString();
          if (seen.includes('up\n')) resolve();
        };
        ended = carry(script, { ...more, output }, stop.signal);
        ended.then((carried) => reject(new Error(`ended before it was up: ${JSON.stringify(carried)}`)), reject);
      });
      if (ended === undefined) throw new Error('nothing was begun');
      return { stop: () => stop.abort(), ended };
    },
  };
}
