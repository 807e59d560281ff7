// Replacing known secret values in text, in the forms in which they appear: plain, in URLs, in JSON, within base64; at
// once or in a stream whose pieces cut them apart.

/** For a text that arrives in pieces: what is given out joined together is the whole text redacted. */
export interface Redactor {
  /** What can be given out now; keeps back what may be the beginning of a secret. */
  write(piece: string): string;
  /** The rest. */
  end(): string;
}

/** The same for bytes, whatever they are: those in which no secret is stay as they are. */
export interface ByteRedactor {
  write(piece: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

export interface Redaction {
  /** Values of fewer than 4 characters are left alone: they appear everywhere. */
  add(value: string): void;
  redact(text: string): string;
  createRedactor(): Redactor;
  createByteRedactor(): ByteRedactor;
}

const MASK = '***';
const SHORTEST = 4;
/** A part of a secret (a line of it, a stretch of its base64 form) is a word of its own from this length on. */
const SHORTEST_PART = 8;

/** What is looked for, longest first: one secret may begin with another. */
interface Search {
  readonly needles: readonly string[];
  readonly pattern: RegExp | null;
}

const NOTHING: Search = { needles: [], pattern: null };

export function createRedaction(): Redaction {
  const forms = new Set<string>();
  let texts = NOTHING;
  /** In texts of which each character is a byte. */
  let bytes = NOTHING;

  const redact = (text: string) => redactWhole(text, texts);

  return {
    add(value) {
      if (value.length < SHORTEST) return;
      for (const form of formsOf(value)) forms.add(form);
      texts = searchFor([...forms]);
      bytes = searchFor([...forms].map((form) => Buffer.from(form, 'utf8').toString('latin1')));
    },
    redact,
    createRedactor: () => redactorOf(() => texts),
    createByteRedactor() {
      const redactor = redactorOf(() => bytes);
      return {
        write: (piece) => (bytes.pattern === null ? piece : Buffer.from(redactor.write(latin1(piece)), 'latin1')),
        end: () => Buffer.from(redactor.end(), 'latin1'),
      };
    },
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function searchFor(forms: readonly string[]): Search {
  const needles = forms.toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(needles.map((needle) => needle.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&')).join('|'), 'g');
  return { needles, pattern };
}

function redactWhole(text: string, { pattern }: Search): string {
  return pattern === null ? text : text.replace(pattern, MASK);
}

/** A secret that is added meanwhile is looked for from the next piece on. */
function redactorOf(search: () => Search): Redactor {
  let pending = '';
  return {
    write(piece) {
      const { out, rest } = redactSettled(pending + piece, search());
      pending = rest;
      return out;
    },
    end() {
      const out = redactWhole(pending, search());
      pending = '';
      return out;
    },
  };
}

/** Redacts as far as no further text can change the outcome. */
function redactSettled(text: string, { pattern, needles }: Search): { readonly out: string; readonly rest: string } {
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
