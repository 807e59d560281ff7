// Remotes that are not spoken to in process (ssh, git://): `git ls-remote`, and one `git push` for many refs, each with
// the value that it is expected to have.
import { Failure } from '../../core/failure.ts';
import { type GitCommand, remoteFailure } from '../git-command.ts';
import { printable } from './pkt-line.ts';
import { readLsRemote } from './ref-listing.ts';
import type { Transport } from './transport.ts';

const TEN_MINUTES = 600_000;

export interface CommandTransportOptions {
  readonly git: GitCommand;
  readonly url: string;
  /** A bare repository that has the objects of every push before it begins; null for a transport that only lists. */
  readonly mirror: string | null;
}

export function createCommandTransport({ git, url, mirror }: CommandTransportOptions): Transport {
  return {
    async list(prefixes, signal) {
      const patterns = prefixes.map((prefix) => (prefix.endsWith('/') ? `${prefix}*` : prefix));
      const args = ['ls-remote', '--symref', '--end-of-options', url, ...patterns];
      const finished = await git.run(args, { timeout: TEN_MINUTES }, signal);
      if (finished.code !== 0) throw remoteFailure(finished, url);
      return readLsRemote(Buffer.from(finished.stdout).toString('utf8'));
    },

    async push({ updates, atomic }, signal) {
      if (mirror === null) throw new Failure('internal', 'this transport was made for listing only');
      const leases = updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`);
      const refspecs = updates.map(({ ref, next }) => `${next ?? ''}:${ref}`);
      const args = [
        `--git-dir=${mirror}`,
        'push',
        '--porcelain',
        '--no-verify',
        ...(atomic ? ['--atomic'] : []),
        ...leases,
      ];
      const finished = await git.run([...args, '--end-of-options', url, ...refspecs], { timeout: TEN_MINUTES }, signal);
      const refs = readPorcelain(Buffer.from(finished.stdout).toString('utf8'));
      if (refs.size === 0) throw remoteFailure(finished, url);
      return { unpackError: null, refs, narration: remoteLines(finished.stderr) };
    },
  };
}

/** The table of `git push --porcelain`: flag, from:to and summary, separated by tabs; `!` marks what was refused. */
function readPorcelain(output: string): ReadonlyMap<string, string | null> {
  const refs = new Map<string, string | null>();
  for (const line of output.split('\n')) {
    const [flag, names, summary] = line.split('\t');
    if (flag?.length !== 1 || names === undefined || summary === undefined) continue;
    const ref = names.slice(names.indexOf(':') + 1);
    refs.set(ref, flag === '!' ? printable(/\((.*)\)$/.exec(summary)?.[1] ?? summary) : null);
  }
  return refs;
}

/** What hooks said: the lines that git marks as the remote's. */
function remoteLines(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('remote:'));
  return printable(lines.map((line) => line.slice('remote:'.length).trim()).join(' '));
}
