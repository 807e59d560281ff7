// `init [DIR]`: a resources repository, ready to push.
import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Identity } from '../../git/repository.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { addressFrom } from '../repository-argument.ts';
import type { Runtime } from '../runtime.ts';
import { EXAMPLE, scaffoldFiles, scaffoldWorkflows } from '../scaffold/files.ts';
import type { Tools } from '../tools.ts';

export interface InitOptions {
  readonly remote?: string | undefined;
  /** Absent and `push`: an agent elsewhere polls; `poll`: GitHub Actions does; false: no workflows. */
  readonly github?: 'push' | 'poll' | false | undefined;
}

export function addInit(program: Command, runtime: Runtime): void {
  program
    .command('init')
    .summary('make a resources repository, ready to push')
    .description(
      'Makes a git repository with a README, commented configuration, an example definition and workflows of GitHub\n' +
        'Actions, in one commit on main: one that carries out the suite of every change commit that an agent of yours\n' +
        'pushes; with --github poll another one that polls, for those without a machine of their own. Needs no git.',
    )
    .argument('[DIR]', 'directory to make it in', '.')
    .option('--remote <URL>', 'add this as origin')
    .addOption(
      new Option('--github [MODE]', 'workflows: for changes that are pushed, or also to poll')
        .choices(['push', 'poll'])
        .preset('push'),
    )
    .option('--no-github', 'without workflows')
    .addHelpText(
      'after',
      examples([
        'init resources',
        'init resources --remote https://git.example.com/team/resources.git',
        'init resources --github poll',
        'init . --no-github',
      ]),
    )
    .action((directory: string, options: InitOptions) =>
      runtime.withConfiguration(({ config }, tools) =>
        runInit(
          { directory, options, standing: runtime.directory, identity: config.identity, version: runtime.version },
          tools,
        ),
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
    /** Of this program: workflows install the same. */
    readonly version: string;
  },
  { output, clock }: Pick<Tools, 'output' | 'clock'>,
): Promise<ExitStatus> {
  const { standing, options, identity } = request;
  const directory = resolve(standing, request.directory);
  const remote = options.remote === undefined ? null : addressFrom(options.remote, standing);
  const hosting = options.github === false ? 'none' : (options.github ?? 'push');
  const files = {
    ...scaffoldFiles(hosting, EXAMPLE),
    ...scaffoldWorkflows(hosting, { version: request.version, now: clock.now() }),
  };
  const { scaffoldRepository } = await import('../../git/scaffold.ts');
  const commit = await scaffoldRepository({
    directory,
    files,
    message: 'Start watching',
    identity,
    now: clock.now(),
    remote,
  });
  output.object({ directory, commit, branch: 'main', remote, files: Object.keys(files) });
  const shown = relative(standing, directory) || '.';
  output.print(['made ', { text: shown, style: 'bold' }, ` with ${Object.keys(files).length} files on main`]);
  const push = remote === null ? 'git push -u URL main' : 'git push -u origin main';
  output.say('next:');
  output.say(`  ${shown === '.' ? '' : `cd ${shown} && `}${push}`);
  output.say(`  spread-cron start ${EXAMPLE.name}${remote === null ? ' --repository URL' : ''}`);
  return 0;
}
