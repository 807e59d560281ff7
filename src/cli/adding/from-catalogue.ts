// `--from ENTRY --set NAME=VALUE`: the keys of a definition that an entry of the catalogue makes.
import type { Entry } from '../../catalogue/entry.ts';
import { fillEntry } from '../../catalogue/fill-entry.ts';
import type { Given } from '../../catalogue/parameter.ts';
import { Failure } from '../../core/failure.ts';
import { mergeWritten, type WrittenMap } from '../../definition/layers.ts';

export interface FromCatalogue {
  readonly name: string;
  readonly content: { readonly written: WrittenMap; readonly remark: string };
}

/** Values of `--set` by parameter. Throws a Failure (`usage`). */
export function parseSettings(settings: readonly string[]): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  for (const setting of settings) {
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(setting) ?? [];
    if (name === undefined || value === undefined)
      throw new Failure('usage', 'write a parameter as NAME=VALUE', { argument: setting });
    if (given.has(name)) throw new Failure('usage', 'a parameter is set twice', { parameter: name });
    given.set(name, value);
  }
  return given;
}

/** What the entry makes of the values; `above` are keys of `resource.yaml` that win over its own. */
export function fromCatalogue(
  entry: Entry,
  given: ReadonlyMap<string, Given>,
  above: WrittenMap,
  name: string | null,
): FromCatalogue {
  const filled = fillEntry(entry, given);
  const said = Object.fromEntries(Object.entries(above).filter(([, value]) => value !== undefined));
  const content = {
    written: mergeWritten(filled.definition, said),
    remark: `from the catalogue: ${filled.origin}`,
  };
  return { name: name ?? filled.name, content };
}
