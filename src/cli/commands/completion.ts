// `completion SHELL`: the script that gives a shell our commands and flags; and the hidden command that it calls.
import { Argument, Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'];

/** `build` makes the program anew, less completion itself: what is completed. */
export function addCompletion(program: Command, build: () => Command): void {
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
    .action(async (shell: string) => (await completionOf(build())).setup('spread-cron', 'spread-cron', shell));
  const complete = new Command('complete')
    .description('answers the completion scripts')
    .argument('[WORDS...]')
    .allowUnknownOption()
    .action(async (words: string[]) => (await completionOf(build())).parse([...words]));
  program.addCommand(complete, { hidden: true });
}

async function completionOf(program: Command) {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  return tab(program, { completionCommandName: 'completion' });
}
