// The agent's configuration as the command line reads it: the file, the environment, and the flags on top.
import { join, resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import { type LoadedAgentConfig, parseAgentConfig } from '../definition/agent-config.ts';
import { problemsFailure } from '../definition/problem.ts';
import { configDirectory, type Environment, processorCount } from '../system/environment.ts';
import { readNamedFile } from './named-file.ts';

export interface ConfigurationSources {
  /** Of `--config`; null where it was not given. */
  readonly file: string | null;
  /** By key of the configuration. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  /** The working directory. */
  readonly directory: string;
}

/** Reads everything anew. Throws a Failure (`configuration`) that tells every problem. */
export async function loadConfiguration(sources: ConfigurationSources): Promise<LoadedAgentConfig> {
  const { environment, directory, flags } = sources;
  const named = sources.file ?? environment.SPREAD_CRON_CONFIG ?? null;
  const usual = configDirectory(environment);
  const path = named === null ? (usual === null ? null : join(usual, 'agent.yaml')) : resolve(directory, named);
  const bytes = path === null ? null : await readNamedFile(path, { file: path });
  if (named !== null && bytes === null) {
    throw new Failure('configuration', 'there is no such configuration file', { file: path });
  }
  const file = path === null || bytes === null ? null : { path, bytes };
  const parsed = await parseAgentConfig({ file, environment, flags, machine: { processors: processorCount() } });
  if (!parsed.ok) throw problemsFailure(parsed.problems, 'configuration');
  return parsed.value;
}
