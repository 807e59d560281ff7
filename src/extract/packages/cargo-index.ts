// Which sparse index cargo on this machine takes crates from: variables and config.toml ("Configuration" in The Cargo
// Book: registries.NAME.index, source.NAME.registry, source.NAME.replace-with).
import * as z from 'zod';
import { Failure } from '../../core/failure.ts';
import type { StepContext } from '../step.ts';
import { configuredAddress } from '../web-address.ts';

const settings = z.object({
  registries: z.record(z.string(), z.object({ index: z.string().optional() })).default({}),
  source: z
    .record(z.string(), z.object({ registry: z.string().optional(), 'replace-with': z.string().optional() }))
    .default({}),
});

type Machine = Pick<StepContext, 'machine' | 'once'>;

/** A setting as it is written, and what it is called. */
interface Written {
  readonly text: string;
  readonly setting: string;
}

/** How one source stands in for another, at most. */
const LONGEST_CHAIN = 10;

/** Its address, without `sparse+`. Throws a Failure (`definition`) where cargo is not configured with one. */
export function cargoIndex(registry: string, { machine, once }: Machine): Promise<string> {
  return once(`cargo index of ${registry}`, () => lookUp(registry, machine));
}

async function lookUp(registry: string, machine: StepContext['machine']): Promise<string> {
  const home = machine.variable('CARGO_HOME') ?? '~/.cargo';
  // where both are there, cargo takes the older name
  for (const path of [`${home}/config`, `${home}/config.toml`]) {
    const text = await machine.readFile(path);
    if (text !== null) return sparseAddress(find(registry, await readSettings(text, path), machine, path), registry);
  }
  return sparseAddress(find(registry, settings.parse({}), machine, `${home}/config.toml`), registry);
}

function find(
  registry: string,
  { registries, source }: z.infer<typeof settings>,
  machine: StepContext['machine'],
  path: string,
): Written | null {
  let name = registry;
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    const other = source[name]?.['replace-with'];
    if (other === undefined) {
      const variable = `CARGO_REGISTRIES_${name.toUpperCase().replaceAll('-', '_')}_INDEX`;
      const candidates = [
        { text: machine.variable(variable), setting: variable },
        { text: source[name]?.registry, setting: `source.${name}.registry of ${path}` },
        { text: registries[name]?.index, setting: `registries.${name}.index of ${path}` },
      ];
      return candidates.find((one): one is Written => one.text !== undefined) ?? null;
    }
    name = other;
  }
  throw new Failure('definition', 'the sources of cargo on this machine replace each other in a circle', { path });
}

function sparseAddress(written: Written | null, registry: string): string {
  if (written === null)
    throw new Failure('definition', 'cargo on this machine names no index for this registry: set index here', {
      registry,
    });
  const { text, setting } = written;
  if (!text.startsWith('sparse+'))
    throw new Failure('definition', 'cargo on this machine has a git index here: set index to a sparse one', {
      setting,
    });
  return configuredAddress(text.slice('sparse+'.length), { setting, option: 'index' });
}

async function readSettings(text: string, path: string): Promise<z.infer<typeof settings>> {
  const { parse } = await import('smol-toml');
  try {
    return settings.parse(parse(text));
  } catch (error) {
    // the error shows lines of the file, in which a token may stand
    const cause = error instanceof Error ? error.name : undefined;
    throw new Failure('definition', 'the configuration of cargo cannot be read: correct it, or set index', {
      path,
      error: cause,
    });
  }
}
