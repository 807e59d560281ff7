// `uninstall`: takes away what `install` wrote, and says what it left.
import { type Command, Option } from 'commander';
import { joinCrontab, splitCrontab } from '../../install/crontab.ts';
import { readCrontab, writeCrontab } from '../../install/crontab-program.ts';
import { SYSTEM_STATE, SYSTEM_USER } from '../../install/installation.ts';
import { standingOf } from '../../install/mark.ts';
import { assertRemovable } from '../../install/marked-files.ts';
import { uninstallUnits } from '../../install/systemd.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { type InstallDoors, installDoors, type PlaceOptions, placeOf, unitPlaceOf } from '../install/doors.ts';
import { printFile } from '../install/lines.ts';
import type { Runtime } from '../runtime.ts';
import type { Tools } from '../tools.ts';

export interface UninstallOptions extends PlaceOptions {
  readonly force?: boolean | undefined;
}

type UninstallTools = Pick<Tools, 'output' | 'signal'>;

export function addUninstall(program: Command, runtime: Runtime): void {
  program
    .command('uninstall')
    .summary('take away what install wrote')
    .description(
      'Stops and removes the service, or takes the entry out of your crontab: exactly what install wrote, and nothing\n' +
        'else. Configuration and state stay.',
    )
    .addOption(new Option('--cron', 'the entry of your crontab').conflicts(['systemd', 'user']))
    .option('--systemd', 'the service of the machine')
    .option('--user', 'with --systemd: the service of your own')
    .option('--force', 'also what was changed since it was installed')
    .addHelpText('after', examples(['uninstall --cron', 'uninstall --systemd --user', 'uninstall --systemd']))
    .action((options: UninstallOptions) =>
      runtime.withoutConfiguration((tools) => runUninstall(options, tools, installDoors(runtime))),
    );
}

export async function runUninstall(
  options: UninstallOptions,
  tools: UninstallTools,
  doors: InstallDoors,
): Promise<ExitStatus> {
  const place = placeOf(options);
  const force = options.force === true ? 'force' : 'ask';
  if (place === 'cron') return uninstallEntry(force, tools, doors);
  const { output, signal } = tools;
  const units = unitPlaceOf(place, doors);
  const { files, unstopped } = await uninstallUnits({ place: units, force }, doors, signal);
  for (const file of files) printFile(file, output);
  if (files.length === 0) {
    output.say(`nothing to remove: there is no unit of spread-cron in ${units.units}`);
    return 0;
  }
  const left = place === 'system' ? `the user ${SYSTEM_USER}, its state in ${SYSTEM_STATE}, the configuration` : LEFT;
  output.say(`left: ${left}`);
  if (unstopped === null) return 0;
  output.log.warn(`error: the service was not stopped, look whether it still runs: ${unstopped}`);
  return 1;
}

const LEFT = 'the state directory and the configuration';

async function uninstallEntry(
  force: 'force' | 'ask',
  { output, signal }: UninstallTools,
  doors: InstallDoors,
): Promise<ExitStatus> {
  const split = splitCrontab(await readCrontab(doors, signal));
  const entry = { path: 'crontab', standing: standingOf(split.entry, null), wanted: null };
  if (entry.standing === 'absent') {
    output.say('nothing to remove: there is no entry of spread-cron in the crontab');
    return 0;
  }
  assertRemovable('entry', entry, force);
  await writeCrontab(joinCrontab(split, null), doors, signal);
  printFile(entry, output);
  output.say(`left: your other entries, ${LEFT}`);
  return 0;
}
