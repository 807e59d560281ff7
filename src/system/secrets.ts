// Secrets that the agent's configuration names: where their values come from, which hosts they may go to, and keeping
// them out of everything that is written.
import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../core/failure.ts';
import { globMatcher } from '../core/glob.ts';
import { type ByteRedactor, createRedaction, type Redactor } from './redaction.ts';

/** One entry of `secrets` in the agent's configuration. */
export interface WrittenSecret {
  /** Path of a file whose content is the value, less line breaks at its end; or: */
  readonly file?: string | undefined;
  /** name of an environment variable. */
  readonly env?: string | undefined;
  /** Hosts that it may be sent to: `api.example.com`, `*.example.com` (any subdomain, not itself), with `:port` where it
   * is not the scheme's own. None: it goes into no request. */
  readonly hosts?: readonly string[] | undefined;
  /** Resources (globs) whose runs may have it. */
  readonly resources?: readonly string[] | undefined;
}

/** Where values are read. */
export interface SecretDoor {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Something that changes when the file does; null where there is none. */
  stampOf(path: string): string | null;
  read(path: string): string;
}

export interface Secrets {
  /**
   * The text with `${secret:NAME}` replaced, for sending to `host` (with port where it is not the scheme's own). Throws
   * a Failure that names the key of the configuration: `configuration` (no such secret, no value), `refused` (not for
   * this host), `definition` (a placeholder that is none).
   */
  resolve(text: string, host: string): string;
  /** The same for a variable of a resource's run. `refused`: not for this resource. */
  resolveForRun(text: string, resource: string): string;
  /** The value of a secret that a run of the resource gets as a file; fails as `resolveForRun` does. */
  valueForRun(name: string, resource: string): string;
  /** The Failure of every secret that has no value here now, by its name. */
  missing(): ReadonlyMap<string, Failure>;
  /** The text with every known value replaced by `***`, also in base64, in URLs and in JSON. */
  redact(text: string): string;
  /** The same for a text that arrives in pieces. */
  createRedactor(): Redactor;
  createByteRedactor(): ByteRedactor;
}

interface Loaded {
  readonly stamp: string;
  readonly value: string;
}

const PLACEHOLDER = /\$\{secret:([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][\w.-]*$/;

export function systemSecretDoor(env: Readonly<Record<string, string | undefined>> = process.env): SecretDoor {
  return {
    env,
    stampOf(path) {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? null : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    },
    read: (path) => readFileSync(path, 'utf8'),
  };
}

/** Reads every value once, so that it is redacted wherever it appears; one that cannot be read fails when it is used. */
export function createSecrets(
  written: Readonly<Record<string, WrittenSecret>>,
  door: SecretDoor = systemSecretDoor(),
): Secrets {
  const loaded = new Map<string, Loaded>();
  const redaction = createRedaction();

  const currentValue = (name: string): string => {
    const secret = Object.hasOwn(written, name) ? written[name] : undefined;
    if (secret === undefined)
      throw new Failure('configuration', 'the agent configuration has no secret of this name', {
        key: `secrets.${name}`,
      });
    const stamp = stampOf(name, secret, door);
    const known = loaded.get(name);
    if (known?.stamp === stamp) return known.value;
    const value = readValue(name, secret, door);
    loaded.set(name, { stamp, value });
    redaction.add(value);
    return value;
  };

  const missing = () => {
    const found = new Map<string, Failure>();
    for (const name of Object.keys(written)) {
      try {
        currentValue(name);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        found.set(name, error);
      }
    }
    return found;
  };
  // read now, so that they are redacted; whoever uses one that is missing is told
  missing();

  const valueFor = (name: string, host: string) => {
    const value = currentValue(name);
    if (!written[name]?.hosts?.some((pattern) => allowsHost(pattern, host)))
      throw new Failure('refused', 'the secret may not be sent to this host', { host, key: `secrets.${name}.hosts` });
    return value;
  };

  const valueForRun = (name: string, resource: string) => {
    const value = currentValue(name);
    if (!written[name]?.resources?.some((pattern) => globMatcher(pattern)(resource)))
      throw new Failure('refused', 'runs of this resource may not have the secret', {
        resource,
        key: `secrets.${name}.resources`,
      });
    return value;
  };

  return {
    resolve: (text, host) => fillSecrets(text, (name) => valueFor(name, host)),
    resolveForRun: (text, resource) => fillSecrets(text, (name) => valueForRun(name, resource)),
    valueForRun,
    missing,
    redact: redaction.redact,
    createRedactor: redaction.createRedactor,
    createByteRedactor: redaction.createByteRedactor,
  };
}

/** The text with its placeholders replaced; what a value holds is not looked at. */
function fillSecrets(text: string, find: (name: string) => string): string {
  return text.replace(PLACEHOLDER, (_placeholder, name: string, end: string) => {
    if (end === '' || !NAME.test(name))
      throw new Failure('definition', 'a secret is written as ${secret:NAME}', { name: name.slice(0, 40) });
    return find(name);
  });
}

/** Whether a pattern of `hosts` means this host. */
export function allowsHost(pattern: string, host: string): boolean {
  const wanted = pattern.trim().toLowerCase();
  const given = host.toLowerCase();
  return wanted.startsWith('*.') ? given.endsWith(wanted.slice(1)) && given.length >= wanted.length : wanted === given;
}

function stampOf(name: string, secret: WrittenSecret, door: SecretDoor): string {
  if ((secret.file === undefined) === (secret.env === undefined))
    throw new Failure('configuration', 'a secret comes from a file or from a variable, write one of the two', {
      key: `secrets.${name}`,
    });
  if (secret.file === undefined) return door.env[secret.env ?? ''] ?? '';
  const stamp = attempt(name, secret.file, () => door.stampOf(secret.file ?? ''));
  if (stamp === null)
    throw new Failure('configuration', 'the file of the secret is missing', {
      key: `secrets.${name}.file`,
      path: secret.file,
    });
  return stamp;
}

function readValue(name: string, secret: WrittenSecret, door: SecretDoor): string {
  const { file, env = '' } = secret;
  const text = file === undefined ? (door.env[env] ?? '') : attempt(name, file, () => door.read(file));
  const value = text.replace(/[\r\n]+$/, '');
  if (value === '')
    throw new Failure('configuration', 'the secret is empty', {
      key: `secrets.${name}.${file === undefined ? 'env' : 'file'}`,
      ...(file === undefined ? { variable: env } : { path: file }),
    });
  return value;
}

function attempt<T>(name: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const details = { key: `secrets.${name}.file`, path, code };
    throw new Failure('configuration', 'the file of the secret cannot be read', details, { cause: error });
  }
}
