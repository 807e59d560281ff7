// The one place where the benchmark meets the program's wiring: opens the App as a command does, once, and has it do one
// round after another, as the agent does.
import { createApp } from '../../src/app.ts';
import { loadConfiguration } from '../../src/cli/configuration.ts';
import { describeFailure } from '../../src/core/failure.ts';
import { processEnvironment } from '../../src/system/environment.ts';
import { createSecrets, systemSecretDoor } from '../../src/system/secrets.ts';

export interface WarmRounds {
  /** One round over every resource: how many changes were recorded, and the first failure, if any. */
  round(): Promise<{ readonly changed: number; readonly failed: string | undefined }>;
  close(): Promise<void>;
}

export async function openRounds(options: {
  readonly repository: string;
  readonly stateDirectory: string;
}): Promise<WarmRounds> {
  const environment = processEnvironment();
  const { config } = await loadConfiguration({ file: null, flags: {}, environment, directory: process.cwd() });
  const tell = (text: string) => console.error(`bench: ${text}`);
  const app = createApp({
    config,
    url: options.repository,
    stateBase: options.stateDirectory,
    credentials: {},
    forgeToken: null,
    clone: null,
    log: { debug: () => undefined, info: () => undefined, warn: tell },
    secrets: createSecrets({}, systemSecretDoor({})),
    environment,
    ca: undefined,
    version: 'bench',
    pid: process.pid,
  });
  const signal = new AbortController().signal;
  return {
    close: app.close,
    round: async () => {
      const { outcomes, remoteFailure } = await app.check(
        { names: [], all: 'due', write: 'write', onOutcome: () => undefined, onPlan: () => undefined },
        signal,
      );
      const failed = outcomes.find(({ outcome }) => outcome === 'failed' || outcome === 'skipped');
      return {
        changed: outcomes.filter(({ outcome, pushed }) => (outcome === 'changed' || outcome === 'new') && pushed)
          .length,
        failed: remoteFailure !== null ? describeFailure(remoteFailure) : failed && JSON.stringify(failed),
      };
    },
  };
}
