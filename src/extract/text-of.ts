// Content as text: decoding documents, and the few shapes in which filters take their input and give their output.
import { TextDecoder } from 'node:util';
import { Failure } from '../core/failure.ts';
import type { Content } from './step.ts';

type Document = Extract<Content, { kind: 'document' }>;

/** Longest echo of outside text in a failure's details, in characters. */
const ECHO = 80;

/** Refuses what is not UTF-8, and leaves a byte order mark out. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

const decoded = new WeakMap<Document, string>();

/**
 * The text of a document: by its charset, else the one its content type, XML declaration or HTML meta element names,
 * else UTF-8; without a byte order mark. Throws a Failure (`not-parsable`) for bytes that the charset does not allow.
 */
export function decodeDocument(document: Document): string {
  const known = decoded.get(document);
  if (known !== undefined) return known;
  const label =
    document.charset ?? charsetOfType(document.contentType) ?? declaredCharset(document.body) ?? UTF8.encoding;
  const text = decode(document.body, label, document.contentType);
  if (isLarge(document)) decoded.set(document, text);
  return text;
}

/** Whether reading a document again costs more than remembering what was read. */
export function isLarge({ body }: Document): boolean {
  return body.byteLength > 4096;
}

/** One text: a document's, a text, or the only item of a list. Several items are a Failure (`several-matches`). */
export function textOf(content: Content): string {
  switch (content.kind) {
    case 'document':
      return decodeDocument(content);
    case 'text':
      return content.text;
    case 'list':
      return onlyItem(content.items);
    case 'nothing':
      throw new Failure('internal', 'a step was given nothing to work on', { why: content.why });
    default:
      return content satisfies never;
  }
}

/** The items of a list, or the lines of a text (with LF or CRLF, the last one with or without). */
export function linesOf(content: Content): readonly string[] {
  if (content.kind === 'list') return content.items;
  const text = textOf(content);
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** Narrows the items of a list or the lines of a text; what came as a text is a text again. */
export function narrowLines(content: Content, narrow: (lines: readonly string[]) => readonly string[]): Content {
  const lines = narrow(linesOf(content));
  return content.kind === 'list' ? listContent(lines) : textContent(lines.join('\n'));
}

/** Rewrites a text, or every item of a list; items that become empty are no candidates any more. */
export async function mapText(content: Content, rewrite: (text: string) => string | Promise<string>): Promise<Content> {
  if (content.kind !== 'list') return textContent(await rewrite(textOf(content)));
  const items: string[] = [];
  for (const item of content.items) items.push(await rewrite(item));
  return listContent(items);
}

/** A text as content; an empty one is a Failure (`no-match`), never a value. */
export function textContent(text: string): Content {
  if (text === '') throw new Failure('no-match', 'the step leaves nothing: look at what comes in');
  return { kind: 'text', text };
}

/** Candidates as content, empty ones dropped; none left is a Failure (`no-match`). */
export function listContent(items: readonly string[]): Content {
  const left = items.filter((item) => item !== '');
  if (left.length === 0) throw new Failure('no-match', 'the step leaves nothing: look at what comes in');
  return { kind: 'list', items: left };
}

/** The only one of several candidates that may be equal to each other; different ones are a Failure that names three. */
export function onlyItem(items: readonly string[]): string {
  const [first, ...others] = new Set(items);
  if (first === undefined) throw new Failure('no-match', 'there is no candidate: look at what comes in');
  if (others.length > 0) throw severalMatches([first, ...others]);
  return first;
}

/** What a document calls itself, for failures: its content type and how it begins. */
export function describeDocument(content: Content, text: string): Readonly<Record<string, string | undefined>> {
  return {
    content_type: content.kind === 'document' ? content.contentType : undefined,
    begins: beginningOf(text),
  };
}

/** The beginning of outside text on one line, control characters made visible. */
export function beginningOf(text: string, length: number = ECHO): string {
  const line = text
    .slice(0, length * 2)
    .trim()
    .replace(/\s+/g, ' ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

function severalMatches(different: readonly string[]): Failure {
  const message = 'several different candidates: narrow them, or say which one with pick, sort or semver';
  return new Failure('several-matches', message, {
    candidates: different.length,
    first: different
      .slice(0, 3)
      .map((item) => JSON.stringify(beginningOf(item, 60)))
      .join(', '),
  });
}

function decode(body: Uint8Array, label: string, contentType: string | undefined): string {
  let decoder: TextDecoder;
  try {
    decoder = label === UTF8.encoding ? UTF8 : new TextDecoder(label, { fatal: true });
  } catch (cause) {
    const message = 'the charset of the document is unknown';
    throw new Failure('not-parsable', message, { charset: beginningOf(label) }, { cause });
  }
  try {
    return decoder.decode(body);
  } catch (cause) {
    const message = 'the document is not text in its charset';
    throw new Failure('not-parsable', message, { charset: label, content_type: contentType }, { cause });
  }
}

function charsetOfType(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
}

/** An XML declaration or an HTML meta element, within the first 1,024 bytes as HTML has it. */
function declaredCharset(body: Uint8Array): string | undefined {
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le';
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be';
  // Only markup declares.
  if ((body.byteLength > 1024 ? body.subarray(0, 1024) : body).indexOf(0x3c) === -1) return undefined;
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 1024)).toString('latin1');
  const match =
    /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w-]+)/i.exec(head) ?? /<meta[^>]*charset\s*=\s*["']?([\w-]+)/i.exec(head);
  return match?.[1];
}
