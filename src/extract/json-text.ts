// JSON text to plain data and back, without losing what was written: numbers that JavaScript would round or rewrite
// (`1.10`, `12345678901234567890`) stay as they are.
import { Failure } from '../core/failure.ts';
import type { Content } from './step.ts';
import { beginningOf, describeDocument, isLarge, textOf } from './text-of.ts';

/** A number whose JavaScript value prints differently from what the document says. */
export class ExactNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** As the document has it. */
  get text(): string {
    return this.#text;
  }
}

/** Deepest nesting of a document that is walked by recursion. */
const DEPTH_LIMIT = 500;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** A number that may print differently from how it is written: long, with a zero at the end, with an exponent, -0. */
const SUSPECT = /(?:^|[:,[])\s*-?(?:\d[\d.]{15,}|\d+\.\d*0|\d[\d.]*[eE][+-]?\d+|(?<=-)0)\s*(?:[,\]}]|$)/;
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Marks a number in a text on its way through JSON.parse. */
const MARK = '\ue000number:';

const parsed = new WeakMap<Content, unknown>();

/** The data of a JSON document; a large one is parsed once however many steps of a round look at it. */
export function jsonOf(content: Content): unknown {
  const text = textOf(content);
  if (content.kind !== 'document' || !isLarge(content)) return parseJson(text, content);
  if (!parsed.has(content)) parsed.set(content, parseJson(text, content));
  return parsed.get(content);
}

/** Data of a JSON text. Throws a Failure (`not-parsable`) that says what the text looks like instead. */
export function parseJson(text: string, content: Content = { kind: 'text', text }): unknown {
  try {
    return SUSPECT.test(text) ? parseExactly(text) : JSON.parse(text);
  } catch (cause) {
    throw notJson(text, content, cause);
  }
}

/** True where a JSON text nests deeper than recursion may follow. */
export function isTooDeep(text: string): boolean {
  // Every level has an opening and a closing sign.
  if (text.length <= 2 * DEPTH_LIMIT) return false;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (isQuoted) {
      if (sign === BACKSLASH) at++;
      else if (sign === QUOTE) isQuoted = false;
    } else if (sign === QUOTE) isQuoted = true;
    else if (OPENING.has(sign)) {
      if (++depth > DEPTH_LIMIT) return true;
    } else if (CLOSING.has(sign)) depth--;
  }
  return false;
}

/** A scalar as text; null where there is no value, undefined where it is an object or a list. */
export function scalarText(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof ExactNumber ? value.text : undefined;
}

/** JSON on one line with sorted keys: equal data gives equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

function parseExactly(text: string): unknown {
  JSON.parse(text);
  const marked = text.replace(TEXT_OR_NUMBER, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `"${MARK}${token}"`,
  );
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value,
  );
}

function notJson(text: string, content: Content, cause: unknown): Failure {
  const details = describeDocument(content, text);
  if (text.trim() === '') return new Failure('not-parsable', 'the document is empty, not JSON', details, { cause });
  if (text.trimStart().startsWith('<')) {
    const message = 'the document is HTML or XML, not JSON: check the address, or use css or xpath';
    return new Failure('not-parsable', message, details, { cause });
  }
  const error = cause instanceof Error ? beginningOf(cause.message) : undefined;
  return new Failure('not-parsable', 'the document is not JSON', { ...details, error }, { cause });
}
