// What a step changed in the target, as git sees it, and which versions the commit in it has.
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { GitCommand } from '../../git/git-command.ts';
import { type Disk, diskErrorCode } from '../../system/disk.ts';
import { plain, shortened } from './narration.ts';

export interface Changes {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  /** Were changed by an earlier step and are as the commit has them again. */
  readonly restored: readonly string[];
}

export interface TargetStatus {
  /** What changed since the last call; null where git must not be asked any more, see `createTargetStatus`. */
  since(signal: AbortSignal): Promise<Changes | null>;
  /** Oids of the files in the commit that is checked out, by path; a path that it does not have is left out. */
  versions(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** Paths in one command line. */
const PER_CALL = 500;

/**
 * A script can write settings into the target's `.git` that make git start programs: after that, git is not asked about
 * it, since this process is in no sandbox.
 */
export async function createTargetStatus(target: string, git: GitCommand, disk: Disk): Promise<TargetStatus> {
  const safe = ['-C', target, '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  const trusted = await settingsOf(target, disk);
  let before: ReadonlyMap<string, string> = new Map();

  const status = async (signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
    const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--ignore-submodules=all'];
    const finished = await git.run([...safe, ...args], { env: { GIT_OPTIONAL_LOCKS: '0' } }, signal);
    if (finished.code !== 0)
      throw new Failure('command-failed', 'git could not say what changed in the target', {
        git_said: plain(finished.stderr),
      });
    const found = new Map<string, string>();
    for (const entry of new TextDecoder().decode(finished.stdout).split('\0'))
      if (entry !== '') found.set(entry.slice(3), entry.slice(0, 2));
    // One that two steps changed has the same letters after both.
    for (const [path, letters] of found) found.set(path, `${letters}${await stampOf(join(target, path), disk)}`);
    return found;
  };

  return {
    async since(signal) {
      const settings = await settingsOf(target, disk);
      if (settings === null || settings !== trusted) return null;
      const now = await status(signal);
      const changes = compare(before, now);
      before = now;
      return changes;
    },

    async versions(paths, signal) {
      const found = new Map<string, string>();
      for (let from = 0; from < paths.length; from += PER_CALL) {
        const args = [
          'ls-tree',
          '-z',
          '--full-tree',
          '--end-of-options',
          'HEAD',
          ...paths.slice(from, from + PER_CALL),
        ];
        const finished = await git.run([...safe, '--literal-pathspecs', ...args], {}, signal);
        for (const entry of new TextDecoder().decode(finished.stdout).split('\0')) {
          const seen = /^\d{6} blob ([0-9a-f]{40})\t(.*)$/s.exec(entry);
          if (seen?.[1] !== undefined && seen[2] !== undefined) found.set(seen[2], seen[1]);
        }
      }
      return found;
    },
  };
}

/** `2 added (a, b), 1 modified (c)`, or that nothing changed. */
export function describeChanges({ added, modified, deleted, restored }: Changes): string {
  const parts = Object.entries({ added, modified, deleted, restored })
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${names.length} ${what} (${shortened(names)})`);
  return parts.length === 0 ? 'nothing changed in the target' : parts.join(', ');
}

function compare(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Changes {
  const kinds: Record<'added' | 'modified' | 'deleted', string[]> = { added: [], modified: [], deleted: [] };
  for (const [path, state] of now) {
    if (before.get(path) === state) continue;
    const letters = state.slice(0, 2);
    if (letters.includes('D')) kinds.deleted.push(path);
    else if (letters === '??' || letters.includes('A')) kinds[before.has(path) ? 'modified' : 'added'].push(path);
    else kinds.modified.push(path);
  }
  return { ...kinds, restored: [...before.keys()].filter((path) => !now.has(path)) };
}

async function stampOf(path: string, disk: Disk): Promise<string> {
  try {
    const { mtimeNs, size, ino, mode } = await disk.lstat(path, { bigint: true });
    return ` ${mtimeNs} ${size} ${ino} ${mode}`;
  } catch (error) {
    if (diskErrorCode(error) === null) throw error;
    return '';
  }
}

/** Everything that says which programs git starts here; null where `.git` is not what was planted. */
async function settingsOf(target: string, disk: Disk): Promise<string | null> {
  const own = join(target, '.git');
  const textOf = async (name: string): Promise<string> => {
    try {
      return await disk.readFile(join(own, name), 'utf8');
    } catch (error) {
      if (diskErrorCode(error) === null) throw error;
      return '';
    }
  };
  try {
    if (!(await disk.lstat(target)).isDirectory() || !(await disk.lstat(own)).isDirectory()) return null;
  } catch (error) {
    if (diskErrorCode(error) === null) throw error;
    return null;
  }
  return JSON.stringify([await textOf('config'), await textOf('config.worktree'), await textOf('commondir')]);
}
