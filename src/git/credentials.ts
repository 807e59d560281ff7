// Credentials of an http(s) remote: as configured, from the address, or from git's credential helpers, which are asked
// only after the remote refused an anonymous request. Nothing of them is ever part of a message.
import type { GitCommand } from './git-command.ts';

/** Configured credentials; app.ts reads them from the environment or a file. */
export interface ConfiguredCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** An access token; the user name that goes with it depends on the host unless one is given. */
  readonly token?: string | undefined;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Credentials {
  /** What is sent without being asked; null until something is known. */
  known(): Login | null;
  /** After a 401: another login to try, or null where there is none. `refused` is what was sent, null for nothing. */
  next(url: string, refused: Login | null, signal: AbortSignal): Promise<Login | null>;
  /** The login was accepted: it is sent from now on, and the helper that gave it may keep it. */
  accepted(url: string, login: Login, signal: AbortSignal): Promise<void>;
}

export interface CredentialSources {
  readonly configured?: ConfiguredCredentials | undefined;
  readonly fromAddress: { readonly username: string | null; readonly password: string | null };
  readonly host: string;
  /** Null where git is not installed: then there are no helpers to ask. */
  readonly git: GitCommand | null;
}

export function createCredentials(sources: CredentialSources): Credentials {
  let known = configuredLogin(sources);
  // Only what a helper gave is reported back to it.
  let helped: Login | null = null;
  const tell = async (verb: 'approve' | 'reject', url: string, login: Login, signal: AbortSignal) => {
    const text = question(url, login.username, login.password);
    if (text !== null) await sources.git?.run(['credential', verb], { stdin: text, timeout: 60_000 }, signal);
  };
  return {
    known: () => known,
    async next(url, refused, signal) {
      if (refused !== null) {
        if (refused === helped) await tell('reject', url, refused, signal);
        if (refused === known) known = refused === helped ? null : known;
        return null;
      }
      const text = question(url, sources.fromAddress.username, null);
      if (sources.git === null || text === null) return null;
      const answer = await sources.git.run(['credential', 'fill'], { stdin: text, timeout: 60_000 }, signal);
      if (answer.code !== 0) return null;
      helped = readLogin(Buffer.from(answer.stdout).toString('utf8'));
      return helped;
    },
    async accepted(url, login, signal) {
      if (known === login) return;
      known = login;
      if (login === helped) await tell('approve', url, login, signal);
    },
  };
}

/** The value of an Authorization header (RFC 7617). */
export function basicAuthorization(login: Login): string {
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

/** The user name that a host expects beside an access token. */
function tokenUser(host: string): string {
  if (host.includes('bitbucket')) return 'x-token-auth';
  if (host.includes('gitlab')) return 'oauth2';
  return 'x-access-token';
}

function configuredLogin({ configured, fromAddress, host }: CredentialSources): Login | null {
  const username = configured?.username ?? fromAddress.username;
  if (configured?.token !== undefined) return { username: username ?? tokenUser(host), password: configured.token };
  const password = configured?.password ?? fromAddress.password;
  if (password === undefined || password === null) return null;
  return { username: username ?? '', password };
}

/** A question to `git credential` (gitcredentials, git-credential(1)); null where a part could not be one line. */
function question(url: string, username: string | null, password: string | null): string | null {
  const { protocol, host, pathname } = new URL(url);
  const fields: Record<string, string | null> = {
    protocol: protocol.slice(0, -1),
    host,
    path: pathname.slice(1),
    username,
    password,
  };
  const lines = Object.entries(fields).filter(
    (field): field is [string, string] => field[1] !== null && field[1] !== '',
  );
  if (lines.some(([, value]) => /[\n\r\0]/.test(value))) return null;
  return `${lines.map(([name, value]) => `${name}=${value}\n`).join('')}\n`;
}

function readLogin(answer: string): Login | null {
  const fields = new Map(
    answer.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const [username, password] = [fields.get('username'), fields.get('password')];
  return username === undefined || password === undefined ? null : { username, password };
}
