// The near end of a launcher's worker (launcher-script.ts): hands it one task at a time and hears what becomes of it.
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { framed } from './bash-words.ts';
import { signalMembers } from './group.ts';
import { type NamedPipes, readAsItComes } from './named-pipes.ts';
import type { TaskProcess } from './task-process.ts';

/** Thrown where a worker ended before the task began: nothing has happened, another may try. */
export class NeverStarted extends Error {}

/** Longest line that a worker answers. */
const ANSWER_LIMIT = 200;

export type StartedTask = Omit<TaskProcess, 'settle'>;

export interface Worker {
  /** The pipes that the launcher is told. */
  readonly paths: readonly [string, string];
  /** Resolves when it has begun; one at a time. Throws NeverStarted. */
  run(program: string): Promise<StartedTask>;
  /** No more tasks will come: it ends. */
  release(): void;
  /** Kills it and what it carries out. */
  kill(): void;
  /** Resolves when it has ended, and whatever it was about to start. */
  readonly gone: Promise<void>;
}

/** What a worker is carrying out. */
interface Current {
  group: number | undefined;
  readonly begun: (group: number) => void;
  readonly never: () => void;
  readonly ended: (status: number | null) => void;
}

/** `onFree` is called when a task has ended and another may come. */
export async function openWorker(pipes: NamedPipes, onFree: (worker: Worker) => void): Promise<Worker> {
  const paths = [await pipes.reserve(), await pipes.reserve()] as const;
  // for reading too, so that opening waits for nobody; nothing is ever read from it here
  const programs = new Socket({
    fd: openSync(paths[0], constants.O_RDWR | constants.O_NONBLOCK),
    readable: false,
    writable: true,
  });
  // that the worker has ended is told by the end of its answers
  programs.on('error', () => {});
  /** Keeps the answers from ending before the worker has opened them. */
  let holder: number | undefined;
  let pid: number | undefined;
  let current: Current | undefined;
  let killed = false;

  /** The worker has opened its pipes, or will find none: its answers end when nobody is left who could answer. */
  const letGo = () => {
    for (const path of paths) rmSync(path, { force: true });
    if (holder !== undefined) closeSync(holder);
    holder = undefined;
  };
  const kill = () => {
    killed = true;
    // the worker first: what it tells is how the task ended by itself, never that it was killed here
    if (pid !== undefined) signalMembers(pid, 'SIGKILL');
    if (current?.group !== undefined) signalMembers(current.group, 'SIGKILL');
    programs.destroy();
    letGo();
  };
  const hear = (line: string) => {
    const [what, text = ''] = line.split(' ');
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (what === 'ready' && pid === undefined) {
      pid = number;
      letGo();
    } else if (what === 'started' && current !== undefined && current.group === undefined) {
      current.group = number;
      current.begun(number);
    } else if (what === 'ended' && current?.group !== undefined) {
      const { ended } = current;
      current = undefined;
      ended(number);
      if (!killed) onFree(worker);
    } else kill();
    // what it had read before it was to be killed
    if (killed) kill();
  };
  let rest = '';
  const answers = readAsItComes(openSync(paths[1], constants.O_RDONLY | constants.O_NONBLOCK), (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(-ANSWER_LIMIT);
    for (const line of lines) hear(line);
    return true;
  });
  holder = openSync(paths[1], constants.O_WRONLY | constants.O_NONBLOCK);
  const gone = new Promise<void>((resolve) => {
    answers.once('close', () => {
      kill();
      if (current?.group === undefined) current?.never();
      else current.ended(null);
      current = undefined;
      resolve();
    });
  });

  async function run(program: string): Promise<StartedTask> {
    if (killed) throw new NeverStarted();
    let own: Current | undefined;
    let tell: (status: number | null) => void = () => {};
    const ended = new Promise<number | null>((resolve) => {
      tell = resolve;
    });
    const group = await new Promise<number>((resolve, reject) => {
      own = { group: undefined, begun: resolve, never: () => reject(new NeverStarted()), ended: tell };
      current = own;
      programs.write(framed(program), 'latin1');
    });
    return {
      group,
      ended,
      signal: (signal) => {
        if (current === own) signalMembers(group, signal);
      },
      abandon() {
        if (current === own) kill();
      },
    };
  }

  const worker: Worker = { paths, run, release: () => programs.end(), kill, gone };
  return worker;
}
