// Clears the cache away: packs of the caches in use are joined, caches that nobody used for long are removed.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Clock } from '../../system/clock.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { acquireLock } from '../../system/lock.ts';
import type { GitCommand } from '../git-command.ts';
import { joinPacks, openStore } from './store.ts';

export interface CollectOptions {
  readonly directory: string;
  readonly git: GitCommand;
  readonly disk: Disk;
  readonly clock: Clock;
}

/** Packs from which on they are worth joining when nobody waits. */
const MANY_PACKS = 15;
const REMOVED = '.removed-';

/** Gives the names of the caches that were removed. Those in use by another run or process are left alone. */
export async function collectCaches(
  { directory, git, disk, clock }: CollectOptions,
  unusedFor: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const entry of await entriesOf(directory, disk)) {
    signal.throwIfAborted();
    const root = join(directory, entry);
    if (entry.includes(REMOVED)) await disk.rm(root, { recursive: true, force: true });
    else if (!entry.endsWith('.lock') && !entry.includes('.lock.')) {
      const lock = await tryLock(`${root}.lock`, signal);
      if (lock === null) continue;
      try {
        if (clock.now() - (await lastUse(root, disk)) > unusedFor) {
          // In one step: what is half removed must not look like a cache.
          const aside = `${root}${REMOVED}${randomBytes(4).toString('hex')}`;
          await disk.rename(root, aside);
          await disk.rm(aside, { recursive: true, force: true });
          removed.push(entry);
        } else await joinAll(root, { git, disk, clock }, signal);
      } finally {
        await lock.release();
      }
    }
  }
  return removed;
}

async function joinAll(
  root: string,
  { git, disk, clock }: Omit<CollectOptions, 'directory'>,
  signal: AbortSignal,
): Promise<void> {
  for (const name of (await entriesOf(root, disk)).filter((entry) => entry.endsWith('.git'))) {
    const store = await openStore(join(root, name), disk, clock);
    // A damaged one is made anew by the run that needs it.
    if (store !== null && (await store.packs()).length > MANY_PACKS) await joinPacks(store, git, [], signal);
  }
}

async function tryLock(path: string, signal: AbortSignal) {
  try {
    return await acquireLock(path, { purpose: 'clears the cache of targets away', mode: 'try' }, signal);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'locked') return null;
    throw error;
  }
}

/** Milliseconds since the epoch; where nothing says so, the time at which the directory last changed. */
async function lastUse(root: string, disk: Disk): Promise<number> {
  try {
    const noted = Number(await disk.readFile(join(root, 'used'), 'utf8'));
    if (Number.isFinite(noted) && noted > 0) return noted;
  } catch (error) {
    if (diskErrorCode(error) !== 'ENOENT') throw error;
  }
  return (await disk.stat(root)).mtimeMs;
}

async function entriesOf(path: string, disk: Disk): Promise<readonly string[]> {
  try {
    return await disk.readdir(path);
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
