// The units on this machine: written, told to systemd, and taken away again.
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { userId } from '../system/environment.ts';
import { isDirectory } from '../system/files.ts';
import { findProgram } from '../system/process/find-program.ts';
import type { Processes } from '../system/process.ts';
import type { Installation } from './installation.ts';
import {
  assertRemovable,
  assertReplaceable,
  type Force,
  inspectFiles,
  type MarkedFile,
  settleFile,
} from './marked-files.ts';
import { type Runs, SERVICE, serviceUnit, sysusersFile, TIMER, timerUnit } from './units.ts';

/** Where units go. */
export interface UnitPlace {
  readonly manager: 'system' | 'user';
  readonly units: string;
  /** For systemd-sysusers(8); null in a user's own place. */
  readonly sysusers: string | null;
}

export interface UnitDoors {
  readonly processes: Processes;
  /** Complete, for systemctl: the user's manager is found by it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What was done, and what is left to do. */
export interface InstalledUnits {
  readonly files: readonly MarkedFile[];
  /** Command lines that make systemd know of it and start it, in order. */
  readonly next: readonly (readonly string[])[];
}

const SYSUSERS = 'spread-cron.conf';
/** There where systemd is what started the machine (sd_booted(3)). */
const BOOTED = '/run/systemd/system';
/** Milliseconds for one call: to stop an agent takes as long as its tasks have to end. */
const TIMEOUT = 600_000;

export const SYSTEM_PLACE: UnitPlace = {
  manager: 'system',
  units: '/etc/systemd/system',
  sysusers: '/etc/sysusers.d',
};

/** Of a user whose configuration is in that directory (`~/.config`). */
export function userPlace(configurationHome: string): UnitPlace {
  return { manager: 'user', units: join(configurationHome, 'systemd/user'), sysusers: null };
}

/** Every file that an installation can have, with its text; null where this one has none. */
export function unitFiles(
  installation: Installation,
  runs: Runs,
  place: UnitPlace,
): ReadonlyMap<string, string | null> {
  return new Map([
    [join(place.units, SERVICE), serviceUnit(installation, runs)],
    [join(place.units, TIMER), runs === 'timer' ? timerUnit(installation) : null],
    ...(place.sysusers === null ? [] : [[join(place.sysusers, SYSUSERS), sysusersFile()] as const]),
  ]);
}

/** Writes the units. Failures: `refused` (somebody else's, other rights needed), `not-found` (no systemd here). */
export async function installUnits(
  wanted: ReadonlyMap<string, string | null>,
  { place, force }: { readonly place: UnitPlace; readonly force: Force },
  doors: UnitDoors,
  signal: AbortSignal,
): Promise<InstalledUnits> {
  // somebody's own unit of a name that this installation does not use stays as it is
  const files = (await inspectFiles(wanted)).filter(
    ({ wanted: text, standing }) => text !== null || standing !== 'foreign',
  );
  for (const file of files) assertReplaceable('unit', file, force);
  const leaving = files.filter(({ wanted: text, standing }) => text === null && standing !== 'absent');
  if (leaving.length > 0) await disable(leaving, place, doors, signal);
  for (const file of files) await settleFile(file);
  return { files, next: nextSteps(files, place) };
}

/** Does what is left to do. A Failure `command-failed` tells what systemd said. */
export async function carryOut(commands: InstalledUnits['next'], doors: UnitDoors, signal: AbortSignal): Promise<void> {
  for (const words of commands) {
    const { code, stderr } = await call(words, doors, signal);
    if (code !== 0)
      throw new Failure(
        'command-failed',
        'the units are there, but were not started: mend what it says, then run it again',
        {
          command: words.join(' '),
          said: stderr.trim(),
        },
      );
  }
}

/** Stops, disables and removes the units. `unstopped` is what systemd said where they could not be stopped. */
export async function uninstallUnits(
  { place, force }: { readonly place: UnitPlace; readonly force: Force },
  doors: UnitDoors,
  signal: AbortSignal,
): Promise<{ readonly files: readonly MarkedFile[]; readonly unstopped: string | null }> {
  if (place.manager === 'system') assertRoot();
  const paths = [join(place.units, TIMER), join(place.units, SERVICE)];
  if (place.sysusers !== null) paths.push(join(place.sysusers, SYSUSERS));
  const found = await inspectFiles(new Map(paths.map((path) => [path, null])));
  const files = found.filter(({ standing }) => standing !== 'absent');
  for (const file of files) assertRemovable('unit', file, force);
  if (files.length === 0) return { files, unstopped: null };
  const unstopped = await disable(files, place, doors, signal);
  for (const file of files) await settleFile(file);
  if (await isDirectory(BOOTED)) await call(systemctl(place, ['daemon-reload']), doors, signal);
  return { files, unstopped };
}

/** Throws a Failure where units cannot be installed here, by whoever asks. */
export async function assertPossible(place: UnitPlace, { environment }: UnitDoors): Promise<void> {
  if (place.manager === 'system') assertRoot();
  if ((await findProgram('systemctl', environment.PATH)) === null)
    throw new Failure(
      'not-found',
      'there is no systemctl, so no systemd, on this machine: say --cron, or --print for the text',
    );
}

function assertRoot(): void {
  if (userId() === 0) return;
  throw new Failure(
    'refused',
    'services of the machine are for root to change: run it as root, or say --user for your own',
  );
}

function nextSteps(files: readonly MarkedFile[], place: UnitPlace): InstalledUnits['next'] {
  const started = files.some(({ path, wanted }) => path.endsWith(TIMER) && wanted !== null) ? TIMER : SERVICE;
  const replaced = files.some(({ standing }) => standing !== 'absent' && standing !== 'wanted');
  const start = replaced
    ? [
        ['enable', started],
        ['restart', started],
      ]
    : [['enable', '--now', started]];
  return [
    ...(place.sysusers === null ? [] : [['systemd-sysusers', join(place.sysusers, SYSUSERS)]]),
    ...[['daemon-reload'], ...start].map((words) => systemctl(place, words)),
  ];
}

/** What systemctl said where it failed; null where all is well, also where no systemd runs that could run them. */
async function disable(
  files: readonly MarkedFile[],
  place: UnitPlace,
  doors: UnitDoors,
  signal: AbortSignal,
): Promise<string | null> {
  if ((await findProgram('systemctl', doors.environment.PATH)) === null) return null;
  const units = [TIMER, SERVICE].filter((name) => files.some(({ path }) => path === join(place.units, name)));
  const booted = await isDirectory(BOOTED);
  const { code, stderr } = await call(
    systemctl(place, ['disable', ...(booted ? ['--now'] : []), ...units]),
    doors,
    signal,
  );
  return code === 0 || !booted ? null : stderr.trim();
}

function systemctl(place: UnitPlace, words: readonly string[]): readonly string[] {
  return ['systemctl', ...(place.manager === 'user' ? ['--user'] : []), ...words];
}

async function call(
  [file = '', ...args]: readonly string[],
  { processes, environment }: UnitDoors,
  signal: AbortSignal,
) {
  return processes.run({ file, args, env: { ...environment, LC_ALL: 'C' }, timeout: TIMEOUT }, signal);
}
