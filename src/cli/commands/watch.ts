// `watch URL`: a page, a local resources repository for it and an agent, in one command: for those who try it out.
import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { App } from '../../app.ts';
import { Failure } from '../../core/failure.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatDefinition } from '../../definition/resource-writer.ts';
import type { Identity } from '../../git/repository.ts';
import { liveFrugally } from '../../system/memory.ts';
import { pushPrepared } from '../adding/push-prepared.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { repeated } from '../repeated-flag.ts';
import { showAllRuns } from '../runs/live-run.ts';
import type { CommonFlags, Runtime } from '../runtime.ts';
import { scaffoldFiles } from '../scaffold/files.ts';
import { type WatchedPage, type WatchFlags, watchedPage } from '../scaffold/watched.ts';
import type { Tools } from '../tools.ts';
import { runAgent } from './agent.ts';
import { runRun } from './run.ts';

export interface WatchOptions extends WatchFlags {
  readonly directory?: string | undefined;
  readonly interval: string;
  readonly runFirst?: boolean | undefined;
  readonly once?: boolean | undefined;
}

export function addWatch(program: Command, runtime: Runtime): void {
  program
    .command('watch')
    .summary('try it on a page of your own: a local repository and an agent in one command')
    .description(
      'Makes a resources repository in a directory of its own, watches the page in it and stays: prints what changes, and\n' +
        'runs CMD, in the directory one stands in, with the value in $SC_VALUE. The same command goes on later; with\n' +
        'other flags it changes what is watched. Without --step any change of the page counts.',
    )
    .argument('<URL>', 'the page')
    .option('--step <KIND=ARGUMENT>', 'what is done to it to get the value; repeat in order', repeated)
    .option('--run <CMD>', 'what to run for every change, in bash')
    .option('-m, --message <TEXT>', 'what a change means; commits read "TEXT (value)"')
    .option('--name <NAME>', 'what it is called; default from the URL')
    .option('--directory <DIR>', 'where the repository is; default ./NAME')
    .addOption(new Option('--interval <DURATION>', 'time between checks').default('1m'))
    .option('--run-first', 'run CMD now, for the first value')
    .option('--once', 'one check, its run to the end, then exit: for cron')
    .addHelpText(
      'after',
      examples([
        "watch https://www.example.com/latest.json --step 'json=$.version' --run 'echo new: $SC_VALUE'",
        'watch https://www.example.com/ --step css=h1 --interval 10m',
        "watch https://www.example.com/latest.json --step 'json=$.version' --run ./build --run-first --once",
      ]),
    )
    .action((url: string, options: WatchOptions, command: Command) => {
      if (command.optsWithGlobals<CommonFlags>().repository !== undefined)
        throw new Failure(
          'usage',
          'watch makes a repository of its own: --directory says where; add-resource watches in a given one',
        );
      if (options.runFirst === true && options.run === undefined)
        throw new Failure('usage', '--run-first runs what --run says: give both');
      const page = watchedPage(url, options, runtime.directory);
      const directory = resolve(runtime.directory, options.directory ?? page.name);
      const rest = liveFrugally();
      return runtime.withReopening(
        (open, tools, config) =>
          runWatch({ page, directory, standing: runtime.directory, options, identity: config.identity }, open, {
            ...tools,
            rest,
          }),
        {
          repository: directory,
          interval: options.interval,
          runner: options.run === undefined ? undefined : 'local',
        },
      );
    });
}

export interface WatchRequest {
  readonly page: WatchedPage;
  /** Absolute. */
  readonly directory: string;
  /** The working directory. */
  readonly standing: string;
  readonly options: WatchOptions;
  readonly identity: Identity;
}

export async function runWatch(
  request: WatchRequest,
  open: () => Promise<App>,
  tools: Tools & { readonly rest: () => void },
): Promise<ExitStatus> {
  const { page, options } = request;
  const text = await formatDefinition(page.written);
  const app = await open();
  try {
    await assertPossible(request, text, { ...tools, app });
    const found = await keepRepository(request, text, tools);
    const started = await startWatching(page.name, { ...tools, app });
    if (started !== 0) return started;
    if (found === 'made') tellHow(request, tools);
    if (options.runFirst === true) await runRun(page.name, {}, { ...tools, app });
  } finally {
    await app.close();
  }
  const rounds = options.once === true ? 'once' : 'for ever';
  return runAgent(open, tools, { rest: tools.rest, rounds, showRuns: (app) => showAllRuns({ ...tools, app }) });
}

/** Before anything is written: that the definition can be used, and that nobody else works with the directory. */
async function assertPossible(
  { directory, page }: WatchRequest,
  text: string,
  { app, signal }: Tools & { readonly app: App },
): Promise<void> {
  const definition = await app.readDefinitionText(text, page.name);
  if (definition instanceof Failure) throw definition;
  const live = await app.ping(signal);
  if (live !== null)
    throw new Failure('refused', 'it is watched already: end that process, or choose another --directory', {
      directory,
      process: live.pid,
    });
}

/** The repository with this definition, whatever was there before. */
async function keepRepository(
  request: WatchRequest,
  text: string,
  { output, clock }: Tools,
): Promise<'made' | 'changed' | 'as it was'> {
  const { directory, identity, page } = request;
  const path = `branches/${page.name}/resource.yaml`;
  const { changeScaffold, isScaffolded } = await import('../../git/scaffold-change.ts');
  const now = clock.now();
  const shown = { text: shownPath(request), style: 'bold' } as const;
  if (await isScaffolded(directory)) {
    const what = await changeScaffold({ directory, path, text, message: `Watch ${page.name} anew`, identity, now });
    if (what === 'changed') output.say(['changed   ', shown, `/${path}`]);
    return what;
  }
  const { scaffoldRepository } = await import('../../git/scaffold.ts');
  const files = scaffoldFiles('none', { name: page.name, text });
  await scaffoldRepository({ directory, files, message: `Watch ${page.name}`, identity, now, remote: null });
  output.say(['made      ', shown, ', a resources repository']);
  return 'made';
}

/** Its branch with the first value, where there is none yet. */
async function startWatching(name: string, tools: Tools & { readonly app: App }): Promise<ExitStatus> {
  const { app, signal } = tools;
  const { lines } = await app.status([name], signal);
  return lines.some(({ commit }) => commit !== null)
    ? 0
    : pushPrepared(await app.prepareStart([name], signal), { force: 'never' }, tools);
}

function tellHow(request: WatchRequest, { output }: Tools): void {
  const { name } = request.page;
  output.say(`its values: spread-cron history ${shellWord(name)} --repository ${shellWord(shownPath(request))}`);
}

function shownPath({ standing, directory }: WatchRequest): string {
  const path = relative(standing, directory);
  return path === '' ? '.' : path.startsWith('..') ? directory : path;
}
