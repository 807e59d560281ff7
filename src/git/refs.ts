// All refs of any remote, heads and tags with what annotated tags stand for: for the `git` source, which needs no mirror.
import { Failure } from '../core/failure.ts';
import { systemDisk } from '../system/disk.ts';
import type { HttpClient } from '../system/http.ts';
import type { Processes } from '../system/process.ts';
import { createCredentials } from './credentials.ts';
import { createGitCommand, isGitInstalled } from './git-command.ts';
import { parseRemote, remoteHost } from './remote-url.ts';
import { createCommandTransport } from './transport/command.ts';
import { createLocalTransport } from './transport/local.ts';
import type { RemoteRef } from './transport/ref-listing.ts';
import { createSmartHttp } from './transport/smart-http.ts';
import type { Transport } from './transport/transport.ts';

export type { RemoteRef } from './transport/ref-listing.ts';

export interface RemoteRefsDeps {
  readonly http: HttpClient;
  readonly processes: Processes;
  /** The environment that the git command gets. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The refs of a remote below refs/heads/ and refs/tags/, and HEAD. http(s) in process, anonymously or with the
 * credentials in the address; all else, and helpers after a 401, through the git command. Throws Failures: `refused` (the
 * address), `remote-unreachable`, `authentication-failed`, `not-found`, `configuration` (git is needed and missing).
 */
export async function listRemoteRefs(
  url: string,
  deps: RemoteRefsDeps,
  signal: AbortSignal,
): Promise<readonly RemoteRef[]> {
  const remote = parseRemote(url);
  const git = (await isGitInstalled(systemDisk, deps.env)) ? createGitCommand(deps.processes, deps.env) : null;
  let transport: Transport;
  if (remote.kind === 'http') {
    const credentials = createCredentials({ fromAddress: remote, host: remoteHost(remote) ?? '', git });
    transport = createSmartHttp({ url: remote.url, http: deps.http, credentials });
  } else if (git === null) {
    throw new Failure('configuration', 'this address needs the git command, install git or use an https address', {
      url: remote.url,
    });
  } else {
    transport =
      remote.kind === 'local'
        ? createLocalTransport(git, remote.url)
        : createCommandTransport({ git, url: remote.url, mirror: null });
  }
  const { refs } = await transport.list(['HEAD', 'refs/heads/', 'refs/tags/'], signal);
  return refs.filter(({ name }) => name === 'HEAD' || name.startsWith('refs/heads/') || name.startsWith('refs/tags/'));
}
