// A launcher of tasks (launcher-script.ts) with its workers: as many as there are tasks at a time, a few kept for later.
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Processes } from '../process.ts';
import { framed } from './bash-words.ts';
import { eachLine } from './collect.ts';
import { signalMembers } from './group.ts';
import { LAUNCHER, taskProgram } from './launcher-script.ts';
import type { NamedPipes } from './named-pipes.ts';
import type { TaskCommand, TaskProcess } from './task-process.ts';

/** Thrown where the launcher ended before the task began: nothing has happened, another may try. */
export class NeverStarted extends Error {}

export interface Launcher {
  /** False once it has ended or answered nonsense. */
  readonly usable: boolean;
  /** Throws NeverStarted, or what opening a named pipe throws. */
  start(command: TaskCommand): Promise<TaskProcess>;
  /** Ends it with all that it started; resolves when it has gone. */
  end(): Promise<void>;
}

/** How many workers are kept that have nothing to do. */
const KEPT = 8;
/** Longest line that a worker answers. */
const ANSWER_LIMIT = 200;
/** Milliseconds after which output is read as it comes; what ends sooner is read in one go, which costs less. */
const PATIENCE = 50;

interface Worker {
  readonly name: string;
  /** Where it reads programs from. */
  readonly channel: Socket;
  readonly path: string;
  pid: number | undefined;
  current: Current | undefined;
}

/** What a worker is carrying out. */
interface Current {
  group: number | undefined;
  readonly begun: (group: number) => void;
  readonly never: () => void;
  readonly ended: (status: number | null) => void;
}

/** Starts a launcher. Throws a Failure (`command-failed`) where it cannot be started. */
export function startLauncher(options: {
  readonly processes: Processes;
  readonly pipes: NamedPipes;
  /** Where bash finds what it needs itself. */
  readonly path: string;
}): Launcher {
  const { processes, pipes } = options;
  const leader = processes.start(
    {
      file: 'bash',
      args: ['--norc', '--noprofile', '-c', LAUNCHER],
      env: { PATH: options.path },
      lifeline: true,
    },
    () => {},
  );
  const workers = new Map<string, Worker>();
  const idle: Worker[] = [];
  let made = 0;
  let usable = true;

  /** Ends everything. What became of each task is known when nobody is left who could answer. */
  const discard = () => {
    if (!usable) return;
    usable = false;
    leader.kill();
    for (const worker of workers.values()) dismiss(worker);
  };
  const dismiss = (worker: Worker) => {
    if (worker.current?.group !== undefined) signalMembers(worker.current.group, 'SIGKILL');
    if (worker.pid !== undefined) signalMembers(worker.pid, 'SIGKILL');
    worker.channel.destroy();
    rmSync(worker.path, { force: true });
  };
  const gone = new Promise<void>((resolve) => {
    leader.stdout.once('close', () => {
      discard();
      for (const { current } of workers.values()) {
        if (current?.group === undefined) current?.never();
        else current.ended(null);
      }
      workers.clear();
      resolve();
    });
  });
  void leader.exited.then(discard);

  const hear = (line: string) => {
    const [name = '', what, text = ''] = line.split(' ');
    const worker = workers.get(name);
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (worker === undefined || Number.isNaN(number)) return discard();
    const { current } = worker;
    if (what === 'ready' && worker.pid === undefined) {
      worker.pid = number;
      rmSync(worker.path, { force: true });
      if (!usable) dismiss(worker);
    } else if (what === 'started' && current !== undefined && current.group === undefined) {
      current.group = number;
      if (usable) current.begun(number);
      else dismiss(worker);
    } else if (what === 'ended' && current?.group !== undefined) {
      worker.current = undefined;
      current.ended(number);
      if (usable) release(worker);
    } else discard();
  };
  eachLine(leader.stdout, ANSWER_LIMIT, hear);

  async function newWorker(): Promise<Worker> {
    const path = await pipes.reserve();
    // for reading too, so that opening waits for nobody; nothing is ever read from it here
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    if (!usable) {
      closeSync(fd);
      throw new NeverStarted();
    }
    const channel = new Socket({ fd, readable: false, writable: true });
    // a worker that has ended says so by the end of its answers
    channel.on('error', () => {});
    const worker: Worker = { name: `w${made++}`, channel, path, pid: undefined, current: undefined };
    workers.set(worker.name, worker);
    leader.stdin.write(`${worker.name} ${path}\n`);
    return worker;
  }

  function release(worker: Worker): void {
    if (idle.length < KEPT) idle.push(worker);
    else {
      worker.channel.end();
      workers.delete(worker.name);
    }
  }

  async function start(command: TaskCommand): Promise<TaskProcess> {
    const [stdout, stderr] = await Promise.all([
      pipes.open((chunk) => command.output('stdout', chunk), PATIENCE),
      pipes.open((chunk) => command.output('stderr', chunk), PATIENCE),
    ]);
    const settle = async () => {
      await Promise.all([stdout.finish(), stderr.finish()]);
    };
    try {
      const worker = idle.pop() ?? (await newWorker());
      if (!usable) throw new NeverStarted();
      return await hand(worker, command, { stdout: stdout.path, stderr: stderr.path }, settle);
    } catch (error) {
      await settle();
      throw error;
    }
  }

  async function hand(
    worker: Worker,
    command: TaskCommand,
    paths: { readonly stdout: string; readonly stderr: string },
    settle: () => Promise<void>,
  ): Promise<TaskProcess> {
    let tell: (status: number | null) => void = () => {};
    const ended = new Promise<number | null>((resolve) => {
      tell = resolve;
    });
    const group = await new Promise<number>((resolve, reject) => {
      worker.current = {
        group: undefined,
        begun: resolve,
        never: () => reject(new NeverStarted()),
        ended: tell,
      };
      worker.channel.write(framed(taskProgram(command, paths)));
    });
    const current = worker.current;
    return {
      group,
      ended,
      settle,
      signal: (signal) => {
        if (worker.current === current) signalMembers(group, signal);
      },
      abandon() {
        if (worker.current !== current) return;
        dismiss(worker);
        workers.delete(worker.name);
      },
    };
  }

  return {
    get usable() {
      return usable;
    },
    start,
    async end() {
      discard();
      await gone;
    },
  };
}
