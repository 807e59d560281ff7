// A parameter of a catalogue entry: which values it takes, and what a given one stands for in a definition.
import { Failure } from '../core/failure.ts';
import { nearestWord } from '../core/nearest.ts';
import { compilePattern } from '../system/pattern.ts';
import type { WrittenParameter } from './written-entry.ts';

/** A value as somebody gave it: one text, or the texts of a list. */
export type Given = string | readonly string[];

export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** What holds where nothing is given; null: something must be given, unless it is optional. */
  readonly fallback: Given | null;
  /** Where nothing is given, what would hold nothing but the value is left out of the definition. */
  readonly optional: boolean;
  /** A list, written with commas on the command line. */
  readonly several: boolean;
  /** By the word that is given; null where every text will do. */
  readonly choices: ReadonlyMap<string, Choice> | null;
  /** Regular expression that the whole text must match. */
  readonly pattern: string | null;
  /** The name of a secret, as `${secret:NAME}`: what else is given may be the secret itself, and is not repeated. */
  readonly secret: boolean;
}

interface Choice {
  readonly value: unknown;
  /** What `${parameter.field}` stands for. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A value that a parameter took. */
export interface Taken {
  /** As it is given on the command line. */
  readonly text: string;
  readonly value: unknown;
  readonly fields: Readonly<Record<string, string>>;
}

const NO_FIELDS = {};
const SECRET = /^\$\{secret:[^{}]+\}$/;

/** The parameter as it is written; whether its own values fit is another question. */
export function parameterOf(name: string, written: WrittenParameter): Parameter {
  const { description, optional = false, several = false, choices, pattern, secret = false } = written;
  return {
    name,
    description,
    fallback: written.default === undefined ? null : givenOf(written.default),
    optional,
    several,
    choices: choices === undefined ? null : new Map(choicesOf(choices)),
    pattern: pattern ?? null,
    secret,
  };
}

/** Written data as somebody would have given it. */
export function givenOf(written: unknown): Given {
  return Array.isArray(written) ? written.map(String) : String(written);
}

/** True where nobody has to give a value. */
export function hasFallback({ fallback, optional }: Parameter): boolean {
  return fallback !== null || optional;
}

/** What a given value stands for. Throws a Failure (`usage`) that says what the parameter takes instead. */
export function takeValue(parameter: Parameter, given: Given): Taken {
  const { name, several } = parameter;
  const texts = textsOf(given, several);
  if (texts.length === 0 || texts.some((text) => text.trim() === '')) refuse(parameter, 'the parameter is empty');
  if (texts.length > 1 && !several) refuse(parameter, 'the parameter takes one value, not a list');
  const taken = texts.map((text) => takeText(parameter, text));
  const text = texts.join(',');
  const [only] = taken;
  if (only === undefined) throw new Failure('internal', 'a parameter without a value', { parameter: name });
  return several ? { text, value: taken.map(({ value }) => value), fields: NO_FIELDS } : { text, ...only };
}

function textsOf(given: Given, several: boolean): readonly string[] {
  if (typeof given !== 'string') return given;
  return several ? given.split(',').map((text) => text.trim()) : [given];
}

function takeText(parameter: Parameter, text: string): Choice {
  const { choices, pattern, secret } = parameter;
  if (secret && !SECRET.test(text))
    refuse(parameter, "a secret is given by its name: write ${secret:NAME}, and list it in the agent's configuration");
  if (/\p{Cc}/u.test(text)) refuse(parameter, 'the value holds a control character');
  if (choices !== null) {
    const choice = choices.get(text);
    if (choice !== undefined) return choice;
    const words = [...choices.keys()];
    return refuse(parameter, 'not one of the choices of the parameter', {
      value: text,
      choices: words.join(', '),
      nearest: nearestWord(text, words),
    });
  }
  if (pattern !== null && !compilePattern(`^(?:${pattern})$`).test(text))
    refuse(parameter, 'the value does not match the pattern of the parameter', { value: text, pattern });
  return { value: text, fields: NO_FIELDS };
}

function refuse(
  { name, description }: Parameter,
  message: string,
  details: Readonly<Record<string, string | undefined>> = {},
): never {
  throw new Failure('usage', message, { parameter: name, ...details, meaning: description });
}

function choicesOf(written: NonNullable<WrittenParameter['choices']>): readonly (readonly [string, Choice])[] {
  return Array.isArray(written)
    ? written.map((value) => [String(value), { value, fields: NO_FIELDS }])
    : Object.entries(written).map(([word, fields]) => [word, { value: word, fields }]);
}
