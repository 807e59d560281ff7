// From what a zod schema has against written data to problems with a place, an expectation and the nearest known word.
import type { z } from 'zod';
import { nearestWord } from '../core/nearest.ts';
import { echo, type Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** A problem before it is given a place: `atKey` where the key is wrong rather than its value. */
export interface UnplacedProblem extends Pick<Problem, 'message' | 'expected' | 'found' | 'nearest'> {
  readonly path: readonly PropertyKey[];
  readonly atKey: boolean;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
};

/** Words that are known but have no effect yet: refused by name, never ignored. */
export type NotBuilt = ReadonlySet<string>;

/** Everything that a schema has against data, in the order of the schema. */
export function schemaProblems(input: {
  readonly schema: z.ZodType;
  readonly data: unknown;
  readonly error: z.core.$ZodError;
  readonly notBuilt?: NotBuilt | undefined;
}): UnplacedProblem[] {
  return input.error.issues.flatMap((issue) => issueProblems({ ...input, issue, prefix: [] }));
}

interface IssueContext {
  readonly schema: z.ZodType;
  readonly data: unknown;
  readonly notBuilt?: NotBuilt | undefined;
  readonly issue: Issue;
  readonly prefix: readonly PropertyKey[];
}

function issueProblems(context: IssueContext): UnplacedProblem[] {
  const { issue, schema, data } = context;
  const path = [...context.prefix, ...issue.path];
  const value = valueAt(data, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(schema, path);
      return issue.keys.map((key) =>
        context.notBuilt?.has(key) === true
          ? { path: [...path, key], atKey: true, message: 'not built yet: remove it' }
          : { path: [...path, key], atKey: true, message: 'unknown key', nearest: nearestWord(key, known) },
      );
    }
    case 'invalid_type': {
      const expected = EXPECTED[issue.expected] ?? issue.expected;
      if (value === undefined) return [{ path, atKey: false, message: 'a key is missing', expected }];
      // a line such as `echo a: b` is a map where it stands without quotes in a list
      const line = typeof path.at(-1) === 'number' && echo(value) === 'a map';
      const unquoted = line || ['number', 'boolean'].includes(typeof value);
      const quotes = issue.expected === 'string' && unquoted;
      return [
        {
          path,
          atKey: false,
          message: 'the wrong type',
          expected: quotes ? 'text (put it in quotes)' : expected,
          found: echo(value),
        },
      ];
    }
    case 'invalid_value': {
      const words = issue.values.map(String);
      const nearest = typeof value === 'string' ? nearestWord(value, words) : undefined;
      const found = echo(value);
      return [
        { path, atKey: false, message: 'not one of the known words', expected: words.join(', '), found, nearest },
      ];
    }
    case 'invalid_union':
      return unionProblems(context, issue, path, value);
    case 'invalid_key': {
      const message = issue.issues[0]?.message ?? 'a key that is not allowed';
      return [{ path, atKey: true, message }];
    }
    case 'invalid_element':
      return issue.issues.flatMap((inner) => issueProblems({ ...context, issue: inner as Issue, prefix: path }));
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum;
      const expected = `${issue.code === 'too_small' ? 'at least' : 'at most'} ${bound}`;
      const message = issue.code === 'too_small' ? 'too little' : 'too much';
      return [{ path, atKey: false, message, expected, found: echo(value) }];
    }
    case 'custom': {
      const { complete, nearest } = issue.params ?? {};
      const found = complete === true ? undefined : echo(value);
      return [{ path, atKey: false, message: issue.message, found, nearest }];
    }
    case 'invalid_format':
    case 'not_multiple_of':
      return [{ path, atKey: false, message: issue.message, found: echo(value) }];
    default:
      return issue satisfies never;
  }
}

/** Of a union, the member that the data was probably meant for: the one whose own type fits. */
function unionProblems(
  context: IssueContext,
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly PropertyKey[],
  value: unknown,
): UnplacedProblem[] {
  const fitting = issue.errors.find((issues) => !issues.some((inner) => isWrongType(inner) && inner.path.length === 0));
  if (fitting !== undefined)
    return fitting.flatMap((inner) => issueProblems({ ...context, issue: inner, prefix: path }));
  const expected = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [EXPECTED[inner.expected] ?? inner.expected] : []));
  if (value === undefined)
    return [{ path, atKey: false, message: 'a key is missing', expected: [...new Set(expected)].join(' or ') }];
  const words = [...new Set(expected)].join(' or ');
  return [{ path, atKey: false, message: 'the wrong type', expected: words, found: echo(value) }];
}

function isWrongType(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

/** What stands at a path of plain data; own properties only. */
export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** The keys that a schema knows for the map at a path, through optional, default, union, list and map members. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return [...members(schema)].flatMap((member) => {
    const def = member._zod.def as z.core.$ZodTypes['_zod']['def'];
    const [part, ...rest] = path;
    switch (def.type) {
      case 'object': {
        if (part === undefined) return Object.keys(def.shape);
        const child = def.shape[String(part)];
        return child === undefined ? [] : knownKeys(child as z.ZodType, rest);
      }
      case 'record':
        return part === undefined ? [] : knownKeys(def.valueType as z.ZodType, rest);
      case 'array':
        return part === undefined ? [] : knownKeys(def.element as z.ZodType, rest);
      default:
        return [];
    }
  });
}

/** A schema without its wrappers; the members of a union each. */
function* members(schema: z.ZodType): Generator<z.ZodType> {
  const def = schema._zod.def as z.core.$ZodTypes['_zod']['def'];
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      yield* members(def.innerType as z.ZodType);
      break;
    case 'pipe':
      yield* members(def.in as z.ZodType);
      break;
    case 'union':
      for (const option of def.options) yield* members(option as z.ZodType);
      break;
    default:
      yield schema;
  }
}
