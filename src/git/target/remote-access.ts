// The way to a target: its listing, and what a git command needs to be let in.
import { toFailure } from '../../core/failure.ts';
import type { HttpClient } from '../../system/http.ts';
import { type ConfiguredCredentials, createCredentials } from '../credentials.ts';
import { credentialHelper } from '../engine/git.ts';
import type { GitCommand } from '../git-command.ts';
import { type Remote, remoteHost } from '../remote-url.ts';
import { createCommandTransport } from '../transport/command.ts';
import { createLocalTransport } from '../transport/local.ts';
import type { RemoteRefs } from '../transport/ref-listing.ts';
import { createSmartHttp } from '../transport/smart-http.ts';
import { targetFailure } from './clone-failure.ts';

export interface RemoteAccess {
  readonly remote: Remote;
  /** HEAD, branches, tags, and the one ref that is wanted where it has a full name. */
  list(ref: string | null, signal: AbortSignal): Promise<RemoteRefs>;
  /** Settings and variables of git commands that reach the remote; complete once it has been listed. */
  forGit(): { readonly settings: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

export interface RemoteAccessOptions {
  readonly git: GitCommand;
  readonly http: HttpClient;
  readonly credentials?: ConfiguredCredentials | undefined;
}

export function accessTo(remote: Remote, { git, http, credentials }: RemoteAccessOptions): RemoteAccess {
  const fromAddress = remote.kind === 'http' ? remote : { username: null, password: null };
  const logins = createCredentials({ configured: credentials, fromAddress, host: remoteHost(remote) ?? '', git });
  const transport =
    remote.kind === 'http'
      ? createSmartHttp({ url: remote.url, http, credentials: logins })
      : remote.kind === 'local'
        ? createLocalTransport(git, remote.url)
        : createCommandTransport({ git, url: remote.url, mirror: null });
  return {
    remote,
    async list(ref, signal) {
      const prefixes = ['HEAD', 'refs/heads/', 'refs/tags/', ...(isFullName(ref) ? [ref] : [])];
      try {
        return await transport.list(prefixes, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw targetFailure(toFailure(error));
      }
    },
    forGit() {
      const { settings, env } = credentialHelper(remote, logins.known());
      // A server that sends nothing for five minutes is away; one that still counts objects sends signs of life.
      return { settings: [...settings, '-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=300'], env };
    },
  };
}

/** A full ref name of characters that git admits in one. */
function isFullName(ref: string | null): ref is string {
  return ref !== null && /^refs\/[^\p{Cc} ~^:?*[\\]+$/u.test(ref);
}
