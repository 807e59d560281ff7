// A launcher of tasks (launcher-script.ts) with its workers: as many as there are tasks at a time, a few kept for later.
import type { Processes } from '../process.ts';
import { isForShells, LAUNCHER, taskProgram } from './launcher-script.ts';
import { NeverStarted, openWorker, type Worker } from './launcher-worker.ts';
import type { NamedPipes } from './named-pipes.ts';
import type { TaskCommand, TaskProcess } from './task-process.ts';

export interface Launcher {
  /** False once it has ended. */
  readonly usable: boolean;
  /** Throws NeverStarted, or what opening a named pipe throws. */
  start(command: TaskCommand): Promise<TaskProcess>;
  /** Ends it with all that it started; resolves when it has gone. */
  end(): Promise<void>;
}

/** How many workers are kept that have nothing to do; and how often those are let go, in milliseconds, that more had
 * nothing to do all the time. */
const KEPT = 8;
const REVIEW = 10_000;
/** Milliseconds after which output is read as it comes; what ends sooner is read in one go, which costs less. */
const PATIENCE = 50;
/** Each task beside it makes it slower by some milliseconds; and how long that may get. */
const MORE_PATIENCE = 5;
const MOST_PATIENCE = 400;

/** Starts a launcher. Throws a Failure (`command-failed`) where it cannot be started. */
export function startLauncher(options: {
  readonly processes: Processes;
  readonly pipes: NamedPipes;
  /** What it runs in; tasks of that environment cost the least. */
  readonly env: Readonly<Record<string, string>>;
}): Launcher {
  const { processes, pipes } = options;
  const env = Object.fromEntries(Object.entries(options.env).filter(isForShells));
  const leader = processes.start(
    { file: 'bash', args: ['--norc', '--noprofile', '-c', LAUNCHER], env, lifeline: true },
    () => {},
  );
  const workers = new Set<Worker>();
  const idle: Worker[] = [];
  let usable = true;

  /** The fewest that had nothing to do since the last review. */
  let unneeded = 0;
  const review = setInterval(() => {
    for (const worker of idle.splice(0, Math.max(0, unneeded - KEPT))) worker.release();
    unneeded = idle.length;
  }, REVIEW).unref();

  const discard = () => {
    if (!usable) return;
    usable = false;
    clearInterval(review);
    leader.kill();
    for (const worker of workers) worker.kill();
  };
  const exited = leader.exited.then(discard);

  async function newWorker(): Promise<Worker> {
    const worker = await openWorker(pipes, (free) => idle.push(free));
    workers.add(worker);
    void worker.gone.then(() => {
      workers.delete(worker);
      const place = idle.indexOf(worker);
      if (place !== -1) idle.splice(place, 1);
    });
    if (usable) leader.stdin.write(`${worker.paths.join(' ')}\n`);
    else worker.kill();
    return worker;
  }

  async function start(command: TaskCommand): Promise<TaskProcess> {
    if (!usable) throw new NeverStarted();
    const patience = Math.min(PATIENCE + MORE_PATIENCE * (workers.size - idle.length), MOST_PATIENCE);
    const [stdout, stderr] = await Promise.all([
      pipes.open((chunk) => command.output('stdout', chunk), patience),
      pipes.open((chunk) => command.output('stderr', chunk), patience),
    ]);
    const settle = async () => {
      await Promise.all([stdout.finish(), stderr.finish()]);
    };
    try {
      const worker = idle.pop() ?? (await newWorker());
      unneeded = Math.min(unneeded, idle.length);
      const program = taskProgram(command, { stdout: stdout.path, stderr: stderr.path }, env);
      return { ...(await worker.run(program)), settle };
    } catch (error) {
      await settle();
      throw error;
    }
  }

  return {
    get usable() {
      return usable;
    },
    start,
    async end() {
      discard();
      await Promise.all([exited, ...[...workers].map((worker) => worker.gone)]);
    },
  };
}
