// Marks of processes: a number and when that process began, so that a later process of the same number is told apart.
import { readFile } from 'node:fs/promises';
import type { ProcessMark } from '../../core/run.ts';
import { isMissing } from '../files.ts';
import { isRunning } from './group.ts';

/** The mark of a process, by default this one. */
export async function processMark(pid: number = process.pid): Promise<ProcessMark> {
  return { pid, started: await startOf(pid) };
}

/** True while the process of this mark runs; where the system does not tell starts, while any process of its number does. */
export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  if (!isRunning(pid)) return false;
  return started === null || (await startOf(pid)) === started;
}

/** Boot id and start in clock ticks since boot; null where the system does not say. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
    ]);
    const { state, start } = parseStat(stat);
    return state === 'Z' ? 'zombie' : `${boot.trim()}:${start}`;
  } catch (error) {
    if (isMissing(error)) return null;
    // ESRCH: it ended between the two looks.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return null;
    throw error;
  }
}

/** What `/proc/PID/stat` says. */
export function parseStat(stat: string): { readonly state: string; readonly group: number; readonly start: string } {
  // Fields count from behind the command, which may hold blanks and parentheses; the state is the 3rd, the start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', group: Number(fields[2]), start: fields[19] ?? '' };
}
