// From configuration to an App: the secrets, credentials and certificates that it names are read here, once.
import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { Failure } from '../core/failure.ts';
import type { AgentConfig } from '../definition/agent-config.ts';
import { type Environment, stateDirectory } from '../system/environment.ts';
import type { Log } from '../system/log.ts';
import { createSecrets, type Secrets, systemSecretDoor, type WrittenSecret } from '../system/secrets.ts';
import { readNamedFile } from './named-file.ts';

export interface OpenOptions {
  readonly config: AgentConfig;
  readonly secrets: Secrets;
  /** Null where the command may do without a repository. */
  readonly url: string | null;
  readonly environment: Environment;
  readonly directory: string;
  readonly log: Log;
  readonly version: string;
  readonly pid: number;
}

/** The secrets of the configuration; the repository's credentials are redacted with them, but have no name. */
export function secretsOf(config: AgentConfig, environment: Environment): Secrets {
  const { password, token } = config.credentials;
  const nameless = Object.entries({
    '(password)': password,
    '(token)': token,
    '(forge token)': config.forge.token,
  }).flatMap(([key, { file, env }]) =>
    file === null && env === null ? [] : [[key, withoutNulls({ file, env })] as const],
  );
  return createSecrets({ ...config.secrets, ...Object.fromEntries(nameless) }, systemSecretDoor(environment));
}

/** Throws a Failure (`configuration`) where something that the configuration names cannot be read. */
export async function openApp(options: OpenOptions): Promise<App> {
  const { config, directory } = options;
  const { createApp } = await import('../app.ts');
  const stateBase = stateBaseOf(options);
  const { caFile, credentials } = config;
  const [password, token, forgeToken] = await Promise.all([
    readSecret(credentials.password, 'credentials.password', options),
    readSecret(credentials.token, 'credentials.token', options),
    readSecret(config.forge.token, 'forge.token', options),
  ]);
  return createApp({
    ...options,
    stateBase,
    credentials: { username: credentials.username ?? undefined, password, token },
    clone: config.repository === null ? directory : null,
    forgeToken: forgeToken ?? token ?? password ?? null,
    ca: caFile === null ? undefined : await readText(resolve(directory, caFile), 'ca_file'),
  });
}

/** The directory of the state of all repositories. */
export function stateBaseOf({
  config,
  environment,
  directory,
}: Pick<OpenOptions, 'config' | 'environment' | 'directory'>) {
  const base = config.stateDir === null ? stateDirectory(environment) : resolve(directory, config.stateDir);
  if (base !== null) return base;
  throw new Failure('configuration', 'there is no HOME to keep state in: say --state-dir DIR or set state_dir');
}

async function readSecret(
  { file, env }: { readonly file: string | null; readonly env: string | null },
  key: string,
  { environment, directory }: OpenOptions,
): Promise<string | undefined> {
  if (file !== null) return (await readText(resolve(directory, file), `${key}.file`)).replace(/[\r\n]+$/, '');
  if (env === null) return undefined;
  const value = environment[env];
  if (value === undefined || value === '') {
    throw new Failure('configuration', 'the variable is not set', { key: `${key}.env`, variable: env });
  }
  return value;
}

async function readText(path: string, key: string): Promise<string> {
  const bytes = await readNamedFile(path, { key, path });
  if (bytes === null) throw new Failure('configuration', 'there is no such file', { key, path });
  return Buffer.from(bytes).toString('utf8');
}

function withoutNulls(source: { readonly file: string | null; readonly env: string | null }): WrittenSecret {
  return {
    ...(source.file === null ? {} : { file: source.file }),
    ...(source.env === null ? {} : { env: source.env }),
  };
}
