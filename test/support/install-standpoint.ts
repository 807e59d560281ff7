// Where the program stands when somebody installs it, for tests: a configuration through the real parser, and stand-ins for
// the programs that belong to the machine.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentConfigSources,
  type LoadedAgentConfig,
  parseAgentConfig,
} from '../../src/definition/agent-config.ts';
import { describeProblem, problemsFailure } from '../../src/definition/problem.ts';
import { type Installation, planInstallation, type Standpoint } from '../../src/install/installation.ts';

export const URL = 'https://git.example.com/team/resources.git';
export const CONFIG = '/etc/spread-cron/agent.yaml';

export interface Given {
  /** Of the configuration file; null: there is none. */
  readonly text?: string | null;
  readonly environment?: AgentConfigSources['environment'];
  readonly flags?: AgentConfigSources['flags'];
  /** Different from the usual standpoint. */
  readonly more?: Partial<Standpoint>;
}

export async function loadGiven({ text = `repository: ${URL}\n`, environment = {}, flags = {} }: Given = {}) {
  const parsed = await parseAgentConfig({
    file: text === null ? null : { path: CONFIG, bytes: Buffer.from(text) },
    environment,
    flags,
    machine: { processors: 2 },
  });
  if (!parsed.ok) throw problemsFailure(parsed.problems, 'configuration');
  return parsed.value;
}

function standpoint(loaded: LoadedAgentConfig, more: Partial<Standpoint> = {}): Standpoint {
  return {
    place: 'user',
    node: '/usr/bin/node',
    program: '/usr/lib/node_modules/spread-cron/dist/main.js',
    loaded,
    address: loaded.config.repository ?? URL,
    stateBase: '/home/ada/.local/state/spread-cron',
    path: '/usr/local/bin:/usr/bin:/bin',
    ...more,
  };
}

export async function installationOf(given: Given = {}): Promise<Installation> {
  const planned = planInstallation(standpoint(await loadGiven(given), given.more));
  if (!planned.ok) throw problemsFailure(planned.problems, 'configuration');
  return planned.value;
}

/** What stands in the way, as people are told it. */
export async function obstaclesTo(given: Given): Promise<readonly string[]> {
  const planned = planInstallation(standpoint(await loadGiven(given), given.more));
  return planned.ok ? [] : planned.problems.map(describeProblem);
}

/** Puts a program of that name into a directory of programs; `script` is for sh. */
export function standIn(directory: string, name: string, script: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, name), 0o755);
}

/** A crontab program that keeps the crontab in `file`. */
export function standInCrontab(directory: string, file: string): void {
  standIn(
    directory,
    'crontab',
    `case "$1" in
      -l) [ -e '${file}' ] || { echo "no crontab for $LOGNAME" >&2; exit 1; }; cat '${file}' ;;
      -r) rm '${file}' ;;
      -) cat > '${file}' ;;
    esac`,
  );
}
