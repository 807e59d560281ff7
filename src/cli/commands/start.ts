// `start NAME…`: makes the branches of definitions that are on the default branch.
import type { Command } from 'commander';
import { Failure } from '../../core/failure.ts';
import { type PushOptions, pushPrepared } from '../adding/push-prepared.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import type { AppTools } from '../tools.ts';

export function addStart(program: Command, runtime: Runtime): void {
  program
    .command('start')
    .summary('make the branches of definitions that are on the default branch')
    .description(
      'Definitions on the default branch are not watched before they have a branch. start extracts their values, shows\n' +
        'them, and pushes a branch with that value as its baseline for each.',
    )
    .argument('<NAME...>', 'names or globs of resources that are not started')
    .option('--run-first', 'let CI run for the first value too')
    .option('--force', 'start although the extraction fails')
    .option('--dry-run', 'extract and tell, but push nothing')
    .addHelpText('after', examples(['start example', "start 'core-*' --dry-run"]))
    .action((names: string[], options: PushOptions) => runtime.withApp((tools) => runStart(names, options, tools)));
}

export async function runStart(names: readonly string[], options: PushOptions, tools: AppTools): Promise<ExitStatus> {
  tools.output.say(`resources of ${tools.app.url}`);
  const prepared = await tools.app.prepareStart(names, tools.signal);
  if (prepared.length === 0)
    throw new Failure('not-found', 'no definition on the default branch has this name', { name: names.join(' ') });
  return pushPrepared(prepared, options, tools);
}
