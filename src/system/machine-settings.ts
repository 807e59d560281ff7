// The door to how the tools of this machine are configured: variables, files, and what a tool says of itself. Read for
// the addresses of package registries, which belong to the machine and not to the definitions that are watched with it.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { isMissing, readFileIfAny } from './files.ts';
import { findProgram } from './process/find-program.ts';
import type { Processes } from './process.ts';

/** What is read here may hold logins: take out what is asked for, and tell nobody the rest. */
export interface MachineSettings {
  /** A variable of the agent's environment; an empty one counts as absent. */
  variable(name: string): string | undefined;
  /** The text of a file, `~/` at its beginning for the home directory. Null where there is none that this user may read:
   * then the tool does not read it either. */
  readFile(path: string): Promise<string | null>;
  /** Absolute paths of what is in a directory, by name; none where there is no directory that this user may read. */
  listFiles(directory: string): Promise<readonly string[]>;
  /**
   * The first line that a tool prints, asked once in the life of this door: it sees the variables of children and its own
   * (`npm_…`, `PIP_…`). Null where the tool is not installed, ends with an error or prints nothing. Throws the Failures
   * of a process that takes too long or prints too much.
   */
  ask(command: readonly [program: string, ...args: string[]], signal: AbortSignal): Promise<string | null>;
}

/** Bytes of a file of settings. */
const LARGEST_FILE = 1_000_000;
/** Milliseconds that a tool may take, which starts an interpreter or two. */
const PATIENCE = 20_000;
/** Bytes that a tool may print. */
const LARGEST_OUTPUT = 65_536;

export function createMachineSettings(options: {
  /** Variables of this process. */
  readonly environment: Environment;
  /** What children see. */
  readonly env: Environment;
  readonly processes: Pick<Processes, 'run'>;
}): MachineSettings {
  const { environment, env, processes } = options;
  const answers = new Map<string, Promise<string | null>>();

  const run = async ([name, ...args]: readonly [string, ...string[]], signal: AbortSignal): Promise<string | null> => {
    const file = await findProgram(name, environment.PATH);
    if (file === null) return null;
    const own = Object.entries(environment).filter(([variable]) => variable.toLowerCase().startsWith(`${name}_`));
    const { code, stdout } = await processes.run(
      // not in a project, whose settings are nobody's here
      {
        file,
        args,
        cwd: '/',
        env: { ...env, ...Object.fromEntries(own) },
        timeout: PATIENCE,
        maxOutput: LARGEST_OUTPUT,
      },
      signal,
    );
    const [line = ''] = new TextDecoder().decode(stdout).trim().split(/\r?\n/);
    return code === 0 && line !== '' ? line : null;
  };

  return {
    variable: (name) => environment[name] || undefined,
    async readFile(path) {
      const place = placeOf(path, environment.HOME);
      const bytes = place === null ? null : await whereAllowed(() => readFileIfAny(place, LARGEST_FILE), null);
      return bytes === null ? null : new TextDecoder().decode(bytes);
    },
    async listFiles(directory) {
      const names = await whereAllowed(() => readdir(directory), []);
      return names.sort().map((name) => join(directory, name));
    },
    ask(command, signal) {
      const key = JSON.stringify(command);
      const asked = answers.get(key) ?? run(command, signal);
      answers.set(key, asked);
      // what was cut short is no answer: whoever needs it next asks again
      asked.catch(() => answers.delete(key));
      return asked;
    },
  };
}

function placeOf(path: string, home: string | undefined): string | null {
  if (!path.startsWith('~/')) return path.startsWith('/') ? path : null;
  return home?.startsWith('/') ? join(home, path.slice(2)) : null;
}

/** What is there; the alternative where nothing is, or nothing for this user. */
async function whereAllowed<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (isMissing(error) || code === 'EACCES' || code === 'EPERM' || code === 'EISDIR') return otherwise;
    throw error;
  }
}
