// What the commands' actions are given by the program: configuration, output and App, opened when they are needed and
// closed when the command ends.
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { App } from '../app.ts';
import type { AgentConfig, LoadedAgentConfig } from '../definition/agent-config.ts';
import { systemClock } from '../system/clock.ts';
import { systemDisk } from '../system/disk.ts';
import { type Environment, processEnvironment, userName } from '../system/environment.ts';
import type { LogLevel } from '../system/log.ts';
import type { Secrets } from '../system/secrets.ts';
import { expectShortLife } from '../system/short-life.ts';
import { STOPPED_BY, stopInSteps, stopOnSignals } from '../system/signals.ts';
import type { ActionsJob } from './actions/job.ts';
import { openApp, secretsOf } from './open-app.ts';
import { addressFrom, noRepository, repositoryAddress } from './repository-argument.ts';
import { clackPrompts } from './terminal/clack-prompts.ts';
import { createOutput, type Output, type OutputStream } from './terminal/output.ts';
import type { AppTools, Tools } from './tools.ts';

/** What main.ts hands in of the process. */
export interface Surroundings {
  /** Without node and script. */
  readonly arguments: readonly string[];
  readonly version: string;
  readonly pid: number;
  /** Absolute paths of what runs this process, and of what it runs. */
  readonly node: string;
  readonly program: string;
  readonly directory: string;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Writable & OutputStream;
  readonly stderr: Writable & OutputStream;
  /** Ends the process at once. */
  exit(status: number): void;
}

