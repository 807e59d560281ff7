// The git command, always started the same way: never asking on a terminal, without the variables and settings that
// would point it elsewhere, and with its complaints turned into Failures.
import { delimiter, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import type { Disk } from '../system/disk.ts';
import type { Finished, LongLived, Processes } from '../system/process.ts';
import { printable } from './transport/pkt-line.ts';

export interface GitCommand {
  /** Runs to the end; a non-zero code is data. */
  run(args: readonly string[], options: GitRunOptions, signal: AbortSignal): Promise<Finished>;
  /** Starts a git that is talked to. */
  start(args: readonly string[], onStderr: (line: string) => void): LongLived;
}

interface GitRunOptions {
  readonly stdin?: string | Uint8Array | undefined;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds; default ten minutes. */
  readonly timeout?: number | undefined;
  /** Told of stderr as it comes. */
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
}

const TEN_MINUTES = 600_000;

/** Variables that say which repository, index or objects git works on: ours are given by option. */
const MISLEADING =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|GRAFT_FILE|REPLACE_REF_BASE|SHALLOW_FILE|EXTERNAL_DIFF|TRACE.*|PROTOCOL|QUARANTINE_PATH|CONFIG)$/;

/** The git command with the environment of this process's start (complete; the misleading variables are left out). */
export function createGitCommand(processes: Processes, env: Readonly<Record<string, string>>): GitCommand {
  const kept = Object.entries(env).filter(([name]) => !MISLEADING.test(name) && name !== 'LANGUAGE');
  const base = {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
  };
  // `ext::` runs a command line; an address that names it is refused before, this also stops a `url.insteadOf`.
  const settings = ['-c', 'protocol.ext.allow=never', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false'];
  return {
    run: (args, options, signal) =>
      processes.run(
        {
          file: 'git',
          args: [...settings, ...args],
          env: { ...base, ...options.env },
          stdin: options.stdin,
          timeout: options.timeout ?? TEN_MINUTES,
          onStderr: options.onStderr,
        },
        signal,
      ),
    start: (args, onStderr) => processes.start({ file: 'git', args: [...settings, ...args], env: base }, onStderr),
  };
}

/** Whether there is a git command on the PATH; looks, starts nothing. */
export async function isGitInstalled(disk: Disk, env: Readonly<Record<string, string>>): Promise<boolean> {
  for (const directory of (env.PATH ?? '').split(delimiter).filter((entry) => entry !== '')) {
    try {
      const found = await disk.stat(join(directory, 'git'));
      if (found.isFile() && (found.mode & 0o111) !== 0) return true;
    } catch {
      // Not in this directory, or a directory that cannot be read: the next one.
    }
  }
  return false;
}

/** What a failed git said about a remote, as a Failure; `url` without credentials. */
export function remoteFailure(finished: Finished, url: string): Failure {
  const said = lastWords(finished.stderr);
  const details = { url, git_said: said };
  if (
    /Authentication failed|could not read (?:Username|Password)|Permission denied|HTTP 40[13]|error: 40[13]|terminal prompts disabled|Host key verification failed/i.test(
      finished.stderr,
    )
  )
    return new Failure('authentication-failed', 'the remote refused the credentials, configure valid ones', details);
  if (
    /does not appear to be a git repository|repository .* not found|not a git repository|Repository not found|No such file or directory/i.test(
      finished.stderr,
    )
  )
    return new Failure('not-found', 'there is no git repository at this address', details);
  if (/dubious ownership/i.test(finished.stderr))
    return new Failure('refused', 'the repository belongs to another user, add it to safe.directory', details);
  if (/not our ref|couldn't find remote ref/i.test(finished.stderr))
    return new Failure('tip-moved', 'the remote changed while it was read, list it again', details);
  return new Failure('remote-unreachable', 'the remote could not be reached', details);
}

/** The lines that say why, without progress and hints, on one line. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => /^(?:fatal|error|remote|ssh|ERROR)\b/i.test(line));
  return printable(
    (lines.length > 0 ? lines.slice(0, 3) : stderr.split('\n').slice(-3)).join(' ').replace(/\/\/[^/@\s]*@/g, '//'),
  );
}
