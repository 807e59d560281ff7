// `install`: has cron or systemd start the program from now on, and says what it wrote and what comes next.
import { type Command, Option } from 'commander';
import { Failure } from '../../core/failure.ts';
import type { LoadedAgentConfig } from '../../definition/agent-config.ts';
import { problemsFailure } from '../../definition/problem.ts';
import { crontabBlock, crontabEntry, joinCrontab, splitCrontab } from '../../install/crontab.ts';
import { readCrontab, writeCrontab } from '../../install/crontab-program.ts';
import { type Installation, type Place, planInstallation } from '../../install/installation.ts';
import { standingOf } from '../../install/mark.ts';
import { assertReplaceable } from '../../install/marked-files.ts';
import { assertPossible, carryOut, installUnits, unitFiles } from '../../install/systemd.ts';
import { systemDisk } from '../../system/disk.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { type InstallDoors, installDoors, type PlaceOptions, placeOf, unitPlaceOf } from '../install/doors.ts';
import { printFile, printText, sayHowItStands, sayNext, sayWhatHappens, sayWhatIsLost } from '../install/lines.ts';
import { stateBaseOf } from '../open-app.ts';
import { noRepository, repositoryAddress } from '../repository-argument.ts';
import type { Runtime } from '../runtime.ts';
import type { Tools } from '../tools.ts';

export interface InstallOptions extends PlaceOptions {
  readonly timer?: boolean | undefined;
  readonly interval?: string | undefined;
  readonly print?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly now?: boolean | undefined;
}

type InstallTools = Pick<Tools, 'output' | 'signal'>;

export function addInstall(program: Command, runtime: Runtime): void {
  program
    .command('install')
    .summary('have cron or systemd start it from now on')
    .description(
      'Writes an entry of your crontab, which checks at the interval, or units of systemd: the agent, or with --timer one\n' +
        'round at the interval; for the machine, with a user of its own, or with --user for you. The present\n' +
        'configuration counts; what is there already is replaced only with --force.',
    )
    .addOption(new Option('--cron', 'an entry of your crontab').conflicts(['systemd', 'user', 'timer', 'now']))
    .option('--systemd', 'a service of systemd, of the machine')
    .option('--user', 'with --systemd: a service of your own')
    .option('--timer', 'with --systemd: one round at the interval, instead of the agent')
    .option('--interval <DURATION>', 'time between rounds, such as 15m')
    .addOption(new Option('--print', 'print what would be written, and write nothing').conflicts(['force', 'now']))
    .option('--force', 'replace what is there, whoever wrote it')
    .option('--now', 'with --systemd: start it, too')
    .addHelpText(
      'after',
      examples([
        'install --cron --repository https://git.example.com/team/resources.git',
        'install --systemd --user --now',
        'install --systemd --config /etc/spread-cron/agent.yaml --print',
        'install --systemd --timer --interval 1h --config /etc/spread-cron/agent.yaml',
      ]),
    )
    .action((options: InstallOptions) =>
      runtime.withConfiguration((loaded, tools) => runInstall(options, loaded, tools, installDoors(runtime)), {
        interval: options.interval,
      }),
    );
}

export async function runInstall(
  options: InstallOptions,
  loaded: LoadedAgentConfig,
  tools: InstallTools,
  doors: InstallDoors,
): Promise<ExitStatus> {
  const place = placeOf(options);
  // before what is wrong with paths: somebody else may be right about those
  if (place !== 'cron' && options.print !== true) await assertPossible(unitPlaceOf(place, doors), doors);
  const installation = await plan(place, loaded, doors);
  if (place === 'cron') await installEntry(installation, options, tools, doors);
  else await installService(installation, { ...options, place, file: loaded.file }, tools, doors);
  return 0;
}

async function plan(place: Place, loaded: LoadedAgentConfig, doors: InstallDoors): Promise<Installation> {
  const { environment, directory, node, program } = doors;
  if (environment.SNAP_NAME === 'spread-cron')
    throw new Failure('refused', 'the snap has a service of its own: sudo snap set spread-cron repository=URL');
  const address = await repositoryAddress(loaded.config.repository, directory, systemDisk);
  if (address === null) throw noRepository();
  const stateBase = stateBaseOf({ config: loaded.config, environment, directory });
  const path = environment.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  const planned = planInstallation({ place, node, program, loaded, address, stateBase, path });
  if (!planned.ok) throw problemsFailure(planned.problems, 'configuration');
  return planned.value;
}

async function installEntry(
  installation: Installation,
  { print, force }: InstallOptions,
  { output, signal }: InstallTools,
  doors: InstallDoors,
): Promise<void> {
  const wanted = crontabEntry(installation);
  if (print === true) return printText('crontab', crontabBlock(wanted), output);
  const split = splitCrontab(await readCrontab(doors, signal));
  const entry = { path: 'crontab', standing: standingOf(split.entry, wanted), wanted };
  assertReplaceable('entry', entry, force === true ? 'force' : 'ask');
  if (entry.standing !== 'wanted') await writeCrontab(joinCrontab(split, wanted), doors, signal);
  printFile(entry, output);
  sayWhatHappens(installation, 'cron', output);
  sayWhatIsLost(doors.environment, output);
}

async function installService(
  installation: Installation,
  options: InstallOptions & { readonly place: 'user' | 'system'; readonly file: string | null },
  { output, signal }: InstallTools,
  doors: InstallDoors,
): Promise<void> {
  const { timer, print, force, now, file } = options;
  const runs = timer === true ? 'timer' : 'agent';
  const place = unitPlaceOf(options.place, doors);
  const wanted = unitFiles(installation, runs, place);
  if (print === true) {
    for (const [path, text] of wanted) if (text !== null) printText(path, text, output);
    return;
  }
  const how = { place, force: force === true ? 'force' : 'ask' } as const;
  const { files, next } = await installUnits(wanted, how, doors, signal);
  for (const one of files) printFile(one, output);
  sayWhatHappens(installation, runs, output);
  sayHowItStands(installation, file, output);
  sayWhatIsLost(doors.environment, output);
  if (now === true) await carryOut(next, doors, signal);
  else sayNext(next, output);
  if (place.manager === 'user') output.say('so that it runs while you are logged out, too: loginctl enable-linger');
}
