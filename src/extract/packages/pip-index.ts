// Which index pip on this machine takes projects from: a variable, pip.conf in the places of pip's documentation
// ("Configuration", pip.pypa.io), else pip itself is asked.
import { Failure } from '../../core/failure.ts';
import type { StepContext } from '../step.ts';
import { configuredAddress } from '../web-address.ts';
import { parseIni } from './ini.ts';

type Machine = Pick<StepContext, 'machine' | 'once' | 'signal'>;

/** Its address. Throws a Failure (`definition`) where pip is not configured with any, or not with a URL. */
export function pipIndex(context: Machine): Promise<string> {
  return context.once('pip index', () => find(context));
}

async function find({ machine, signal }: Machine): Promise<string> {
  const variable = machine.variable('PIP_INDEX_URL');
  if (variable !== undefined) return address(variable, 'PIP_INDEX_URL');
  for (const path of configurationFiles(machine)) {
    const read = parseIni((await machine.readFile(path)) ?? '', '=:');
    const written = read('global', 'index-url') ?? read('global', 'index_url');
    if (written !== undefined) return address(written, `global.index-url of ${path}`);
  }
  for (const program of ['pip', 'pip3']) {
    const said = await machine.ask([program, 'config', 'get', 'global.index-url'], signal);
    if (said !== null) return address(said, `${program} config get global.index-url`);
  }
  throw new Failure(
    'definition',
    'pip on this machine names no index: set index here, or pip config set global.index-url',
  );
}

function address(written: string, setting: string): string {
  return configuredAddress(written, { setting, option: 'index' });
}

/** The ones that count first come first. */
function configurationFiles(machine: StepContext['machine']): readonly string[] {
  const given = machine.variable('PIP_CONFIG_FILE');
  // how pip is told to read no file at all
  if (given === '/dev/null') return [];
  const environment = machine.variable('VIRTUAL_ENV');
  const user = machine.variable('XDG_CONFIG_HOME') ?? '~/.config';
  const shared = (machine.variable('XDG_CONFIG_DIRS') ?? '/etc/xdg').split(':');
  return [
    ...(given === undefined ? [] : [given]),
    ...(environment === undefined ? [] : [`${environment}/pip.conf`]),
    // a file of the variable stands in for the user's own
    ...(given === undefined ? [`${user}/pip/pip.conf`, '~/.pip/pip.conf'] : []),
    '/etc/pip.conf',
    ...shared.map((directory) => `${directory}/pip/pip.conf`).reverse(),
  ];
}
