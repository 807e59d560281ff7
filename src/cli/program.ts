// The command line: which commands and flags there are. What they do is in commands/, loaded with this file but opening
// nothing heavy before it is needed.
import { Command, CommanderError, Option } from 'commander';
import { addAddResource } from './commands/add-resource.ts';
import { addAgent } from './commands/agent.ts';
import { addCancel } from './commands/cancel.ts';
import { addCatalogue } from './commands/catalogue.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addHistory } from './commands/history.ts';
import { addInit } from './commands/init.ts';
import { addInstall } from './commands/install.ts';
import { addLogs } from './commands/logs.ts';
import { addPing } from './commands/ping.ts';
import { addRemoveResource } from './commands/remove-resource.ts';
import { addRetry } from './commands/retry.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addShow } from './commands/show.ts';
import { addSnapHook } from './commands/snap-hook.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addTry } from './commands/try.ts';
import { addUninstall } from './commands/uninstall.ts';
import { addValidate } from './commands/validate.ts';
import { addWatch } from './commands/watch.ts';
import { explainError } from './failure-lines.ts';
import { examples } from './help.ts';
import { type CommonFlags, createRuntime, type Runtime, type Surroundings } from './runtime.ts';
import { printable } from './terminal/printable.ts';

const COMMANDS = [
  addInit,
  addWatch,
  addCatalogue,
  addAddResource,
  addRemoveResource,
  addStart,
  addCheck,
  addTry,
  addStatus,
  addHistory,
  addRun,
  addRuns,
  addShow,
  addLogs,
  addCancel,
  addRetry,
  addValidate,
  addDoctor,
  addConfig,
  addAgent,
  addPing,
  addInstall,
  addUninstall,
  addSnapHook,
];

export interface Program {
  /** Runs the command line to its end and resolves to the exit status. Rejects with whatever ended the command. */
  run(): Promise<number>;
  /** Tells what ended a command on stderr, safe for a terminal and without secrets, and gives the exit status. */
  report(error: unknown): number;
}

export function openProgram(surroundings: Surroundings): Program {
  let program = new Command();
  const { runtime, status, redact } = createRuntime(surroundings, () => program.opts<CommonFlags>());
  program = buildProgram(surroundings, runtime);
  addCompletion(program, () => buildProgram(surroundings, runtime));
  return {
    async run() {
      try {
        await program.parseAsync([...surroundings.arguments], { from: 'user' });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        // help that was asked for is no error; everything else that commander finds is misuse
        return error.exitCode === 0 ? 0 : 2;
      }
      return status();
    },
    report(error) {
      const { lines, exitCode } = explainError(error, isVerbose(surroundings.arguments) ? 'verbose' : 'brief');
      for (const line of lines) surroundings.stderr.write(`${printable(redact(line))}\n`);
      return exitCode;
    },
  };
}

/** Whether `-v` was among the words, alone or with other letters; the parser may not have come so far. */
function isVerbose(words: readonly string[]): boolean {
  return words.some((word) => word === '--verbose' || /^-[a-z]*v/.test(word));
}

function buildProgram(surroundings: Surroundings, runtime: Runtime): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command('spread-cron')
    .description(
      'Watches things outside, records every change as an empty git commit, pushes it so that CI runs, and runs suites.',
    )
    .usage('COMMAND [OPTIONS]')
    .version(surroundings.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .option('--config <FILE>', 'configuration file; default: agent.yaml in the user’s configuration directory')
    .option(
      '--repository <URL|PATH>',
      'the resources repository; default: the configuration, else origin of this clone',
    )
    .option('--state-dir <DIR>', 'where the mirror and counts are kept')
    .option('--json', 'one JSON object per line on stdout')
    .addOption(new Option('-q, --quiet', 'tell only what went wrong').conflicts('verbose'))
    .option('-v, --verbose', 'tell everything')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.trimEnd().split('\n').map(printable).join('\n').concat('\n')),
      getOutHelpWidth: () => (stdout.isTTY === true ? (stdout.columns ?? 80) : 120),
      getErrHelpWidth: () => (stderr.isTTY === true ? (stderr.columns ?? 80) : 120),
    })
    .exitOverride()
    .addHelpText(
      'after',
      examples([
        'init resources',
        "add-resource node --message 'New Node' --step http=https://www.example.com/node.json --step 'json=$.version'",
        'check --dry-run',
        'agent',
      ]),
    );
  for (const add of COMMANDS) add(program, runtime);
  tellWhereHelpIs(program);
  return program;
}

/** After a mistake in the use of a command: where its help is. */
function tellWhereHelpIs(command: Command, path = 'spread-cron'): void {
  command.showHelpAfterError(`see ${path} --help`);
  for (const child of command.commands) tellWhereHelpIs(child, `${path} ${child.name()}`);
}
