// Words of a shell script: where they end, and what they stand for where nothing has to be run to know it. Quoting as in
// bash; substitutions are passed over, never evaluated.

/** A place in a script, moved on by whoever reads. */
export interface Cursor {
  readonly text: string;
  at: number;
  /** Passes over the commands of a substitution, up to and including its closing parenthesis. */
  readonly skipCommands: (cursor: Cursor) => void;
}

export interface Word {
  /** As written, quotes included. */
  readonly raw: string;
  /** What it stands for; null where that takes an expansion. */
  readonly literal: string | null;
  readonly start: number;
}

/** A script that no shell could parse; `at` is the offset of the construct that is not closed. */
export class UnclosedError extends Error {
  readonly at: number;

  constructor(what: string, at: number) {
    super(`${what} is not closed`);
    this.name = 'UnclosedError';
    this.at = at;
  }
}

/** How far the end of an arithmetic expression is looked for, so that reading stays linear. */
const LONGEST_ARITHMETIC = 1000;

const END_OF_WORD = /[ \t\n;&|<>()]/;

/** Reads the word at the cursor; empty where there is none. An array (`x=(…)`) belongs to its word. */
export function readWord(cursor: Cursor): Word {
  const start = cursor.at;
  let literal: string | null = '';
  /** Where an assigned value starts; undefined before the first equals sign. */
  let valueStart: number | undefined;
  const add = (text: string | null) => {
    literal = literal === null || text === null ? null : literal + text;
  };
  while (cursor.at < cursor.text.length) {
    const character = cursor.text.charAt(cursor.at);
    if (character === '=' && valueStart === undefined)
      valueStart = /^[A-Za-z_]\w*\+?$/.test(cursor.text.slice(start, cursor.at)) ? cursor.at + 1 : start;
    if (character === '(' && cursor.at === valueStart) {
      cursor.at++;
      cursor.skipCommands(cursor);
      add(null);
    } else if (END_OF_WORD.test(character)) break;
    else if (character === "'") add(readSingleQuoted(cursor));
    else if (character === '"') add(readDoubleQuoted(cursor));
    else if (character === '\\') {
      const next = cursor.text.charAt(cursor.at + 1);
      add(next === '\n' ? '' : next);
      cursor.at += 2;
    } else if (character === '$' || character === '`') add(readExpansion(cursor));
    else {
      // a tilde at the start of a word or of an assigned value is somebody's home
      add(character === '~' && (cursor.at === start || cursor.at === valueStart) ? null : character);
      cursor.at++;
    }
  }
  return { raw: cursor.text.slice(start, cursor.at), literal, start };
}

function readSingleQuoted(cursor: Cursor): string {
  const close = cursor.text.indexOf("'", cursor.at + 1);
  if (close < 0) throw new UnclosedError('a single quote', cursor.at);
  const inner = cursor.text.slice(cursor.at + 1, close);
  cursor.at = close + 1;
  return inner;
}

function readDoubleQuoted(cursor: Cursor): string | null {
  const start = cursor.at++;
  let literal: string | null = '';
  const add = (text: string | null) => {
    literal = literal === null || text === null ? null : literal + text;
  };
  while (cursor.at < cursor.text.length) {
    const character = cursor.text.charAt(cursor.at);
    if (character === '"') {
      cursor.at++;
      return literal;
    }
    if (character === '\\') {
      const next = cursor.text.charAt(cursor.at + 1);
      add('$`"\\'.includes(next) ? next : next === '\n' ? '' : `\\${next}`);
      cursor.at += 2;
    } else if (character === '$' || character === '`') add(readExpansion(cursor, 'quoted'));
    else {
      add(character);
      cursor.at++;
    }
  }
  throw new UnclosedError('a double quote', start);
}

/** Passes over an expansion; null for one, and the text itself for a dollar sign that starts none. */
function readExpansion(cursor: Cursor, where: 'quoted' | 'bare' = 'bare'): string | null {
  const { text } = cursor;
  const start = cursor.at;
  if (text.charAt(start) === '`') {
    skipBackquoted(cursor);
    return null;
  }
  const next = text.charAt(start + 1);
  cursor.at += 2;
  if (next === '(') {
    if (text.charAt(cursor.at) === '(' && closesArithmetic(cursor)) return null;
    cursor.skipCommands(cursor);
    return null;
  }
  if (next === '{') {
    skipBraced(cursor, start);
    return null;
  }
  if (next === "'" && where === 'bare') {
    skipAnsiQuoted(cursor, start);
    return null;
  }
  if (next === '"' && where === 'bare') {
    cursor.at--;
    readDoubleQuoted(cursor);
    return null;
  }
  if (/[A-Za-z0-9_@*#?$!-]/.test(next)) return null;
  cursor.at--;
  return '$';
}

/** `$((…))`: passes over it; false where the parentheses are two subshells after all. */
function closesArithmetic(cursor: Cursor): boolean {
  let depth = 1;
  const end = Math.min(cursor.text.length, cursor.at + LONGEST_ARITHMETIC);
  for (let at = cursor.at; at < end; at++) {
    const character = cursor.text.charAt(at);
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (depth > 0) continue;
    if (cursor.text.charAt(at - 1) !== ')') return false;
    cursor.at = at + 1;
    return true;
  }
  return false;
}

function skipBackquoted(cursor: Cursor): void {
  const start = cursor.at++;
  while (cursor.at < cursor.text.length) {
    const character = cursor.text.charAt(cursor.at);
    cursor.at += character === '\\' ? 2 : 1;
    if (character === '`') return;
  }
  throw new UnclosedError('a backquote', start);
}

function skipAnsiQuoted(cursor: Cursor, start: number): void {
  while (cursor.at < cursor.text.length) {
    const character = cursor.text.charAt(cursor.at);
    cursor.at += character === '\\' ? 2 : 1;
    if (character === "'") return;
  }
  throw new UnclosedError('a single quote', start);
}

function skipBraced(cursor: Cursor, start: number): void {
  while (cursor.at < cursor.text.length) {
    const character = cursor.text.charAt(cursor.at);
    if (character === '}') {
      cursor.at++;
      return;
    }
    if (character === '\\') cursor.at += 2;
    else if (character === "'") readSingleQuoted(cursor);
    else if (character === '"') readDoubleQuoted(cursor);
    else if (character === '$' || character === '`') readExpansion(cursor);
    else cursor.at++;
  }
  throw new UnclosedError('an expansion', start);
}
