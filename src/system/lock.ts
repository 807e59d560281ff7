// One lock file for one thing that only one process may change at a time. The file names its holder (pid and start time),
// so that the lock of a process that died, by kill -9 or with the machine, is taken over at once.
//
// Taking over is safe between several takers: each holder has a random token, and the successor of a dead holder is
// whoever creates `<lock>.<token>` (link(2) fails for all but one). The successor then renames that file over the lock. A
// taker that was slow finds, after creating its file, that the lock no longer carries that token, and begins again.
import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Failure } from '../core/failure.ts';
import { systemClock } from './clock.ts';
import { isMissing } from './files.ts';
import { isAlive, processMark } from './process/process-mark.ts';

export interface LockOptions {
  /** What the holder does, in a few words, for the message that others get. */
  readonly purpose: string;
  /** `wait` until it is free (or the signal is aborted), or `try` once and throw a Failure `locked`. */
  readonly mode: 'wait' | 'try';
}

export interface Lock {
  release(): Promise<void>;
}

/** Who holds a lock, as written in its file. */
export interface LockHolder {
  readonly token: string;
  readonly pid: number;
  /** Boot id and start in clock ticks since boot, where the system tells; null elsewhere. */
  readonly started: string | null;
  readonly purpose: string;
}

/** How long a waiter sleeps at most before it looks whether the holder still lives, in milliseconds. */
const LOOK_AGAIN = 500;

/** Takes the lock. Throws Failures: `locked` (mode `try`; names the holder), `cancelled` through the signal. */
export async function acquireLock(path: string, options: LockOptions, signal: AbortSignal): Promise<Lock> {
  await fs.mkdir(dirname(path), { recursive: true });
  const own: LockHolder = {
    token: randomBytes(8).toString('hex'),
    ...(await processMark()),
    purpose: options.purpose,
  };
  const draft = `${path}.${own.token}.new`;
  await fs.writeFile(draft, JSON.stringify(own), { flag: 'wx', mode: 0o644 });
  try {
    for (;;) {
      signal.throwIfAborted();
      const holder = await attempt(path, draft, own);
      if (holder === 'taken') return { release: () => release(path, own) };
      if (holder === 'again') continue;
      if (options.mode === 'try')
        throw new Failure('locked', 'another process is at work here, wait for it or stop it', {
          pid: holder.pid,
          doing: holder.purpose,
          lock: path,
        });
      await change(path, signal);
    }
  } finally {
    await fs.rm(draft, { force: true });
  }
}

/** The living holder of a lock, or null; for `status` and messages. */
export async function lockHolder(path: string): Promise<LockHolder | null> {
  const holder = await readHolder(path);
  return holder !== null && (await isAlive(holder)) ? holder : null;
}

/** One try: `taken`, `again` where the state moved underneath, or the living holder. */
async function attempt(path: string, draft: string, own: LockHolder): Promise<LockHolder | 'taken' | 'again'> {
  if (await linkNew(draft, path)) return 'taken';
  const first = await readHolder(path);
  if (first === null) return 'again';
  // Follow dead holders to the last: a successor may have died before it renamed its file over the lock.
  const dead: string[] = [];
  let last = first;
  for (;;) {
    if (await isAlive(last)) return last;
    const successorPath = `${path}.${last.token}`;
    if (await linkNew(draft, successorPath)) {
      if ((await readHolder(path))?.token !== first.token) {
        await removeOwn(successorPath, own);
        return 'again';
      }
      await fs.rename(successorPath, path);
      for (const leftover of dead) await fs.rm(leftover, { force: true });
      return 'taken';
    }
    const successor = await readHolder(successorPath);
    if (successor === null) return 'again';
    dead.push(successorPath);
    last = successor;
  }
}

async function release(path: string, own: LockHolder): Promise<void> {
  await removeOwn(path, own);
}

/** Removes a file only while it is ours. */
async function removeOwn(path: string, own: LockHolder): Promise<void> {
  if ((await readHolder(path))?.token === own.token) await fs.rm(path, { force: true });
}

/** True where the new name was made, false where it exists already. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The holder in a lock file, null where there is no file. A file that is not ours to understand has no living holder. */
async function readHolder(path: string): Promise<LockHolder | null> {
  let text: string;
  try {
    text = await fs.readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const unknown: LockHolder = { token: 'unreadable', pid: 0, started: null, purpose: 'unknown' };
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : unknown;
  } catch {
    // Files appear complete (they are linked), so this one was damaged afterwards: its holder cannot be asked.
    return unknown;
  }
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    /^[0-9a-f]+$/.test(value.token) &&
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    'started' in value &&
    (value.started === null || typeof value.started === 'string') &&
    'purpose' in value &&
    typeof value.purpose === 'string'
  );
}

/** Resolves when something happened to the lock's file, or when it is time to see whether the holder still lives. */
async function change(path: string, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const name = basename(path);
  const watcher = watch(dirname(path), { signal: stop.signal }, (_event, changed) => {
    if (changed === null || changed === name) stop.abort();
  });
  watcher.on('error', () => stop.abort());
  try {
    // The holder may have gone before the watch began.
    if ((await lockHolder(path)) === null) return;
    await systemClock.sleep(LOOK_AGAIN, AbortSignal.any([signal, stop.signal]));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
  }
}
