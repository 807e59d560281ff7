// What is measured: something that does one round after another over an origin of its own, each in its own process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT, startChild } from './child.ts';
import type { Origin, World } from './world.ts';

export interface RoundFigures {
  /** Wall time. */
  readonly ms: number;
  /** User and system time of the process and the children it waited for; of a warm process, its own only. */
  readonly cpuMs: number;
  /** Number of changes that the contender believes to have recorded; null where it does not tell. */
  readonly changed: number | null;
  /** Resident memory in bytes after the round; null where the process has ended. */
  readonly rss: number | null;
}

export interface Contender {
  readonly name: string;
  /** Told before a round in which every value changes; not timed. */
  prepare(generation: number): Promise<void>;
  round(): Promise<RoundFigures>;
  close(): Promise<void>;
}

/** A long-lived process of the benchmark (`floor`, `ours`) that does its rounds warm. */
export async function warmContender(entry: 'floor' | 'ours', world: World, origin: Origin): Promise<Contender> {
  const child = await startChild(entry, { env: world.env });
  await child.call('open', {
    directory: origin.directory,
    remote: origin.remote,
    web: world.web,
    values: origin.source === 'classic-file' ? world.values : null,
    count: origin.count,
    state: origin.scratch,
  });
  return {
    name: entry,
    prepare: (generation) => child.call('prepare', generation),
    round: () => child.call<RoundFigures>('round'),
    close: () => child.stop(),
  };
}

/** The classic loop: one bash process a round, its clone kept from the first. */
export function classicLoop(world: World, origin: Origin): Contender {
  const script = join(ROOT, 'test/support/classic-loop.sh');
  return commandContender('classic loop', [script, origin.remote, join(origin.scratch, 'classic')], world);
}

/** Our command line as a process that starts, does one round and ends; its state directory is kept. */
export function ourCheck(world: World, origin: Origin): Contender {
  const command = [process.execPath, join(ROOT, 'dist/main.js'), 'check', '--json'];
  const options = ['--repository', origin.remote, '--state-dir', join(origin.scratch, 'state')];
  return commandContender('check', [...command, ...options], world);
}

/** A command whose every run is a round. A status other than 0 is an error. */
export function commandContender(name: string, command: readonly string[], world: World): Contender {
  return {
    name,
    prepare: async () => undefined,
    round: async () => ({ ...(await timeCommand(command, world.env)), changed: null, rss: null }),
    close: async () => undefined,
  };
}

/** Pids of the process groups of commands that run now. */
const running = new Set<number>();

/** Ends the commands that run: who interrupts the benchmark does not want to wait for a round. */
export function endCommands(): void {
  for (const pid of running) process.kill(-pid, 'SIGKILL');
}

/** Runs a command to its end and gives its times, its children's included, as bash's `time` tells them. */
export async function timeCommand(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const timed = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>&4; } 2>&3';
  const child = spawn('bash', ['-c', timed, 'bash', ...command], {
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  running.add(pid);
  const streams = [child.stdio[3], child.stdio[4]] as NodeJS.ReadableStream[];
  const closed = once(child, 'close');
  const [times = '', complaints = ''] = await Promise.all(streams.map((stream) => text(stream)));
  const [status] = await closed;
  running.delete(pid);
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${complaints.slice(-2000)}`);
  const [real = 0, user = 0, system = 0] = times.trim().split(' ').map(Number);
  return { ms: real * 1000, cpuMs: (user + system) * 1000 };
}
