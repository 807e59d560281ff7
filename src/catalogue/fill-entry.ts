// From an entry of the catalogue and the values that somebody gave to a definition, and the name of its resource.
import { Failure } from '../core/failure.ts';
import { nearestWord } from '../core/nearest.ts';
import type { WrittenMap } from '../definition/layers.ts';
import { fillTemplate, type Meaning } from '../definition/placeholders.ts';
import type { Entry } from './entry.ts';
import { type Given, hasFallback, type Parameter, type Taken, takeValue } from './parameter.ts';

export interface FilledEntry {
  /** What the resource is called where nobody says otherwise. */
  readonly name: string;
  /** Keys of a `resource.yaml`. */
  readonly definition: WrittenMap;
  /** Where it came from: the entry and every value, such as `core-snap channel=beta arch=amd64`. */
  readonly origin: string;
}

/** Parameters that somebody must still give. */
export function missingParameters(entry: Entry, given: ReadonlyMap<string, Given>): readonly Parameter[] {
  return [...entry.parameters.values()].filter((parameter) => !hasFallback(parameter) && !given.has(parameter.name));
}

/** Fills the entry. Throws a Failure (`usage`) for a parameter that is missing, unknown or has a value that it does not
 * take. */
export function fillEntry(entry: Entry, given: ReadonlyMap<string, Given>): FilledEntry {
  const taken = takeValues(entry, given);
  const meaningOf = (placeholder: string) => meaningAmong(taken, placeholder);
  const name = fillTemplate(entry.resourceName, meaningOf);
  const definition = fillTemplate(entry.definition, meaningOf);
  const [problem] = [...name.problems, ...definition.problems];
  if (problem !== undefined) throw new Failure('internal', problem.message, { catalogue: entry.name });
  const values = [...taken].flatMap(([parameter, value]) => (value === null ? [] : [`${parameter}=${value.text}`]));
  return {
    name: String(name.filled),
    definition: definition.filled as WrittenMap,
    origin: [entry.name, ...values].join(' '),
  };
}

/** What `${parameter}` and `${parameter.field}` stand for; null where there is no such parameter. A parameter without a
 * value is null among the values. */
export function meaningAmong(values: ReadonlyMap<string, Taken | null>, placeholder: string): Meaning {
  const [name = '', ...rest] = placeholder.split('.');
  const taken = values.get(name);
  if (taken === undefined) return null;
  if (rest.length === 0) return { value: taken?.value };
  const field = rest.join('.');
  if (taken === null) return { value: undefined };
  if (Object.hasOwn(taken.fields, field)) return { value: taken.fields[field] };
  const nearest = nearestWord(field, Object.keys(taken.fields));
  return { problem: { message: 'the choices of the parameter have no such key', found: placeholder, nearest } };
}

function takeValues(entry: Entry, given: ReadonlyMap<string, Given>): ReadonlyMap<string, Taken | null> {
  const known = [...entry.parameters.keys()];
  const catalogue = entry.name;
  for (const name of given.keys()) {
    if (entry.parameters.has(name)) continue;
    const nearest = nearestWord(name, known);
    const details = { catalogue, parameter: name, nearest, parameters: known.join(', ') };
    throw new Failure('usage', 'the entry has no such parameter', details);
  }
  const [missing, ...others] = missingParameters(entry, given);
  if (missing !== undefined)
    throw new Failure('usage', 'the entry needs a value: give it with --set NAME=VALUE', {
      catalogue,
      parameter: missing.name,
      meaning: missing.description,
      also: others.map(({ name }) => name).join(', '),
    });
  return new Map(
    [...entry.parameters.values()].map((parameter) => {
      const value = given.get(parameter.name) ?? parameter.fallback;
      return [parameter.name, value === null ? null : takeValue(parameter, value)];
    }),
  );
}
