// `completion SHELL`: the script that gives a shell our commands and flags; and the hidden command that it calls.
import type { ArgumentHandler, OptionHandler, RootCommand } from '@bomb.sh/tab';
import { Argument, Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'];
/** The adapter insists on adding a command of its own for scripts; it is taken out of what is completed. */
const ADAPTERS_OWN = 'adapters-own';

/** `build` makes the program anew, with this command but without the hidden one: what is completed. */
export function addCompletion(program: Command, build: () => Command): void {
  addScript(program, build);
  const complete = new Command('complete')
    .description('answers the completion scripts')
    .argument('[WORDS...]')
    .allowUnknownOption()
    .action(async (words: string[]) => (await completionOf(build)).parse([...words]));
  program.addCommand(complete, { hidden: true });
}

function addScript(program: Command, build: () => Command): void {
  program
    .command('completion')
    .summary('a script that completes commands and flags in your shell')
    .description('Prints a script for your shell; load it where the shell starts.')
    .addArgument(new Argument('<SHELL>', 'your shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  source <(spread-cron completion bash)\n' +
        '  source <(spread-cron completion zsh)\n' +
        '  spread-cron completion fish > ~/.config/fish/completions/spread-cron.fish\n',
    )
    .action(async (shell: string) => (await completionOf(build)).setup('spread-cron', 'spread-cron', shell));
}

/** Descriptions of one line, and the flags that every command takes also after the command. */
async function completionOf(build: () => Command): Promise<RootCommand> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const program = build();
  addScript(program, build);
  const completed = tab(program, { completionCommandName: ADAPTERS_OWN });
  completed.commands.delete(ADAPTERS_OWN);
  for (const [path, command] of completed.commands) {
    command.description = summaryOf(program, path);
    for (const [name, option] of completed.options) {
      if (!command.options.has(name)) command.options.set(name, option);
    }
  }
  await completeEntries(completed);
  return completed;
}

/** Names of the catalogue's entries, wherever one is written. */
async function completeEntries(completed: RootCommand): Promise<void> {
  const { shippedCatalogue } = await import('../../catalogue/open-catalogue.ts');
  const names = await shippedCatalogue().names();
  const complete: OptionHandler & ArgumentHandler = (suggest) => {
    for (const name of names) suggest(name, '');
  };
  completed.commands.get('catalogue')?.argument('ENTRY', complete);
  completed.commands.get('add-resource')?.option('from', 'an entry of the catalogue', complete);
}

function summaryOf(program: Command, path: string): string {
  const found = path
    .split(' ')
    .reduce<Command | undefined>((command, name) => command?.commands.find((child) => child.name() === name), program);
  return found?.summary() ?? '';
}
