// From the bytes of an `entry.yaml` to an entry, or everything that is wrong with it, with its place in the file.
import { describeFailure, Failure } from '../core/failure.ts';
import { nearestWord } from '../core/nearest.ts';
import { isMap, placeIn, type WrittenMap } from '../definition/layers.ts';
import { fillTemplate, type Meaning } from '../definition/placeholders.ts';
import type { Parsed } from '../definition/problem.ts';
import { schemaProblems, type UnplacedProblem } from '../definition/schema-problems.ts';
import { parseYaml } from '../definition/yaml-file.ts';
import { compilePattern } from '../system/pattern.ts';
import type { Entry, Example } from './entry.ts';
import { meaningAmong } from './fill-entry.ts';
import { givenOf, type Parameter, parameterOf, type Taken, takeValue } from './parameter.ts';
import { type WrittenExample, writtenEntry } from './written-entry.ts';

/** Reads an entry; never throws for what is written. `file` is for messages. */
export async function parseEntry(name: string, file: string, bytes: Uint8Array): Promise<Parsed<Entry>> {
  const parsed = await parseYaml(file, bytes);
  if (!parsed.ok) return parsed;
  const { data } = parsed.value;
  const refuse = (problems: readonly UnplacedProblem[]): Parsed<never> => ({
    ok: false,
    problems: problems.map((problem) => placeIn(parsed.value, problem)),
  });
  const read = writtenEntry.safeParse(data);
  if (!read.success) return refuse(schemaProblems({ schema: writtenEntry, data, error: read.error }));
  const written = read.data;
  const parameters = Object.entries(written.parameters).map(([key, one]) => parameterOf(key, one));
  const problems = parameters.flatMap(parameterProblems);
  if (problems.length === 0) problems.push(...templateProblems(written, parameters));
  if (problems.length > 0) return refuse(problems);
  return {
    ok: true,
    value: {
      name,
      summary: written.summary,
      description: written.description,
      parameters: new Map(parameters.map((parameter) => [parameter.name, parameter])),
      resourceName: written.name,
      definition: written.definition,
      examples: written.examples.map(exampleOf),
    },
  };
}

function parameterProblems(parameter: Parameter): UnplacedProblem[] {
  const { name, fallback, optional, several, choices, pattern, secret } = parameter;
  const problems: UnplacedProblem[] = [];
  const say = (key: string, message: string, more: Partial<UnplacedProblem> = {}) =>
    problems.push({ path: ['parameters', name, key], atKey: false, message, ...more });
  if (optional && fallback !== null) say('optional', 'what has a default is optional already: keep one');
  if (choices !== null && pattern !== null) say('pattern', 'choices and pattern: keep one');
  if (secret && (choices ?? pattern) !== null) say('secret', 'a secret has neither choices nor a pattern');
  const fields = [...(choices?.values() ?? [])].map((choice) => Object.keys(choice.fields).sort().join(', '));
  if (new Set(fields).size > 1) say('choices', 'every choice must have the same keys');
  if (several && fields.some((keys) => keys !== '')) say('several', 'choices with keys cannot be a list');
  if (pattern !== null) sayFailure('pattern', () => compilePattern(pattern));
  if (problems.length === 0 && fallback !== null) sayFailure('default', () => takeValue(parameter, fallback));
  return problems;

  function sayFailure(key: string, act: () => unknown): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { parameter: _name, meaning: _meaning, ...details } = error.details;
      say(key, describeFailure(new Failure(error.reason, error.message, details)));
    }
  }
}

/** Placeholders that mean nothing, parameters that nobody uses. */
function templateProblems(
  written: { readonly name: string; readonly definition: WrittenMap },
  parameters: readonly Parameter[],
): UnplacedProblem[] {
  const values = new Map(parameters.map((parameter) => [parameter.name, anyValue(parameter)]));
  const foreign = foreignNames(written.definition);
  const used = new Set<string>();
  const meaningOf = (placeholder: string): Meaning => {
    const [name = ''] = placeholder.split('.');
    used.add(name);
    const meaning = meaningAmong(values, placeholder);
    if (meaning !== null || placeholder.startsWith('secret:') || foreign.has(placeholder)) return meaning;
    const nearest = nearestWord(name, values.keys());
    return { problem: { message: 'there is no such parameter', found: placeholder, nearest } };
  };
  // a name is always a text, also where it is nothing but a placeholder
  const templates = { name: `${written.name} `, definition: written.definition };
  const problems = Object.entries(templates).flatMap(([key, template]) =>
    fillTemplate(template, meaningOf).problems.map((problem) => ({ ...problem, path: [key, ...problem.path] })),
  );
  for (const { name } of parameters) {
    const path = ['parameters', name];
    if (foreign.has(name)) problems.push({ path, atKey: true, message: 'a step keeps its output under this name' });
    else if (!used.has(name)) problems.push({ path, atKey: true, message: 'nothing uses this parameter' });
  }
  return problems;
}

/** A value that the parameter could have, null where it could have none. */
function anyValue({ fallback, optional, several, choices }: Parameter): Taken | null {
  if (optional) return null;
  const [choice = { value: 'x', fields: {} }] = choices?.values() ?? [];
  return { text: String(fallback ?? choice.value), value: several ? [] : choice.value, fields: choice.fields };
}

/** Placeholders that the definition itself fills in: the value, and what its steps keep. */
function foreignNames({ extract }: WrittenMap): ReadonlySet<string> {
  const steps = Array.isArray(extract) ? extract.filter(isMap) : [];
  return new Set(['value', ...steps.flatMap(({ as }) => (typeof as === 'string' ? [as] : []))]);
}

function exampleOf({ set, now, value, answers }: WrittenExample): Example {
  return {
    set: new Map(Object.entries(set).map(([name, given]) => [name, givenOf(given)])),
    now: now === undefined ? null : Date.parse(now),
    value,
    answers,
  };
}
