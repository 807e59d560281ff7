// Processes found by a variable of their environment, which their children inherit: so whatever a task started is found,
// also what left its process group. Only where the system has /proc, and a process that changes its environment is not.
import { readdirSync, readFileSync } from 'node:fs';
import { parseStat } from './process-mark.ts';

/** A process and the start by which a later one of the same number is told apart. */
export interface Labelled {
  readonly pid: number;
  readonly start: string;
  /** The environment that it was started with. */
  readonly environment: ReadonlyMap<string, string>;
}

/** How many processes are looked at in one go: reading from /proc takes no waiting, only time. */
const SLICE = 32;

/** The processes of this user, less this one, whose environment has that variable. None where there is no /proc. */
export async function labelledProcesses(variable: string): Promise<readonly Labelled[]> {
  const found: Labelled[] = [];
  const label = Buffer.from(`${variable}=`);
  const pids = otherProcesses();
  for (let i = 0; i < pids.length; i += SLICE) {
    for (const pid of pids.slice(i, i + SLICE)) {
      if (environmentOf(pid)?.includes(label) !== true) continue;
      // what was read may have been of an earlier process of that number: once more, now that its start is known
      const start = startOf(pid);
      const bytes = environmentOf(pid);
      if (start === null || bytes === undefined) continue;
      const environment = environmentIn(bytes);
      if (environment.has(variable)) found.push({ pid, start, environment });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

/** Kills a process that was found, unless its number has become another's. */
export function killLabelled({ pid, start }: Labelled): void {
  if (startOf(pid) === start) signalOne(pid, 'SIGKILL');
}

/** Signals every member of a process group but its leader. */
export function signalFollowers(group: number, signal: NodeJS.Signals): void {
  for (const pid of otherProcesses()) {
    if (pid === group) continue;
    const stat = contents(`/proc/${pid}/stat`)?.toString('latin1');
    if (stat !== undefined && parseStat(stat).group === group) signalOne(pid, signal);
  }
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // it has ended, or is a program of another user by now
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

/** Null for a process that has ended. */
function startOf(pid: number): string | null {
  const stat = contents(`/proc/${pid}/stat`)?.toString('latin1');
  if (stat === undefined) return null;
  const { state, start } = parseStat(stat);
  return state === 'Z' || state === 'X' ? null : start;
}

function environmentOf(pid: number): Buffer | undefined {
  return contents(`/proc/${pid}/environ`);
}

function contents(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    // it has ended, or is somebody else's
    return undefined;
  }
}

function otherProcesses(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid);
  } catch {
    // a system without /proc: nobody can be found there
    return [];
  }
}

function environmentIn(bytes: Buffer): ReadonlyMap<string, string> {
  const entries = bytes.toString().split('\0');
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}
