// A machine as its tools are configured: variables, files and what tools say, given by the test.
import { dirname } from 'node:path';
import type { MachineSettings } from '../../src/system/machine-settings.ts';

export interface Machine extends MachineSettings {
  /** Tools that were asked, with their arguments. */
  readonly asked: readonly string[];
}

/** `files` by path, `~/` for the home directory; `answers` by command line. What is not given is not there. */
export function machine(
  given: {
    readonly variables?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly answers?: Readonly<Record<string, string>>;
  } = {},
): Machine {
  const { variables = {}, files = {}, answers = {} } = given;
  const asked: string[] = [];
  return {
    asked,
    variable: (name) => variables[name],
    readFile: async (path) => files[path] ?? null,
    listFiles: async (directory) =>
      Object.keys(files)
        .filter((path) => dirname(path) === directory)
        .sort(),
    async ask(command) {
      asked.push(command.join(' '));
      return answers[command.join(' ')] ?? null;
    },
  };
}
