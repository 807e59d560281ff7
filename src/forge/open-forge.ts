// Which forge hosts a repository, told by its address and the configuration.
import { Failure } from '../core/failure.ts';
import type { HttpClient } from '../system/http.ts';
import type { Forge } from './forge.ts';
import { createGitHub } from './github.ts';

const GITHUB = { host: 'github.com', sshHost: 'ssh.github.com', api: 'https://api.github.com' };

export interface ForgeOptions {
  /** Address of the repository, without credentials. */
  readonly url: string;
  /** Base of the forge's API where the configuration names one. */
  readonly api: string | null;
  readonly token: string | null;
  readonly http: HttpClient;
}

/** Null where nobody is known who could be asked: a path, or a host that only speaks git. */
export function openForge({ url, api, token, http }: ForgeOptions): Forge | null {
  const place = hostedPlace(url);
  const base = api ?? (place?.host === GITHUB.host ? GITHUB.api : null);
  if (base === null || place === null) return null;
  return createGitHub({ api: base, owner: place.owner, name: place.name, token, http });
}

/** The Failure for whoever needs a forge where there is none. */
export function noForge(url: string): Failure {
  return new Failure('configuration', 'no API is known for the host of this repository: set forge.api', {
    repository: url,
  });
}

/** Host, owner and name of `https://HOST/OWNER/NAME.git`, `ssh://git@HOST/OWNER/NAME` or `git@HOST:OWNER/NAME`. */
export function hostedPlace(
  url: string,
): { readonly host: string; readonly owner: string; readonly name: string } | null {
  const text = url.replace(/^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?/i, '');
  const [, host, owner, name] = /^([^/:]+)(?::\d+)?[:/]+([^/]+)\/([^/]+?)(?:\.git)?\/*$/.exec(text) ?? [];
  if (host === undefined || owner === undefined || name === undefined || url.startsWith('/')) return null;
  const lower = host.toLowerCase();
  // where its port for ssh is shut off, GitHub answers on the one for https of another host
  return { host: lower === GITHUB.sshHost ? GITHUB.host : lower, owner, name };
}
