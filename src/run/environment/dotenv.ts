// Dotenv files: variables that every task gets, as the agent's configuration lists them. The values are taken as they
// stand; nothing is expanded.
import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { isVariableName } from '../../core/variable-name.ts';
import { readFileIfAny } from '../../system/files.ts';

/** Largest file, in bytes. */
const LARGEST = 1_000_000;

const ASSIGNMENT = /^\s*(?:export\s+)?([^\s=:]+)(?:\s*=|:\s)(.*)$/s;
const REST = /^\s*(?:#.*)?$/;

/** The variables of all files, those of later ones winning. A file that is missing says nothing. Failures:
 * `configuration`, with file and line, for one that is malformed or cannot be read. */
export async function readEnvironmentFiles(
  paths: readonly string[],
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  let variables: Readonly<Record<string, string>> = {};
  for (const path of paths) {
    const file = resolve(directory, path);
    const bytes = await read(file);
    if (bytes !== null) variables = { ...variables, ...(await parseEnvironmentFile(file, bytes)) };
  }
  return variables;
}

/** The variables of one file. Failure `configuration` for the first line that says nothing clear. */
export async function parseEnvironmentFile(file: string, bytes: Uint8Array): Promise<Readonly<Record<string, string>>> {
  const text = decode(file, bytes).replace(/\r\n?/g, '\n');
  checkLines(file, text);
  const { default: dotenv } = await import('dotenv');
  return dotenv.parse(text);
}

async function read(file: string): Promise<Uint8Array | null> {
  try {
    return await readFileIfAny(file, LARGEST);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure('configuration', 'the file of variables cannot be read', { file, why }, { cause: error });
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Failure('configuration', 'the file of variables is not UTF-8', { file }, { cause: error });
  }
}

/** The library passes over what it does not understand; whoever wrote it would wonder. */
function checkLines(file: string, text: string): void {
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (REST.test(line)) continue;
    const refuse = (message: string) => new Failure('configuration', message, { file, line: index + 1 });
    const [, name = '', value = ''] = ASSIGNMENT.exec(line) ?? [];
    if (name === '') throw refuse('not a line of variables: write NAME=value');
    if (!isVariableName(name)) throw refuse('not the name of a variable: letters, digits and _ only');
    if (name.startsWith('SC_')) throw refuse('a variable that only the program sets: SC_* are refused');
    if (line.includes('\0')) throw refuse('a variable cannot hold a NUL character');
    const quote = /^\s*(["'`])/.exec(value)?.[1];
    if (quote === undefined) continue;
    const opened = lines.slice(index).join('\n');
    const end = closingQuote(opened, opened.indexOf(quote) + 1, quote);
    if (end === null) throw refuse('a quote is not closed: close it, or write the value without quotes');
    index += opened.slice(0, end).split('\n').length - 1;
    const after = opened.slice(end + 1).split('\n')[0] ?? '';
    if (!REST.test(after))
      throw new Failure('configuration', 'text after the closing quote: quote all of it', { file, line: index + 1 });
  }
}

/** Where the quote is that ends what began before `start`; a backslash protects it. */
function closingQuote(text: string, start: number, quote: string): number | null {
  for (let at = text.indexOf(quote, start); at !== -1; at = text.indexOf(quote, at + 1))
    if (text[at - 1] !== '\\') return at;
  return null;
}
