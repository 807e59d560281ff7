// JSONPath as it is written: read completely when the definition is read, so that a mistake is an error there and
// nothing that is evaluated later is taken from text. The dialect is jsonpath-plus's without scripts; the README of
// resources/ lists it.
import { Failure } from '../../core/failure.ts';
import { type JsonFilter, parseFilter } from './json-filter.ts';

/** One segment of a path. Index and slice bounds below zero count from the end. */
export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly text: string }
  | { readonly kind: 'union'; readonly members: readonly (string | number)[] }
  | { readonly kind: 'filter'; readonly filter: JsonFilter }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'descent' }
  | { readonly kind: 'parent' }
  | { readonly kind: 'key' };

/** A path, with how the time that it takes grows. */
export interface JsonPath {
  readonly segments: readonly Segment[];
  /** `plain`: members and indexes only, at most one match. `linear`: few looks at each place of the document. */
  readonly cost: 'plain' | 'linear' | 'unbounded';
}

/** Most segments in a path; the time that an evaluation takes grows with them. */
const SEGMENT_LIMIT = 100;

/** Most looks at one place, by unions that name it several times, that still count as linear. */
const REPEAT_LIMIT = 20;

/** Reads a path. Throws a Failure (`definition`) that says what is wrong and at which character. */
export function parseJsonPath(source: string): JsonPath {
  if (!source.startsWith('$')) throw new Failure('definition', 'a JSONPath starts with $, the whole document');
  const segments: Segment[] = [];
  let at = 1;
  while (at < source.length) {
    const read = readSegment(source, at);
    segments.push(...read.segments);
    at = read.end;
  }
  if (segments.length > SEGMENT_LIMIT)
    throw new Failure('definition', 'the JSONPath has too many segments', { limit: SEGMENT_LIMIT });
  if (segments.at(-1)?.kind === 'descent') throw mistake('.. needs a name, * or [ after it', source.length);
  assertParents(segments);
  if (segments.slice(0, -1).some((segment) => segment.kind === 'key'))
    throw new Failure('definition', '~ gives the name of a member: nothing can follow it');
  return { segments, cost: costOf(segments) };
}

/** `^` and `~` look at what holds the current place: the whole document has no such thing. */
function assertParents(segments: readonly Segment[]): void {
  let depth = 0;
  for (const [index, { kind }] of segments.entries()) {
    const looksUp = kind === 'parent' || kind === 'key';
    if (looksUp && (depth === 0 || segments[index - 1]?.kind === 'descent'))
      throw new Failure(
        'definition',
        '^ and ~ need a member before them: the whole document has no parent and no name',
      );
    if (kind === 'parent') depth--;
    else if (kind !== 'descent') depth++;
  }
}

function costOf(segments: readonly Segment[]): JsonPath['cost'] {
  const isPlain = segments.every(
    (segment) => segment.kind === 'name' || (segment.kind === 'index' && segment.index >= 0),
  );
  if (isPlain) return 'plain';
  // These can come to the same place again and again.
  const descents = segments.filter(({ kind }) => kind === 'descent').length;
  const repeats = segments.reduce((times, one) => times * (one.kind === 'union' ? one.members.length : 1), 1);
  const goesUp = segments.some(({ kind }) => kind === 'parent');
  return descents > 1 || repeats > REPEAT_LIMIT || goesUp ? 'unbounded' : 'linear';
}

interface Read {
  readonly segments: readonly Segment[];
  readonly end: number;
}

function readSegment(source: string, at: number): Read {
  const sign = source[at];
  if (sign === '[') return readBracket(source, at);
  if (sign === '~') return { segments: [{ kind: 'key' }], end: at + 1 };
  if (sign === '^') return { segments: [{ kind: 'parent' }], end: at + 1 };
  if (sign !== '.') throw mistake('expected . or [', at);
  const descends = source[at + 1] === '.';
  const start = at + (descends ? 2 : 1);
  const descent: readonly Segment[] = descends ? [{ kind: 'descent' }] : [];
  if (source[start] === '*') return { segments: [...descent, { kind: 'wildcard' }], end: start + 1 };
  if (descends && source[start] === '[') return { segments: descent, end: start };
  const name = /^[^\s.[\]()'"~^*,?]+/.exec(source.slice(start))?.[0];
  if (name === undefined) throw mistake("expected a name; others than plain ones are written ['like this']", start);
  return { segments: [...descent, { kind: 'name', name }], end: start + name.length };
}

function readBracket(source: string, at: number): Read {
  const close = closingBracket(source, at);
  const inside = source.slice(at + 1, close).trim();
  const place = at + 1;
  const one = (segment: Segment): Read => ({ segments: [segment], end: close + 1 });
  if (inside === '*') return one({ kind: 'wildcard' });
  if (inside.startsWith('?')) return one({ kind: 'filter', filter: parseFilter(inside.slice(1)) });
  if (inside.startsWith('(')) throw mistake('scripts are not run: count from the end with [-1]', place);
  if (/^-?\d*\s*:/.test(inside)) return one({ kind: 'slice', text: readSlice(inside, place) });
  const members = splitMembers(inside, place).map((member) => readMember(member, place));
  const [first] = members;
  if (first === undefined) throw mistake("the brackets are empty: write ['name'], [0] or [*]", place);
  // jsonpath-plus takes unions apart at their commas.
  if (members.length > 1 && members.some((member) => typeof member === 'string' && member.includes(',')))
    throw mistake('a name with a comma cannot be one of several', place);
  if (members.length > 1) return one({ kind: 'union', members });
  return one(typeof first === 'string' ? { kind: 'name', name: first } : { kind: 'index', index: first });
}

/** The position of the `]` that closes the `[` at `open`, quoted text and inner brackets passed over. */
function closingBracket(source: string, open: number): number {
  let depth = 0;
  let quote: string | undefined;
  for (let at = open; at < source.length; at++) {
    const sign = source[at];
    if (quote !== undefined) {
      if (sign === '\\') at++;
      else if (sign === quote) quote = undefined;
    } else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === '[') depth++;
    else if (sign === ']' && --depth === 0) return at;
  }
  throw mistake(quote === undefined ? 'the bracket is not closed' : 'the quoted text is not closed', open);
}

/** The members of a union, at commas outside quotes. */
function splitMembers(inside: string, place: number): readonly string[] {
  const members = inside.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,'"\s]+|,/gs) ?? [];
  const isAlternating = members.every((member, index) => (member === ',') === (index % 2 === 1));
  if (!isAlternating || members.at(-1) === ',') throw mistake('expected members with commas between them', place);
  return members.filter((member) => member !== ',');
}

function readMember(text: string, place: number): string | number {
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (/^['"]/.test(text)) return text.slice(1, -1).replace(/\\(.)/gs, '$1');
  throw mistake("expected a number, or a name in quotes such as ['name']", place);
}

function readSlice(inside: string, place: number): string {
  const match = /^(-?\d{1,15})?\s*:\s*(-?\d{1,15})?\s*(?::\s*(\d{1,15})?)?$/.exec(inside);
  if (match === null) throw mistake('a slice is [start:end] or [start:end:step] with a step above 0', place);
  const [, start = '', end = '', step = ''] = match;
  if (Number(end || 1) === 0 || Number(step || 1) === 0) throw mistake('this slice selects nothing', place);
  return `${start}:${end}${step === '' ? '' : `:${step}`}`;
}

function mistake(message: string, at: number): Failure {
  return new Failure('definition', `the JSONPath cannot be read: ${message}`, { character: at + 1 });
}
