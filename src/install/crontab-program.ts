// The crontab of the user, read and replaced through the program of that name: only it may write there.
import { Failure } from '../core/failure.ts';
import { findProgram } from '../system/process/find-program.ts';
import type { Processes } from '../system/process.ts';

export interface CrontabDoors {
  readonly processes: Processes;
  readonly environment: Readonly<Record<string, string>>;
}

/** Milliseconds for one call. */
const TIMEOUT = 60_000;

/** The crontab as a Latin-1 string of its bytes; empty where the user has none. */
export async function readCrontab(doors: CrontabDoors, signal: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await run(doors, ['-l'], null, signal);
  if (code === 0) return Buffer.from(stdout).toString('latin1');
  if (/\bno crontab for\b/i.test(stderr)) return '';
  throw new Failure('command-failed', 'the crontab cannot be read', { crontab_said: stderr.trim() });
}

/** Replaces the crontab; an empty one is removed. */
export async function writeCrontab(text: string, doors: CrontabDoors, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await run(doors, text === '' ? ['-r'] : ['-'], text, signal);
  if (code !== 0) throw new Failure('command-failed', 'the crontab was not changed', { crontab_said: stderr.trim() });
}

async function run(
  { processes, environment }: CrontabDoors,
  args: readonly string[],
  text: string | null,
  signal: AbortSignal,
) {
  const file = await findProgram('crontab', environment.PATH);
  if (file === null)
    throw new Failure('not-found', 'there is no crontab program: install cron, say --systemd, or --print for the text');
  const stdin = text === null ? undefined : Buffer.from(text, 'latin1');
  return processes.run({ file, args, env: { ...environment, LC_ALL: 'C' }, stdin, timeout: TIMEOUT }, signal);
}
