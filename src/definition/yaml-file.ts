// From the bytes of a YAML file to plain data with the position of every key, or everything that is wrong with it.
// The one place that knows the yaml package. Tags and merge keys are off, aliases are bounded, one document per file.
import type { Document, Node, YAMLMap } from 'yaml';
import type { Parsed, Problem } from './problem.ts';

/** Largest file that somebody may write, in bytes. */
const FILE_LIMIT = 1_000_000;

/** How often one anchor may be repeated, nested repetitions multiplied: more is an alias bomb. */
const ALIAS_LIMIT = 100;

/** How many problems of the syntax are told: one slip can be reported at every following character. */
const TOLD = 10;

const TOO_DEEP = 'the file is nested too deeply';

/** Tags that say what the core schema would say anyway. */
const PLAIN_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where things stand in a file. */
export interface Places {
  readonly file: string;
  /** Where the value at a path stands; the nearest one above it where the path leads nowhere. */
  positionOf(path: readonly PropertyKey[]): Position;
  /** Where the key at the end of a path stands. */
  keyPositionOf(path: readonly PropertyKey[]): Position;
}

export interface YamlFile extends Places {
  /** Plain data: maps are objects, so that keys are text. */
  readonly data: unknown;
}

/** UTF-8 text of a written file, or what is wrong with its bytes. */
export function decodeText(file: string, bytes: Uint8Array): Parsed<string> {
  if (bytes.byteLength > FILE_LIMIT)
    return refuse(file, 'the file is too large', `at most ${FILE_LIMIT} bytes`, `${bytes.byteLength} bytes`);
  if (bytes.includes(0)) return refuse(file, 'the file is binary', 'text in UTF-8');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.trim() === '') return refuse(file, 'the file is empty');
    return { ok: true, value: text };
  } catch {
    // the decoder's one error; its message says less than ours
    return refuse(file, 'the file is not valid UTF-8', 'text in UTF-8');
  }
}

/** Reads one YAML document. Everything wrong with its syntax is told, not only the first thing. */
export async function parseYaml(file: string, bytes: Uint8Array): Promise<Parsed<YamlFile>> {
  const text = decodeText(file, bytes);
  if (!text.ok) return text;
  const { default: yaml } = await import('yaml');
  const counter = new yaml.LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = (offset: number, message: string, more: Partial<Problem> = {}): Problem => ({
    file,
    ...at(offset),
    path: '',
    message,
    ...more,
  });
  let data: unknown;
  let document: Document;
  try {
    const documents = yaml.parseAllDocuments(text.value, {
      lineCounter: counter,
      merge: false,
      // checked below: the package compares every key with every other
      uniqueKeys: false,
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
      stringKeys: true,
      strict: true,
      logLevel: 'error',
    });
    const [first, second] = Array.isArray(documents) ? documents : [];
    if (first === undefined || first.contents === null) return refuse(file, 'the file says nothing but comments');
    const against = [...first.errors, ...first.warnings];
    if (against.some((error) => error.message.includes('call stack'))) return refuse(file, TOO_DEEP);
    const problems = against
      .slice(0, TOLD)
      .map((error) => problem(error.pos[0], 'not valid YAML', { found: error.message.split('\n')[0] }));
    yaml.visit(first as Document, {
      Node(_key, node) {
        if (node.tag !== undefined && !PLAIN_TAG.test(node.tag) && !(yaml.isAlias(node) as boolean))
          problems.push(problem(node.range?.[0] ?? 0, 'YAML tags are not allowed', { found: node.tag }));
        if (!yaml.isMap(node)) return;
        for (const { key, name, message } of keyProblems(yaml, node))
          problems.push(problem(key.range?.[0] ?? 0, message, { found: name }));
      },
    });
    if (second !== undefined)
      problems.push(problem(second.range[0], 'several YAML documents in one file', { expected: 'one' }));
    if (problems.length > 0) return { ok: false, problems };
    document = first as Document;
    data = document.toJS({ maxAliasCount: ALIAS_LIMIT });
  } catch (error) {
    if (error instanceof RangeError) return refuse(file, TOO_DEEP);
    if (error instanceof ReferenceError) {
      const bomb = error.message.startsWith('Excessive');
      return refuse(
        file,
        bomb ? 'an anchor is repeated too often' : 'an alias without its anchor',
        bomb ? `at most ${ALIAS_LIMIT} repetitions` : undefined,
        bomb ? undefined : error.message,
      );
    }
    throw error;
  }
  const walk = (path: readonly PropertyKey[]) => walkTo(yaml, document, path);
  return {
    ok: true,
    value: {
      file,
      data,
      positionOf: (path) => at(walk(path).value),
      keyPositionOf: (path) => at(walk(path).key),
    },
  };
}

function refuse(file: string, message: string, expected?: string, found?: string): Parsed<never> {
  return { ok: false, problems: [{ file, line: null, column: null, path: '', message, expected, found }] };
}

/** Keys of a map that an earlier one has taken, and the one that plain data would lose. */
function* keyProblems(
  yaml: typeof import('yaml'),
  map: YAMLMap,
): Generator<{ readonly key: Node; readonly name: string; readonly message: string }> {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!yaml.isScalar(key)) continue;
    const name = String(key.value);
    if (name === '__proto__') yield { key, name, message: 'a key that cannot be used: take another name' };
    if (seen.has(name)) yield { key, name, message: 'a key is there twice' };
    seen.add(name);
  }
}

/** Offsets of the key and of the value at a path; those of the last part that exists where it leads nowhere. */
function walkTo(
  yaml: typeof import('yaml'),
  document: Document,
  path: readonly PropertyKey[],
): { readonly key: number; readonly value: number } {
  let node: Node | null = document.contents;
  let key = node?.range?.[0] ?? 0;
  let value = key;
  for (const part of path) {
    if (yaml.isAlias(node)) node = node.resolve(document) ?? null;
    if (yaml.isMap(node)) {
      const pair = node.items.find((item) => yaml.isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) break;
      key = (pair.key as Node).range?.[0] ?? key;
      value = (pair.value as Node | null)?.range?.[0] ?? key;
      node = pair.value as Node | null;
    } else if (yaml.isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (!yaml.isNode(item)) break;
      key = item.range?.[0] ?? key;
      value = key;
      node = item;
    } else break;
  }
  return { key, value };
}
