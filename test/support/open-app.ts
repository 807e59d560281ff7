// The App as commands use it, over a state directory of the test's own: configuration through the real parser.
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.ts';
import { parseAgentConfig } from '../../src/definition/agent-config.ts';
import { problemsFailure } from '../../src/definition/problem.ts';
import { createSecrets } from '../../src/system/secrets.ts';

export interface OpenAppOptions {
  readonly url: string | null;
  /** Holds state and socket. */
  readonly directory: string;
  /** Keys of agent.yaml, such as `interval` or `limits.http.tries`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** For the API of the forge. */
  readonly forgeToken?: string;
  /** Gets every line of narration. */
  readonly log?: (line: string) => void;
}

export async function openApp(options: OpenAppOptions): Promise<App> {
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: options.directory,
    XDG_RUNTIME_DIR: options.directory,
    ...options.environment,
  };
  const loaded = await parseAgentConfig({
    file: null,
    environment: {},
    flags: options.settings ?? {},
    machine: { processors: 2 },
  });
  if (!loaded.ok) throw problemsFailure(loaded.problems, 'configuration');
  const { config } = loaded.value;
  const say = options.log ?? (() => {});
  return createApp({
    config,
    url: options.url,
    credentials: {},
    forgeToken: options.forgeToken ?? null,
    log: { warn: say, info: say, debug: say },
    secrets: createSecrets(config.secrets, { env: environment, stampOf: () => null, read: () => '' }),
    environment,
    ca: undefined,
    version: '0.0.0',
    stateBase: join(options.directory, 'state'),
    pid: process.pid,
    clone: null,
  });
}
