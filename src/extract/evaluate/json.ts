// Evaluates a JSONPath that was read by json-path.ts: plain paths by walking, everything else by jsonpath-plus, which
// gets the segments that we read and our filters, never text that it would have to interpret.
import { Failure } from '../../core/failure.ts';
import { canonicalJson, isTooDeep, parseJson, scalarText } from '../json-text.ts';
import type { EvaluationTask } from '../step.ts';
import type { JsonFilter } from './json-filter.ts';
import { type JsonPath, parseJsonPath, type Segment } from './json-path.ts';

/** How matches become text: scalars as they are, or (`json`) everything as canonical JSON. */
export type JsonFormat = 'text' | 'json';

type JsonPathPlus = typeof import('jsonpath-plus')['JSONPath'];

/** What a path that is not plain names in the data, in document order. */
async function searchLoading(path: JsonPath, root: unknown): Promise<readonly unknown[]> {
  const { JSONPath } = await import('jsonpath-plus');
  return search(JSONPath, path.segments, root);
}

/** In the evaluation thread: the texts of what the path names. */
export async function evaluateJson({ expression, text, options }: EvaluationTask): Promise<readonly string[]> {
  return await matchJson(parseJsonPath(expression), { text, data: parseJson(text) }, options?.format as JsonFormat);
}

/** The texts of what the path names in a document, given with its text. */
export function matchJson(
  path: JsonPath,
  document: { readonly text: string; readonly data: unknown },
  format: JsonFormat,
): readonly string[] | Promise<readonly string[]> {
  if ((path.cost !== 'plain' || format === 'json') && isTooDeep(document.text))
    throw new Failure('not-parsable', 'the document nests too deeply: use a path of members and indexes only');
  if (path.cost === 'plain') return matchTexts(walk(path.segments, document.data), format);
  return searchLoading(path, document.data).then((matches) => matchTexts(matches, format));
}

/** Matches as text; null and missing ones are no matches. Throws a Failure (`bad-value`) for objects and lists. */
export function matchTexts(matches: readonly unknown[], format: JsonFormat): readonly string[] {
  const texts: string[] = [];
  for (const match of matches) {
    if (match === null || match === undefined) continue;
    if (format === 'json') {
      texts.push(canonicalJson(match));
      continue;
    }
    const text = scalarText(match);
    if (text === undefined || text === null) {
      const message = Array.isArray(match)
        ? 'the match is a list: end the expression with [*] or [0], or set format: json'
        : 'the match is an object: name one of its members, or set format: json';
      throw new Failure('bad-value', message, Array.isArray(match) ? {} : { members: memberNames(match) });
    }
    texts.push(text);
  }
  return texts;
}

/** Follows members and indexes; the same as jsonpath-plus does, whose walk costs ten times as much. */
export function walk(segments: readonly Segment[], root: unknown): readonly unknown[] {
  let value = root;
  for (const segment of segments) {
    if (segment.kind !== 'name' && segment.kind !== 'index')
      throw new Failure('internal', 'a path that is not plain was walked', { segment: segment.kind });
    const key = segment.kind === 'name' ? segment.name : segment.index;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return [];
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return [value];
}

/** The same by jsonpath-plus, whatever the segments. */
export function search(JSONPath: JsonPathPlus, segments: readonly Segment[], root: unknown): readonly unknown[] {
  if (typeof root !== 'object' || root === null) return segments.length === 0 ? [root] : [];
  const filters: JsonFilter[] = [];
  // Its cache of read paths is public, so it is given ours; a fresh one each time keeps no document alive.
  const cache: Record<string, unknown> = Object.create(null);
  cache.path = ['$', ...segments.map((segment) => tokenOf(segment, filters))];
  const callable = JSONPath as JsonPathPlus & { cache: unknown };
  callable.cache = cache;
  try {
    const found: readonly { value: unknown; parent: unknown }[] = JSONPath({
      path: 'path',
      json: root,
      resultType: 'all',
      eval: (code: string, scope: object) => decide(filters, code, scope as SandboxScope),
    });
    // It sees the letters of a text as members; nobody means them.
    return found.filter(({ parent }) => typeof parent !== 'string').map(({ value }) => value);
  } finally {
    callable.cache = {};
  }
}

/** What jsonpath-plus tells a filter. */
interface SandboxScope {
  readonly _$_v: unknown;
  readonly _$_root: unknown;
  readonly _$_property: unknown;
}

function decide(filters: readonly JsonFilter[], code: string, scope: SandboxScope): boolean {
  const filter = filters[Number(code.slice(1))];
  if (filter === undefined) throw new Failure('internal', 'a filter is missing', { code });
  return filter({ current: scope._$_v, root: scope._$_root, property: scope._$_property });
}

/** A segment in jsonpath-plus's own tokens; names are escaped, so that none of them has a meaning of its own. */
function tokenOf(segment: Segment, filters: JsonFilter[]): string {
  switch (segment.kind) {
    case 'name':
      // A missing name with a comma would be read as a union.
      return segment.name.includes(',') ? filterToken(filters, isNamed(segment.name)) : `\`${segment.name}`;
    case 'index':
      return indexToken(segment.index);
    case 'slice':
      return segment.text;
    case 'union':
      return segment.members
        .map((member) => (typeof member === 'number' ? indexToken(member) : `\`${member}`))
        .join(',');
    case 'filter':
      return filterToken(filters, segment.filter);
    case 'wildcard':
      return '*';
    case 'descent':
      return '..';
    case 'parent':
      return '^';
    case 'key':
      return '~';
    default:
      return segment satisfies never;
  }
}

function indexToken(index: number): string {
  if (index >= 0) return String(index);
  return index === -1 ? '-1:' : `${index}:${index + 1}`;
}

function filterToken(filters: JsonFilter[], filter: JsonFilter): string {
  filters.push(filter);
  return `?(#${filters.length - 1})`;
}

function isNamed(name: string): JsonFilter {
  return ({ property }) => property === name;
}

function memberNames(value: unknown): string {
  return Object.keys(value as object)
    .slice(0, 8)
    .join(', ');
}
