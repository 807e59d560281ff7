// Checks the planted repository out: the sparse paths, the files, what git-lfs keeps elsewhere, submodules.
import { dirname } from 'node:path/posix';
import { Failure } from '../../core/failure.ts';
import type { TargetDefinition } from '../../core/run-definition.ts';
import type { Finished } from '../../system/process.ts';
import type { GitCommand } from '../git-command.ts';
import { cloneFailure, saidBy } from './clone-failure.ts';
import type { RemoteAccess } from './remote-access.ts';
import { LONGEST_CLONE } from './store.ts';

export interface FillOptions {
  readonly git: GitCommand;
  readonly access: RemoteAccess;
  readonly target: TargetDefinition;
  readonly commit: string;
  /** Directory of LFS objects that runs share; null where the target goes without. */
  readonly lfs: { readonly storage: string; readonly installed: boolean } | null;
  readonly onProgress: (chunk: Uint8Array) => void;
  readonly tell: (line: string) => void;
}

/** Finds out whether any file is kept by git-lfs. */
const USES_LFS = ['grep', '--quiet', '--fixed-strings', '-e', 'filter=lfs', '--', ':(glob)**/.gitattributes'];

/** Failures as `TargetCache`, and `mirror-damaged` where objects cannot be read. */
export async function fill(directory: string, options: FillOptions, signal: AbortSignal): Promise<void> {
  const { access, target, lfs, tell } = options;
  const { url } = access.remote;
  const work = (args: readonly string[], stdin?: string) => inTarget(directory, args, stdin, options, signal);
  const must = async (args: readonly string[], stdin?: string) => {
    const finished = await work(args, stdin);
    if (finished.code !== 0) throw fillFailure(finished, url, directory);
  };

  if (target.sparse.length > 0) {
    const paths = await sparseDirectories(directory, options, signal);
    await must(['sparse-checkout', 'set', '--cone', '--stdin'], paths.map((path) => `${path}\n`).join(''));
  }
  await must(['checkout', '--force', '--progress']);
  if (lfs !== null && (await work(USES_LFS)).code === 0) {
    if (!lfs.installed) tell('git-lfs is not installed: the files that it keeps stay pointers');
    else {
      // In the settings for as long as it lasts: as an option it would reach the other side of a target on this machine.
      await must(['config', 'lfs.storage', lfs.storage]);
      const finished = await work(['lfs', 'pull']);
      await must(['config', '--remove-section', 'lfs']);
      if (finished.code !== 0) throw lfsFailure(finished, url);
    }
  }
  if (target.submodules) {
    tell('submodules are fetched');
    const depth = target.depth === null ? [] : [`--depth=${target.depth}`];
    const finished = await work(['submodule', 'update', '--init', '--recursive', '--progress', ...depth]);
    if (finished.code !== 0) throw submoduleFailure(finished, url, directory);
  }
}

/** Whether git-lfs is there. */
export async function isLfsInstalled(git: GitCommand, signal: AbortSignal): Promise<boolean> {
  return (await git.run(['lfs', 'version'], {}, signal)).code === 0;
}

function inTarget(
  directory: string,
  args: readonly string[],
  stdin: string | undefined,
  { git, access, onProgress }: FillOptions,
  signal: AbortSignal,
): Promise<Finished> {
  const { settings, env } = access.forGit();
  // A submodule on this machine is for a target on this machine only.
  const local = access.remote.kind === 'local' ? 'always' : 'never';
  const own = ['-c', 'core.hooksPath=/dev/null', '-c', `protocol.file.allow=${local}`, ...settings];
  return git.run(
    ['-C', directory, ...own, ...args],
    { stdin, env: { ...env, GIT_LFS_SKIP_SMUDGE: '1' }, timeout: LONGEST_CLONE, onStderr: onProgress },
    signal,
  );
}

/** Directories for a sparse checkout in cone mode, where a file means what lies beside it; what is not there is told. */
async function sparseDirectories(
  directory: string,
  options: FillOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const paths = options.target.sparse.map((path) => path.replace(/^(?:\.?\/)+|\/+$/g, ''));
  const harmful = paths.find((path) => /[\p{Cc}"\\*?[\]]/u.test(path) || path.split('/').includes('..'));
  if (harmful !== undefined)
    throw new Failure('refused', 'a sparse path is a directory or a file below the target, without patterns', {
      path: harmful,
    });
  const questions = paths.map((path) => `${options.commit}:${path}\n`).join('');
  const answer = await inTarget(directory, ['cat-file', '--batch-check=%(objecttype)'], questions, options, signal);
  const types = new TextDecoder().decode(answer.stdout).split('\n');
  return paths.flatMap((path, position) => {
    const type = types[position] ?? '';
    if (type === 'tree') return path === '' ? [] : [path];
    if (type === 'blob') return dirname(path) === '.' ? [] : [dirname(path)];
    options.tell(`the target has no ${path}, which its sparse checkout names`);
    return [];
  });
}

function fillFailure(finished: Finished, url: string, directory: string): Failure {
  const failure = cloneFailure(finished, url, directory);
  if (failure.reason !== 'unreachable') return failure;
  // A partial clone fetches as it checks out; anything else never asked the remote.
  if (/Could not (?:resolve|read from)|unable to access|hung up|early EOF|RPC failed|Connection/i.test(finished.stderr))
    return failure;
  return new Failure('refused', 'git could not check the target out, look at what it said', {
    url,
    git_said: saidBy(finished),
  });
}

function lfsFailure(finished: Finished, url: string): Failure {
  return new Failure('unreachable', 'the files that git-lfs keeps could not be fetched, try again', {
    url,
    git_said: saidBy(finished),
  });
}

function submoduleFailure(finished: Finished, url: string, directory: string): Failure {
  const { reason } = cloneFailure(finished, url, directory);
  return new Failure(
    reason === 'mirror-damaged' ? 'unreachable' : reason,
    'the submodules of the target could not be fetched, look at what git said',
    { url, git_said: saidBy(finished) },
  );
}
