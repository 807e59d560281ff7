// What of this machine an examination looks at: programs, the state directory, the clock beside the remote's.
import { Failure, toFailure } from '../core/failure.ts';
import type { GitCommand } from '../git/git-command.ts';
import type { Clock } from '../system/clock.ts';
import type { Environment } from '../system/environment.ts';
import { mayWriteAt } from '../system/files.ts';
import { freeSpace } from '../system/free-space.ts';
import type { HttpClient } from '../system/http.ts';
import { findProgram } from '../system/process/find-program.ts';
import type { Processes } from '../system/process.ts';
import type { MachineFacts } from './checks/machine.ts';

/** Milliseconds that a program has to say its version, and a remote to tell the time. */
const PATIENCE = 10_000;

/** Versions as the programs tell them; null for what is not installed or does not run. */
export async function programVersions(
  processes: Processes,
  env: Environment,
  signal: AbortSignal,
): Promise<MachineFacts['programs']> {
  const version = async (name: string): Promise<string | null> => {
    const file = await findProgram(name, env.PATH);
    if (file === null) return null;
    try {
      const { code, stdout } = await processes.run({ file, args: ['--version'], env, timeout: PATIENCE }, signal);
      const [line = ''] = Buffer.from(stdout).toString('utf8').split('\n');
      const [number] = /\d[\w.-]*/.exec(line) ?? [];
      return code === 0 ? `${name} ${number ?? ''}`.trim() : null;
    } catch (error) {
      if (signal.aborted) throw error;
      // one that does not run is as good as none
      return null;
    }
  };
  const [git, bash, bwrap] = await Promise.all([version('git'), version('bash'), version('bwrap')]);
  return { git, bash, bwrap };
}

export async function stateFacts(directory: string): Promise<MachineFacts['state']> {
  if (!(await mayWriteAt(directory)))
    return {
      directory,
      failure: new Failure('not-writable', 'this user may not write there', { directory }),
      free: null,
    };
  try {
    return { directory, failure: null, free: await freeSpace(directory) };
  } catch {
    // it is not there yet, and nothing can be said of its disk
    return { directory, failure: null, free: null };
  }
}

/** Milliseconds by which this clock is ahead of a web server's, to a second; null where it does not tell the time. */
export async function clockAhead(
  url: string,
  { http, clock }: { readonly http: HttpClient; readonly clock: Clock },
  signal: AbortSignal,
): Promise<number | null> {
  const before = clock.now();
  try {
    const { headers } = await http.request(
      { url, method: 'HEAD', accept: () => true, tries: 1, timeout: PATIENCE },
      signal,
    );
    const theirs = Date.parse(headers.date ?? '');
    // their date has no fraction: half a second on the average
    return Number.isNaN(theirs) ? null : (before + clock.now()) / 2 - (theirs + 500);
  } catch (error) {
    if (signal.aborted) throw toFailure(error);
    // that it cannot be reached is told by whoever asks it for more
    return null;
  }
}

/** Whether a clone fetches results, which are notes and no part of a plain one; null where git does not say. */
export async function fetchesNotes(directory: string, git: GitCommand, signal: AbortSignal): Promise<boolean | null> {
  const asked = ['-C', directory, 'config', '--get-all', 'remote.origin.fetch'];
  try {
    const { code, stdout } = await git.run(asked, { timeout: PATIENCE }, signal);
    return code === 0 ? Buffer.from(stdout).toString('utf8').includes('refs/notes/') : null;
  } catch (error) {
    if (signal.aborted) throw error;
    // a machine without git
    return null;
  }
}
