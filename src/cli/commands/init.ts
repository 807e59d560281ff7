// `init [DIR]`: a resources repository, ready to push.
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Identity } from '../../git/repository.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { addressFrom } from '../repository-argument.ts';
import type { Runtime } from '../runtime.ts';
import { SCAFFOLD_FILES } from '../scaffold-files.ts';
import type { Tools } from '../tools.ts';

export interface InitOptions {
  readonly remote?: string | undefined;
}

export function addInit(program: Command, runtime: Runtime): void {
  program
    .command('init')
    .summary('make a resources repository, ready to push')
    .description(
      'Makes a git repository with a README, commented configuration, an example definition and a workflow that runs for\n' +
        'every change, in one commit on main. Needs no git.',
    )
    .argument('[DIR]', 'directory to make it in', '.')
    .option('--remote <URL>', 'add this as origin')
    .addHelpText(
      'after',
      examples(['init resources', 'init resources --remote https://git.example.com/team/resources.git']),
    )
    .action((directory: string, options: InitOptions) =>
      runtime.withConfiguration(({ config }, tools) =>
        runInit({ directory, options, standing: runtime.directory, identity: config.identity }, tools),
      ),
    );
}

export async function runInit(
  request: {
    readonly directory: string;
    readonly options: InitOptions;
    /** The working directory. */
    readonly standing: string;
    readonly identity: Identity;
  },
  { output, clock }: Pick<Tools, 'output' | 'clock'>,
): Promise<ExitStatus> {
  const { standing, options, identity } = request;
  const directory = resolve(standing, request.directory);
  const remote = options.remote === undefined ? null : addressFrom(options.remote, standing);
  const { scaffoldRepository } = await import('../../git/scaffold.ts');
  const commit = await scaffoldRepository({
    directory,
    files: SCAFFOLD_FILES,
    message: 'Start watching',
    identity,
    now: clock.now(),
    remote,
  });
  output.object({ directory, commit, branch: 'main', remote, files: Object.keys(SCAFFOLD_FILES) });
  const shown = relative(standing, directory) || '.';
  output.print(['made ', { text: shown, style: 'bold' }, ` with ${Object.keys(SCAFFOLD_FILES).length} files on main`]);
  const push = remote === null ? 'git push -u URL main' : 'git push -u origin main';
  output.say('next:');
  output.say(`  ${shown === '.' ? '' : `cd ${shown} && `}${push}`);
  output.say(`  spread-cron start example${remote === null ? ' --repository URL' : ''}`);
  return 0;
}
