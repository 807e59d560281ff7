// Which registry npm on this machine takes a package from: variables, the user's and the global npmrc, else npm itself is
// asked. The setting for a scope (`@scope:registry`) counts before the one for all packages, as it does for npm.
import { Failure } from '../../core/failure.ts';
import type { StepContext } from '../step.ts';
import { configuredAddress } from '../web-address.ts';
import { parseIni } from './ini.ts';

/** Where a global npmrc is, by how npm was installed, when no variable says where. */
const GLOBAL_FILES = ['/usr/local/etc/npmrc', '/usr/etc/npmrc', '/etc/npmrc'];

type Machine = Pick<StepContext, 'machine' | 'once' | 'signal'>;

/** Something that may know a setting, and what it calls it. */
interface Layer {
  find(key: string): string | undefined;
  nameOf(key: string): string;
}

/** Its address. Throws a Failure (`definition`) where npm is not configured with any, or not with a URL. */
export function npmRegistry(packageName: string, context: Machine): Promise<string> {
  const general = 'registry';
  const keys = packageName.startsWith('@') ? [`${packageName.split('/')[0]}:registry`, general] : [general];
  return context.once(`npm ${keys[0]}`, () => find(keys, context));
}

/** By the first of the keys that is set anywhere. */
async function find(keys: readonly string[], context: Machine): Promise<string> {
  const layers = await readLayers(context.machine);
  // npm is asked for the scope before the general setting counts: a package of a scope of one's own is not to be taken
  // from a registry where anybody may have published one of that name
  for (const key of keys) {
    for (const layer of layers) {
      const written = layer.find(key);
      if (written !== undefined) return address(written, layer.nameOf(key));
    }
    const said = await context.machine.ask(['npm', 'config', 'get', key], context.signal);
    if (said !== null && said !== 'undefined' && said !== 'null') return address(said, `npm config get ${key}`);
  }
  throw new Failure(
    'definition',
    'npm on this machine names no registry: set registry here, or npm config set registry',
  );
}

function address(written: string, setting: string): string {
  return configuredAddress(written, { setting, option: 'registry' });
}

async function readLayers(machine: StepContext['machine']): Promise<readonly Layer[]> {
  const variable = (key: string) =>
    machine.variable(`npm_config_${key}`) ?? machine.variable(`NPM_CONFIG_${upper(key)}`);
  const prefix = variable('prefix');
  const globals = variable('globalconfig') ?? (prefix === undefined ? GLOBAL_FILES : [`${prefix}/etc/npmrc`]);
  const paths = [variable('userconfig') ?? '~/.npmrc', ...[globals].flat()];
  const files = await Promise.all(
    paths.map(async (path): Promise<Layer> => {
      const read = parseIni((await machine.readFile(path)) ?? '', '=');
      return { find: (key) => expand(read('', key), machine), nameOf: (key) => `${key} of ${path}` };
    }),
  );
  return [{ find: variable, nameOf: (key) => `npm_config_${key}` }, ...files];
}

/** Scopes keep their case. */
function upper(key: string): string {
  return key.startsWith('@') ? key : key.toUpperCase();
}

/** `${NAME}` stands for a variable. One that is not set stays as it is, as npm has it, and makes the address none. */
function expand(value: string | undefined, machine: StepContext['machine']): string | undefined {
  return value?.replace(/\$\{([^}?]+)\??\}/g, (written, name: string) => machine.variable(name) ?? written);
}
