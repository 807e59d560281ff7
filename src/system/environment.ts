// The door to this process's environment: variables, the directories that they name, how many processors there are.
import { availableParallelism, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string>>;

/** What every child may see. Proxy variables count in both cases, locale variables by their prefix. */
const ALLOWED = new Set(['PATH', 'HOME', 'USER', 'LANG', 'TZ', 'TMPDIR']);
const PROXIES = new Set(['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']);

/** Variables that change what a shell does before it reads a line; they are nobody's wish when they are in the way. */
const NEVER = new Set(['BASH_ENV', 'ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'IFS']);

/** The variables of this process. */
export function processEnvironment(): Environment {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * The environment of children, from the variables of this process: PATH, HOME, USER, LANG, LC_*, TZ, TMPDIR, the proxy
 * variables in both cases, and the extra names that the agent's configuration lists; nothing else.
 */
export function baseEnvironment(source: Environment, extraNames: readonly string[] = []): Environment {
  const extra = new Set(extraNames);
  return Object.fromEntries(
    Object.entries(source).filter(([name]) => !NEVER.has(name) && (isAllowed(name) || extra.has(name))),
  );
}

function isAllowed(name: string): boolean {
  return (
    ALLOWED.has(name) ||
    name.startsWith('LC_') ||
    PROXIES.has(name) ||
    (name === name.toUpperCase() && PROXIES.has(name.toLowerCase()))
  );
}

/** Where configuration is looked for: `$XDG_CONFIG_HOME/spread-cron`, else `~/.config/spread-cron`; null without HOME. */
export function configDirectory(env: Environment): string | null {
  return below(env.XDG_CONFIG_HOME, env.HOME, '.config');
}

/** Where state is kept: `$XDG_STATE_HOME/spread-cron`, else `~/.local/state/spread-cron`; null without HOME. */
export function stateDirectory(env: Environment): string | null {
  return below(env.XDG_STATE_HOME, env.HOME, '.local/state');
}

/** Where sockets live: `$XDG_RUNTIME_DIR/spread-cron`; null where the system gives none. */
export function runtimeDirectory(env: Environment): string | null {
  return below(env.XDG_RUNTIME_DIR, undefined, '');
}

/** Where the agent's socket is: the runtime directory, else one of this user's own in the temporary directory. */
export function socketDirectory(env: Environment): string {
  return runtimeDirectory(env) ?? join(tmpdir(), `spread-cron-${userId()}`);
}

/** The number of the user that this process belongs to; they need have no name, as in containers. */
export function userId(): number {
  return process.getuid?.() ?? userInfo().uid;
}

/** The name of the user that this process belongs to; their number where they have no name. */
export function userName(env: Environment): string {
  try {
    return userInfo().username;
  } catch {
    // a number without an entry in the list of users, as containers have it
    return env.USER ?? env.LOGNAME ?? String(process.getuid?.() ?? 'unknown');
  }
}

/** How many processors this process may use. */
export function processorCount(): number {
  return availableParallelism();
}

/** The XDG rules: a relative or empty path counts as absent. */
function below(configured: string | undefined, home: string | undefined, fallback: string): string | null {
  if (configured?.startsWith('/')) return join(configured, 'spread-cron');
  return home?.startsWith('/') ? join(home, fallback, 'spread-cron') : null;
}
