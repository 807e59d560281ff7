// The variables that a shell script sets, read without running anything: a value is known only where the last thing that
// touches the variable is an unconditional assignment of a literal at the top level of the script.
import { type Cursor, readWord, UnclosedError, type Word } from './shell-words.ts';

/** The last assignment of a variable. */
export interface Assignment {
  /** Null where the value depends on running something. */
  readonly value: string | null;
  /** The assigned text as written. */
  readonly raw: string;
  readonly start: number;
}

export interface ShellVariables {
  readonly assignments: ReadonlyMap<string, Assignment>;
  /** How often each variable is assigned. */
  readonly counts: ReadonlyMap<string, number>;
  /** True where other files or texts are evaluated, which can set anything. */
  readonly evaluates: boolean;
}

const OPERATOR = /[;&|]/;
const OPENING = new Set(['if', 'while', 'until', 'for', 'select', '{']);
const CLOSING = new Set(['fi', 'done', '}']);
/** Words after which a command starts again. */
const PREFIX = new Set(['then', 'else', 'elif', 'do', '!', 'time']);
const DECLARING = new Set(['export', 'declare', 'typeset', 'readonly', 'local']);
const EVALUATING = new Set(['eval', 'source', '.']);
/** Commands that set or remove the variables that they name. */
const CHANGING = new Set(['unset', 'read', 'printf', 'mapfile', 'readarray', 'getopts', 'let']);

/** Reads a script. Throws an UnclosedError where no shell could parse it. */
export function readShellVariables(text: string): ShellVariables {
  const assignments = new Map<string, Assignment>();
  const counts = new Map<string, number>();
  let evaluates = false;
  const forget = (name: string) => {
    const known = assignments.get(name);
    if (known !== undefined) assignments.set(name, { ...known, value: null });
  };
  const assign = (word: Word, sure: boolean) => {
    const match = /^([A-Za-z_]\w*)(?:\[[^\]]*\])?(\+?)=/.exec(word.raw);
    if (match?.[1] === undefined) return;
    const isPlain = match[2] === '' && !match[0].includes('[');
    const value = sure && isPlain && word.literal !== null ? word.literal.slice(match[0].length) : null;
    assignments.set(match[1], { value, raw: word.raw.slice(match[0].length), start: word.start });
    counts.set(match[1], (counts.get(match[1]) ?? 0) + 1);
  };
  const skipCommands = (cursor: Cursor) => void walkCommands(cursor, () => {}, 'nested');
  const read = (command: SimpleCommand) => {
    const [first, ...others] = command.words;
    if (first === undefined) return;
    if (command.words.every(isAssignment)) for (const word of command.words) assign(word, command.sure);
    else if (DECLARING.has(first.raw)) for (const word of others.filter(isAssignment)) assign(word, command.sure);
    else if (EVALUATING.has(first.raw)) {
      evaluates = true;
      for (const name of assignments.keys()) forget(name);
    } else if (CHANGING.has(first.raw)) for (const word of others) forget(word.literal ?? '');
  };
  walkCommands({ text, at: 0, skipCommands }, read, 'script');
  return { assignments, counts, evaluates };
}

/** A here-document to come: the line that ends it, and whether its lines are indented by tabs. */
interface Heredoc {
  readonly delimiter: string;
  readonly tabs: boolean;
}

interface SimpleCommand {
  readonly words: readonly Word[];
  /** Runs exactly once, in this shell. */
  readonly sure: boolean;
}

/** Where the commands that are walked over end: with the text, at a closing parenthesis, or at `;;` or `esac`. */
type Scope = 'script' | 'nested' | 'branch';

