// One process at a time works on a state directory: an agent for its life, or a check for its round.
import { Failure, toFailure } from '../core/failure.ts';
import { acquireLock, type Lock } from '../system/lock.ts';
import type { Log } from '../system/log.ts';

const PURPOSES = { agent: 'spread-cron agent', check: 'spread-cron check' } as const;

/**
 * Does the work while nobody else works on the state directory. Throws a Failure `locked` that names who does; an agent
 * that finds a check there waits for its end, since that comes soon.
 */
export async function alone<T>(
  who: keyof typeof PURPOSES,
  options: { readonly lockPath: string; readonly log: Log },
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const lock = await acquire(who, options, signal);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** True where the Failure says that an agent is at work. */
export function isLockedByAgent(error: unknown): boolean {
  return isLockedBy('agent', error);
}

async function acquire(
  who: keyof typeof PURPOSES,
  { lockPath, log }: { readonly lockPath: string; readonly log: Log },
  signal: AbortSignal,
): Promise<Lock> {
  const purpose = PURPOSES[who];
  try {
    return await acquireLock(lockPath, { purpose, mode: 'try' }, signal);
  } catch (error) {
    if (who === 'check' || !isLockedBy('check', error)) throw error;
    log.info(`waiting for the end of a check (process ${String(toFailure(error).details.pid)})`);
    return acquireLock(lockPath, { purpose, mode: 'wait' }, signal);
  }
}

function isLockedBy(who: keyof typeof PURPOSES, error: unknown): boolean {
  return error instanceof Failure && error.reason === 'locked' && error.details.doing === PURPOSES[who];
}
