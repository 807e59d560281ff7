// Addresses of repositories: which kinds are admitted, how each is reached, and how it is shown without credentials.
import { fileURLToPath } from 'node:url';
import { Failure } from '../core/failure.ts';

export type Remote =
  /** Smart HTTP, in process. `url` has no user information and no trailing slash. */
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly username: string | null;
      readonly password: string | null;
    }
  /** A directory of this machine. */
  | { readonly kind: 'local'; readonly url: string }
  /** ssh and git://, through the git command. */
  | { readonly kind: 'command'; readonly url: string };

/** `user@host:path`, as ssh takes it; not what has a scheme or lacks a slash of one, and no host that looks like an option. */
const SCP_LIKE =
  /^(?!(?:https?|ssh|git|file|ftps?):)(?:[\w.+~][\w.+~-]*@)?(?:[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\]):(?!\/\/)[^-].*$/;

/**
 * Reads an address: http, https, ssh, git and file URLs, `user@host:path`, and absolute paths. Anything else is a Failure
 * `refused`; so are addresses with control characters and hosts or paths that the git command would take for options.
 */
export function parseRemote(address: string): Remote {
  const text = address.trim();
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) throw refusal(text);
  if (text.startsWith('/')) return { kind: 'local', url: text };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (!SCP_LIKE.test(text) || text.includes('::')) throw refusal(text);
    return { kind: 'command', url: text };
  }
  if (!URL.canParse(text)) throw refusal(text);
  const url = new URL(text);
  switch (scheme) {
    case 'http':
    case 'https': {
      const [username, password] = [decode(url.username), decode(url.password)];
      url.username = '';
      url.password = '';
      url.hash = '';
      return { kind: 'http', url: url.href.replace(/\/+$/, ''), username, password };
    }
    case 'ssh':
    case 'git':
      if (url.hostname === '' || /^(?:-|%2d)/i.test(url.hostname) || /^(?:-|%2d)/i.test(url.username))
        throw refusal(text);
      url.password = '';
      return { kind: 'command', url: url.href };
    case 'file':
      if (url.hostname !== '') throw refusal(text);
      return { kind: 'local', url: fileURLToPath(url) };
    default:
      throw refusal(text);
  }
}

/** The host of an address in lower case, or null for a path. */
export function remoteHost(remote: Remote): string | null {
  if (remote.kind === 'local') return null;
  if (URL.canParse(remote.url) && remote.url.includes('://')) return new URL(remote.url).hostname.toLowerCase();
  return /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*):/.exec(remote.url)?.[1]?.toLowerCase() ?? null;
}

function decode(part: string): string | null {
  if (part === '') return null;
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign: the part was not encoded to begin with.
    return part;
  }
}

function refusal(text: string): Failure {
  return new Failure('refused', 'use an http, https, ssh, git or file address, user@host:path or an absolute path', {
    address: text
      .replace(/\/\/[^/]*@/, '//')
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')
      .slice(0, 200),
  });
}
