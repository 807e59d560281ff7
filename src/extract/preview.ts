// What a step took and gave, shortened for people: safe to print whatever the outside world sent.
import type { Content } from './step.ts';
import { decodeDocument } from './text-of.ts';

/** A content in words and in part. */
export interface Preview {
  /** One line, such as `document, 5120 bytes, application/json`. */
  readonly summary: string;
  /** The beginning as lines; control characters are visible as `\u001b`. Empty for nothing. */
  readonly lines: readonly string[];
  /** True where there is more than `lines` shows. */
  readonly isCut: boolean;
}

/** Most characters and lines of a preview. */
const LENGTH = 400;
const LINES = 8;
/** Bytes that are shown of a document that is no text. */
const BYTES = 32;

export function previewContent(content: Content): Preview {
  switch (content.kind) {
    case 'document':
      return previewDocument(content);
    case 'text':
      return { summary: `text, ${count(content.text.length, 'character')}`, ...cut(content.text) };
    case 'list': {
      const { items } = content;
      const lines = items.slice(0, LINES).map((item) => visible(shorten(item.replaceAll('\n', ' '), LENGTH / 4)));
      return { summary: count(items.length, 'candidate'), lines, isCut: items.length > LINES };
    }
    case 'nothing':
      return { summary: `nothing yet: ${visible(content.why)}`, lines: [], isCut: false };
    default:
      return content satisfies never;
  }
}

function previewDocument(document: Extract<Content, { kind: 'document' }>): Preview {
  const { body, contentType } = document;
  const summary = ['document', count(body.length, 'byte'), visible(contentType ?? '')].filter(Boolean).join(', ');
  try {
    return { summary, ...cut(decodeDocument(document)) };
  } catch {
    // No text in its charset: its bytes are what can be shown.
    const hex = Buffer.from(body.subarray(0, BYTES)).toString('hex').replace(/../g, '$& ').trim();
    return { summary: `${summary}, not text`, lines: hex === '' ? [] : [hex], isCut: body.length > BYTES };
  }
}

function cut(text: string): Pick<Preview, 'lines' | 'isCut'> {
  const all = text
    .replace(/\r?\n$/, '')
    .slice(0, LENGTH + 1)
    .split(/\r?\n/);
  const isCut = text.length > LENGTH || all.length > LINES;
  const lines = text === '' ? [] : shorten(all.slice(0, LINES).join('\n'), LENGTH).split('\n');
  return { lines: lines.map(visible), isCut };
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Control characters and those that turn the direction of writing, as escapes. */
function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
