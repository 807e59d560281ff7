// Where apt on this machine takes a suite from: /etc/apt/sources.list and sources.list.d, in both formats of
// sources.list(5).
import { Failure } from '../../core/failure.ts';
import { nearestWord } from '../../core/nearest.ts';
import type { StepContext } from '../step.ts';
import { configuredAddress } from '../web-address.ts';

const LIST = '/etc/apt/sources.list';
const DIRECTORY = '/etc/apt/sources.list.d';

/** A place from which apt takes a suite. */
interface Source {
  readonly address: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly path: string;
}

/** The first address that apt has the component of the suite from. Throws a Failure (`definition`) where there is none. */
export async function aptMirror(
  { suite, component }: { readonly suite: string; readonly component: string },
  { machine, once }: Pick<StepContext, 'machine' | 'once'>,
): Promise<string> {
  const sources = await once('apt sources', () => readSources(machine));
  const found = sources.find(({ suites, components }) => suites.includes(suite) && components.includes(component));
  if (found !== undefined) return configuredAddress(found.address, { setting: found.path, option: 'mirror' });
  throw new Failure('definition', 'apt on this machine has no such suite with that component: set mirror', {
    suite,
    component,
    nearest: nearestWord(suite, new Set(sources.flatMap(({ suites }) => suites))),
  });
}

/** Those that are on the web. */
async function readSources(machine: StepContext['machine']): Promise<readonly Source[]> {
  const paths = [LIST, ...(await machine.listFiles(DIRECTORY)).filter((path) => /\.(?:list|sources)$/.test(path))];
  const read = await Promise.all(paths.map(async (path) => sourcesIn((await machine.readFile(path)) ?? '', path)));
  return read.flat().filter(({ address }) => /^https?:/i.test(address));
}

function sourcesIn(text: string, path: string): readonly Source[] {
  return path.endsWith('.sources') ? paragraphsIn(text, path) : linesIn(text, path);
}

/** `deb [options] address suite component…` */
function linesIn(text: string, path: string): readonly Source[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)/.exec(line);
    const [, address = '', suite = '', components = ''] = match ?? [];
    return match === null ? [] : [{ address, suites: [suite], components: words(components), path }];
  });
}

/** Paragraphs of `Field: value`, whose values go on in lines that begin with white space. */
function paragraphsIn(text: string, path: string): readonly Source[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const fields = new Map(
        paragraph
          .replace(/\n[ \t]+/g, ' ')
          .split('\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1)];
          }),
      );
      const valuesOf = (field: string) => words(fields.get(field) ?? '');
      if (/^(?:no|false|without|off|disable|0)$/i.test(valuesOf('enabled')[0] ?? 'yes')) return [];
      const [suites, components] = [valuesOf('suites'), valuesOf('components')];
      return valuesOf('uris').map((address) => ({ address, suites, components, path }));
    });
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
