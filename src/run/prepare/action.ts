// Runs a script of the definition that prepares the target.
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { quote } from '../../system/process/bash-words.ts';
import type { TaskEnd } from '../executor.ts';
import { pathBelow } from './below.ts';

/** Carries out one shell line in a directory, with the environment of the run. */
export type RunScript = (script: string, directory: string, signal: AbortSignal) => Promise<TaskEnd>;

/**
 * `directory` is where it begins. Failures: `definition` (missing, not executable), `refused` (the path),
 * `command-failed`, `timed-out`, `cancelled`.
 */
export async function runAction(
  place: { readonly definition: string; readonly directory: string },
  script: string,
  { disk, runScript }: { readonly disk: Disk; readonly runScript: RunScript },
  signal: AbortSignal,
): Promise<void> {
  const path = pathBelow(script, 'the action');
  await assertExecutable(join(place.definition, path), script, disk);
  // As scripts of the classic layout call it; from elsewhere the path is whole.
  const word = place.directory === place.definition ? `./${path}` : join(place.definition, path);
  const end = await runScript(quote(word), place.directory, signal);
  switch (end.kind) {
    case 'exited':
      if (end.code === 0) return;
      throw new Failure('command-failed', 'an action failed, its output is in the log of prepare', {
        action: script,
        exit_code: end.code,
      });
    case 'timed-out':
      throw new Failure('timed-out', 'an action ran out of time', { action: script });
    case 'cancelled':
      if (signal.reason instanceof Failure) throw signal.reason;
      throw new Failure('cancelled', 'cancelled', { action: script });
    case 'not-started':
      throw new Failure('command-failed', 'an action could not be started', { action: script, error: end.error });
    default:
      return end satisfies never;
  }
}

async function assertExecutable(path: string, script: string, disk: Disk): Promise<void> {
  try {
    const found = await disk.stat(path);
    if (!found.isFile()) throw new Failure('definition', 'an action is not a file: name a script', { action: script });
    if ((found.mode & 0o111) !== 0) return;
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(diskErrorCode(error) ?? '')) throw error;
    throw new Failure('definition', 'an action is not beside the definition: add it', { action: script });
  }
  throw new Failure('definition', 'an action is not executable: git update-index --chmod=+x, then commit', {
    action: script,
  });
}