/** The flags that every command takes. */
export interface CommonFlags {
  readonly config?: string | undefined;
  readonly repository?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

export interface Runtime extends Pick<Surroundings, 'directory' | 'node' | 'program' | 'version'> {
  /** The variables of this process. */
  readonly environment: Environment;
  /** Runs a command that needs a repository; with `optional` the App is opened without one where none is known. */
  withApp(
    work: (tools: AppTools) => Promise<number>,
    options?: { readonly repository: 'required' | 'optional' },
  ): Promise<void>;
  /** Runs a command that needs only configuration. `flags` are keys of the configuration. */
  withConfiguration(
    work: (loaded: LoadedAgentConfig, tools: Tools) => Promise<number>,
    flags?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Runs a command that needs none, and that must work also where it is wrong. */
  withoutConfiguration(work: (tools: Tools) => Promise<number>): Promise<void>;
  /** Runs a command that may open Apps again with configuration read anew. `flags` are keys of the configuration. */
  withReopening(
    work: (open: () => Promise<App>, tools: Tools, config: AgentConfig) => Promise<number>,
    flags: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

export interface OpenRuntime {
  readonly runtime: Runtime;
  /** The exit status, once the command has ended. */
  status(): number;
  /** Takes out the secrets that the configuration names. */
  redact(text: string): string;
}

/** `common` is asked when the flags have been read. */
export function createRuntime(surroundings: Surroundings, common: () => CommonFlags): OpenRuntime {
  const { directory } = surroundings;
  const environment = processEnvironment();
  let status = 0;
  let secrets: Secrets | null = null;
  const redact = (text: string) => secrets?.redact(text) ?? text;

  async function withConfigured(
    flags: Readonly<Record<string, unknown>>,
    onStop: 'interrupted' | 'ended',
    work: (loaded: LoadedAgentConfig, tools: Tools) => Promise<number>,
  ): Promise<void> {
    if (onStop === 'interrupted') expectShortLife();
    const loaded = await configured(flags);
    await withTools(loaded.config.log.level, onStop, (tools) => work(loaded, tools));
  }

  async function withTools(
    level: LogLevel,
    onStop: 'interrupted' | 'ended',
    work: (tools: Tools) => Promise<number>,
  ): Promise<void> {
    const output = outputFor(surroundings, common(), { level, environment, redact });
    const endAtOnce = (code: number) => surroundings.exit(code);
    const stopping =
      onStop === 'ended'
        ? stopInSteps({ onLast: endAtOnce })
        : stopOnSignals({
            onFirst: () => {
              if (output.watched) output.say('stopping; once more to end at once');
            },
            onSecond: endAtOnce,
          });
    try {
      const prompts = promptsFor(surroundings, output, stopping.signal);
      const { signal, cancel } = stopping;
      const user = userName(environment);
      const job = await jobOf(environment, output, redact);
      status = await work({ output, clock: systemClock, signal, cancel, user, prompts, job });
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      output.log.debug(`stopped: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      output.progress(null);
      stopping.close();
    }
    const received = stopping.received();
    if (received !== null && onStop === 'interrupted') status = STOPPED_BY[received];
  }

  async function configured(flags: Readonly<Record<string, unknown>>): Promise<LoadedAgentConfig> {
    const { config, repository, stateDir } = common();
    const { loadConfiguration } = await import('./configuration.ts');
    return loadConfiguration({
      file: config ?? null,
      environment,
      directory,
      flags: {
        repository: repository === undefined ? undefined : addressFrom(repository, directory),
        state_dir: stateDir === undefined ? undefined : resolve(directory, stateDir),
        'log.level': wantedLevel(),
        ...flags,
      },
    });
  }

  /** As the flags say; undefined where they say nothing. */
  function wantedLevel(): LogLevel | undefined {
    const { quiet, verbose } = common();
    return verbose === true ? 'verbose' : quiet === true ? 'quiet' : undefined;
  }

  async function open(config: AgentConfig, output: Output, repository: 'required' | 'optional'): Promise<App> {
    const url = await repositoryAddress(config.repository, directory, systemDisk);
    if (url === null && repository === 'required') throw noRepository();
    secrets = secretsOf(config, environment);
    const { version, pid } = surroundings;
    return openApp({ config, secrets, url, environment, directory, log: output.log, version, pid });
  }

  const runtime: Runtime = {
    directory,
    version: surroundings.version,
    node: surroundings.node,
    program: surroundings.program,
    environment,
    withConfiguration: (work, flags = {}) => withConfigured(flags, 'interrupted', work),
    withoutConfiguration(work) {
      expectShortLife();
      return withTools(wantedLevel() ?? 'normal', 'interrupted', work);
    },
    withApp: (work, { repository } = { repository: 'required' }) =>
      withConfigured({}, 'interrupted', async ({ config }, tools) => {
        const app = await open(config, tools.output, repository);
        try {
          return await work({ ...tools, app });
        } finally {
          await app.close();
        }
      }),
    withReopening: (work, flags) =>
      withConfigured(flags, 'ended', ({ config }, tools) =>
        work(async () => open((await configured(flags)).config, tools.output, 'required'), tools, config),
      ),
  };
  return { runtime, status: () => status, redact };
}

/** Loaded only where there is a job: no other command pays for it. */
async function jobOf(
  environment: Environment,
  output: Output,
  redact: (text: string) => string,
): Promise<ActionsJob | null> {
  if (environment.GITHUB_ACTIONS !== 'true') return null;
  const { actionsJob } = await import('./actions/job.ts');
  return actionsJob(environment, { output, clock: systemClock, redact });
}

function outputFor(
  surroundings: Surroundings,
  flags: CommonFlags,
  {
    level,
    environment,
    redact,
  }: {
    readonly level: LogLevel;
    readonly environment: Environment;
    readonly redact: (text: string) => string;
  },
): Output {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  return createOutput({
    streams: surroundings,
    format: flags.json === true ? 'json' : 'human',
    level,
    redact,
    variables: {
      ...(NO_COLOR === undefined ? {} : { NO_COLOR }),
      ...(FORCE_COLOR === undefined ? {} : { FORCE_COLOR }),
      ...(TERM === undefined ? {} : { TERM }),
    },
  });
}

/** Questions need a terminal on both sides, and somebody who wants words rather than JSON. */
function promptsFor(surroundings: Surroundings, output: Output, signal: AbortSignal): Tools['prompts'] {
  if (surroundings.stdin.isTTY !== true || !output.watched || output.format === 'json') return null;
  return clackPrompts({ input: surroundings.stdin, output: surroundings.stderr, signal });
}