/** Tells every simple command up to the end of its scope, and what ended it. */
function walkCommands(cursor: Cursor, tell: (command: SimpleCommand) => void, scope: Scope): 'esac' | 'end' {
  const { text } = cursor;
  const start = cursor.at;
  const heredocs: Heredoc[] = [];
  let depth = 0;
  let words: Word[] = [];
  let conditional = scope === 'branch';
  const finish = (operator: string) => {
    const sure = !conditional && depth === 0 && operator !== '|' && operator !== '&';
    if (words.length > 0) tell({ words, sure });
    words = [];
    conditional = scope === 'branch' || ['&&', '||', '|'].includes(operator);
  };
  while (cursor.at < text.length) {
    const character = text.charAt(cursor.at);
    if (character === ' ' || character === '\t') cursor.at++;
    else if (text.startsWith('\\\n', cursor.at)) cursor.at += 2;
    else if (character === '#') cursor.at = endOfLine(text, cursor.at);
    else if (character === '\n') {
      finish(';');
      cursor.at++;
      for (const heredoc of heredocs.splice(0)) skipHeredoc(cursor, heredoc);
    } else if (character === '(') {
      // the parentheses of a function's name, or a subshell, whose variables are its own
      cursor.at++;
      cursor.skipCommands(cursor);
      words = [];
    } else if (character === ')') {
      finish(';');
      cursor.at++;
      if (scope === 'nested') return 'end';
    } else if (character === '<' || character === '>') {
      const heredoc = skipRedirection(cursor);
      if (heredoc !== null) heredocs.push(heredoc);
    } else if (OPERATOR.test(character)) {
      const operator = /^(?:;;&|;;|;&|&&|\|\||&>>?|\|&|.)/.exec(text.slice(cursor.at, cursor.at + 3))?.[0] ?? character;
      cursor.at += operator.length;
      if (operator.startsWith('&>')) readNextWord(cursor);
      else finish(operator === '|&' ? '|' : operator);
      if (scope === 'branch' && /^;[;&]/.test(operator)) return 'end';
    } else {
      const word = readWord(cursor);
      // the number of a descriptor belongs to the redirection that follows
      if (/^\d+$/.test(word.raw) && /[<>]/.test(text.charAt(cursor.at))) continue;
      if (words.length > 0) words.push(word);
      else if (word.raw === 'esac' && scope === 'branch') return 'esac';
      else if (word.raw === 'case') skipCase(cursor, (command) => tell({ ...command, sure: false }));
      else if (word.raw === '[[') skipUntilWord(cursor, ']]');
      else if (word.raw === 'function') readNextWord(cursor);
      else if (OPENING.has(word.raw)) depth++;
      else if (CLOSING.has(word.raw)) depth = Math.max(0, depth - 1);
      else if (!PREFIX.has(word.raw)) words.push(word);
    }
  }
  if (scope === 'nested') throw new UnclosedError('a parenthesis', start - 1);
  finish(';');
  return 'end';
}

/** `case WORD in PATTERN) commands ;; … esac`: the parentheses of its patterns close nothing. */
function skipCase(cursor: Cursor, tell: (command: SimpleCommand) => void): void {
  skipUntilWord(cursor, 'in');
  while (cursor.at < cursor.text.length) {
    skipSpace(cursor);
    if (cursor.text.charAt(cursor.at) === '(') cursor.at++;
    const pattern = readWord(cursor);
    if (pattern.raw === 'esac') return;
    while (cursor.at < cursor.text.length && cursor.text.charAt(cursor.at) !== ')') {
      skipSpace(cursor);
      if (cursor.text.charAt(cursor.at) === '|') cursor.at++;
      else if (readWord(cursor).raw === '' && cursor.text.charAt(cursor.at) !== ')') cursor.at++;
    }
    cursor.at++;
    if (walkCommands(cursor, tell, 'branch') === 'esac') return;
  }
}

function isAssignment(word: Word): boolean {
  return /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/.test(word.raw);
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function skipSpace(cursor: Cursor): void {
  const { text } = cursor;
  while (
    /[ \t\n]/.test(text.charAt(cursor.at)) ||
    text.startsWith('\\\n', cursor.at) ||
    text.charAt(cursor.at) === '#'
  ) {
    if (text.charAt(cursor.at) === '#') cursor.at = endOfLine(text, cursor.at);
    else cursor.at += text.charAt(cursor.at) === '\\' ? 2 : 1;
  }
}

function skipUntilWord(cursor: Cursor, last: string): void {
  while (cursor.at < cursor.text.length) {
    skipSpace(cursor);
    const word = readWord(cursor);
    if (word.raw === last) return;
    if (word.raw === '') cursor.at++;
  }
}

/** Reads the word after blanks on the same line. */
function readNextWord(cursor: Cursor): Word {
  while (/[ \t]/.test(cursor.text.charAt(cursor.at))) cursor.at++;
  return readWord(cursor);
}

/** Passes over a redirection; its here-document, if it starts one, follows the line. */
function skipRedirection(cursor: Cursor): Heredoc | null {
  const operator = /^(?:<<<|<<-|<<|<&|<>|>>|>&|>\||<|>)/.exec(cursor.text.slice(cursor.at, cursor.at + 3))?.[0] ?? '<';
  cursor.at += operator.length;
  if (cursor.text.charAt(cursor.at) === '(') {
    cursor.at++;
    cursor.skipCommands(cursor);
    return null;
  }
  const target = readNextWord(cursor);
  if (operator !== '<<' && operator !== '<<-') return null;
  return { delimiter: target.literal ?? target.raw, tabs: operator === '<<-' };
}

function skipHeredoc(cursor: Cursor, heredoc: Heredoc): void {
  while (cursor.at < cursor.text.length) {
    const end = endOfLine(cursor.text, cursor.at);
    const line = cursor.text.slice(cursor.at, end);
    cursor.at = end + 1;
    if ((heredoc.tabs ? line.replace(/^\t+/, '') : line) === heredoc.delimiter) return;
  }
}
