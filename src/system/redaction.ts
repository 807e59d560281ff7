// Replacing known secret values in text, in the forms in which they appear: plain, in URLs, in JSON, within base64; at
// once or in a stream whose pieces cut them apart.

/** For a text that arrives in pieces: what is given out joined together is the whole text redacted. */
export interface Redactor {
  /** What can be given out now; keeps back what may be the beginning of a secret. */
  write(piece: string): string;
  /** The rest. */
  end(): string;
}

export interface Redaction {
  /** Values of fewer than 4 characters are left alone: they appear everywhere. */
  add(value: string): void;
  redact(text: string): string;
  createRedactor(): Redactor;
}

const MASK = '***';
const SHORTEST = 4;
/** A part of a secret (a line of it, a stretch of its base64 form) is a word of its own from this length on. */
const SHORTEST_PART = 8;

export function createRedaction(): Redaction {
  const forms = new Set<string>();
  let needles: readonly string[] = [];
  let pattern: RegExp | null = null;

  const redact = (text: string) => (pattern === null ? text : text.replace(pattern, MASK));

  return {
    add(value) {
      if (value.length < SHORTEST) return;
      for (const form of formsOf(value)) forms.add(form);
      // Longest first: one secret may begin with another.
      needles = [...forms].sort((a, b) => b.length - a.length);
      pattern = new RegExp(needles.map((needle) => needle.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&')).join('|'), 'g');
    },
    redact,
    createRedactor() {
      let pending = '';
      return {
        write(piece) {
          const { out, rest } = redactSettled(pending + piece, pattern, needles);
          pending = rest;
          return out;
        },
        end() {
          const out = redact(pending);
          pending = '';
          return out;
        },
      };
    },
  };
}

/** Redacts as far as no further text can change the outcome. */
function redactSettled(
  text: string,
  pattern: RegExp | null,
  needles: readonly string[],
): { readonly out: string; readonly rest: string } {
  if (pattern === null) return { out: text, rest: '' };
  let out = '';
  let position = 0;
  for (;;) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    const open = beginningOfNeedle(text, position, needles);
    // A beginning at the place of the match may become a longer one; one before it, a match that comes first.
    if (match === null || open <= match.index) {
      pattern.lastIndex = 0;
      return { out: out + text.slice(position, open), rest: text.slice(open) };
    }
    out += text.slice(position, match.index) + MASK;
    position = match.index + match[0].length;
  }
}

/** Where the text's end begins to be the beginning of a needle; its length where it does not. */
function beginningOfNeedle(text: string, from: number, needles: readonly string[]): number {
  const longest = needles[0]?.length ?? 0;
  for (let index = Math.max(from, text.length - longest + 1); index < text.length; index++) {
    const tail = text.slice(index);
    if (needles.some((needle) => needle.length > tail.length && needle.startsWith(tail))) return index;
  }
  return text.length;
}

function formsOf(value: string): readonly string[] {
  const lines = value.split(/[\r\n]+/).filter((line) => line.length >= SHORTEST_PART);
  return [
    value,
    encodeURIComponent(value),
    new URLSearchParams({ '': value }).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    ...(lines.length > 1 ? lines : []),
    ...base64Forms(value),
  ].filter((form) => form.length >= SHORTEST);
}

/** What any base64 text has in it when this value was part of what was encoded (`user:value`), for each of the three
 * places that it can begin at; less the characters that also hold bits of its neighbours. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const forms: string[] = [];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const begin = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const form = encoded.slice(begin, end);
    if (form.length >= SHORTEST_PART) forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
