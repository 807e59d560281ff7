// What `install` and `uninstall` have in common: the places that they write to, and the doors that they go through.
import { dirname } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Place } from '../../install/installation.ts';
import { SYSTEM_PLACE, type UnitPlace, userPlace } from '../../install/systemd.ts';
import { configDirectory, type Environment } from '../../system/environment.ts';
import { createProcesses } from '../../system/process/processes.ts';
import type { Processes } from '../../system/process.ts';
import type { Runtime } from '../runtime.ts';

export interface PlaceOptions {
  readonly cron?: boolean | undefined;
  readonly systemd?: boolean | undefined;
  readonly user?: boolean | undefined;
}

export interface InstallDoors extends Pick<Runtime, 'node' | 'program' | 'directory'> {
  readonly environment: Environment;
  readonly processes: Processes;
  /** Where units of the machine go. */
  readonly system: UnitPlace;
}

export function installDoors({ node, program, directory, environment }: Runtime): InstallDoors {
  return { node, program, directory, environment, processes: createProcesses(), system: SYSTEM_PLACE };
}

export function placeOf({ cron, systemd, user }: PlaceOptions): Place {
  if (cron === true) return 'cron';
  if (systemd === true) return user === true ? 'user' : 'system';
  throw new Failure('usage', 'where? say --cron, --systemd, or --systemd --user');
}

export function unitPlaceOf(place: 'user' | 'system', { environment, system }: InstallDoors): UnitPlace {
  if (place === 'system') return system;
  const ours = configDirectory(environment);
  if (ours === null) throw new Failure('configuration', 'there is no HOME to write units to');
  return userPlace(dirname(ours));
}
