// `remove-resource NAME…`: ends watches; their branches and definitions go.
import type { Command } from 'commander';
import { Failure } from '../../core/failure.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import type { AppTools } from '../tools.ts';

export interface RemoveOptions {
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export function addRemoveResource(program: Command, runtime: Runtime): void {
  program
    .command('remove-resource')
    .summary('end watching: removes branches with their history')
    .description(
      'Removes the branches of resources from the remote, and their definitions from the default branch. The history of\n' +
        'a removed branch stays only in clones: keep one where it may be wanted again.',
    )
    .argument('<NAME...>', 'names or globs of resources')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'tell what would be removed, but write nothing')
    .addHelpText('after', examples(['remove-resource core-beta', "remove-resource 'old-*' --yes"]))
    .action((names: string[], options: RemoveOptions) =>
      runtime.withApp((tools) => runRemoveResource(names, options, tools)),
    );
}

export async function runRemoveResource(
  names: readonly string[],
  options: RemoveOptions,
  { app, output, prompts, signal }: AppTools,
): Promise<ExitStatus> {
  output.say(`resources of ${app.url}`);
  const { lines } = await app.status(names, signal);
  const found = lines.map(({ resource }) => resource);
  if (found.length === 0) throw new Failure('not-found', 'no such resource', { name: names.join(' ') });
  if (options.dryRun === true) {
    for (const { resource, branch, value } of lines) {
      output.object({ resource, branch, removed: false });
      output.print(['would remove   ', { text: resource, style: 'bold' }, value === null ? '' : `   ${value}`]);
    }
    return 0;
  }
  if (options.yes !== true) {
    if (prompts === null)
      throw new Failure('usage', 'there is nobody to ask: say --yes to remove', { names: found.join(' ') });
    const sure = await prompts.confirm(`Remove ${found.join(', ')} from ${app.url}, with history?`);
    if (sure !== true) {
      output.say('nothing was removed');
      return 1;
    }
  }
  const removed = await app.remove(found, signal);
  for (const name of removed) {
    output.object({
      resource: name,
      branch: lines.find(({ resource }) => resource === name)?.branch ?? name,
      removed: true,
    });
    output.print(['removed   ', { text: name, style: 'bold' }]);
  }
  return 0;
}
