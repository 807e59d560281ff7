// The rules about what a file says: which globals it touches, what it exports, how it is named, how long it is.
import { posix } from 'node:path';
import ts from 'typescript';
import { roomOf } from './import-rules.ts';
import { lineOf, nodesOf, type ParsedFile, type Violation } from './source-tree.ts';

/** Doors to the outside that need no import: name -> what it is. */
const DOORS: Readonly<Record<string, string>> = {
  console: 'the console',
  process: 'the process',
  globalThis: 'every global',
  performance: 'the clock',
  setTimeout: 'a timer',
  setInterval: 'a timer',
  setImmediate: 'a timer',
  fetch: 'the network',
  WebSocket: 'the network',
  EventSource: 'the network',
};

/** Globals that are doors are used in system/ and, by name, in the files of `exceptions` (path -> doors). */
export function checkDoors(
  files: readonly ParsedFile[],
  exceptions: Readonly<Record<string, readonly string[]>>,
): readonly Violation[] {
  return files.flatMap((file) =>
    doorsOf(file)
      .filter(({ door }) => roomOf(file.path) !== 'system' && exceptions[file.path]?.includes(door) !== true)
      .map(({ door, node }) => violation(file, node, `uses ${door}: that door belongs to system/`)),
  );
}

/** The doors that a file uses: globals it does not declare itself, `Date.now`, `new Date()`, `AbortSignal.timeout`. */
export function doorsOf(file: ParsedFile): readonly { readonly door: string; readonly node: ts.Node }[] {
  const declared = declaredNames(file.ast);
  const found: { door: string; node: ts.Node }[] = [];
  for (const node of nodesOf(file.ast)) {
    if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0)
      found.push({ door: 'new Date()', node });
    else if (ts.isCallExpression(node) && isNamed(node.expression, 'Date')) found.push({ door: 'new Date()', node });
    else if (ts.isPropertyAccessExpression(node) && isNamed(node.expression, 'Date') && node.name.text === 'now')
      found.push({ door: 'Date.now', node });
    else if (
      ts.isPropertyAccessExpression(node) &&
      isNamed(node.expression, 'AbortSignal') &&
      node.name.text === 'timeout'
    )
      found.push({ door: 'AbortSignal.timeout', node });
    else if (ts.isIdentifier(node) && Object.hasOwn(DOORS, node.text) && !declared.has(node.text) && isValue(node))
      found.push({ door: node.text, node });
  }
  return found;
}

/** `process.exit` in main.ts only: everywhere else it would cut off what others are doing. */
export function checkExit(files: readonly ParsedFile[]): readonly Violation[] {
  return eachNode(files, (node, file) => {
    if (file.path === 'src/main.ts') return null;
    const exits =
      ts.isPropertyAccessExpression(node) && isNamed(node.expression, 'process') && node.name.text === 'exit';
    return exits ? 'calls process.exit' : null;
  });
}

/** Text is never run as JavaScript. */
export function checkEval(files: readonly ParsedFile[]): readonly Violation[] {
  return eachNode(files, (node) =>
    ts.isIdentifier(node) && (node.text === 'eval' || node.text === 'Function') && isValue(node)
      ? `runs text as code with ${node.text}`
      : null,
  );
}

/** Named exports only. */
export function checkDefaultExports(files: readonly ParsedFile[]): readonly Violation[] {
  return eachNode(files, (node) => {
    if (ts.isExportAssignment(node)) return 'has a default export';
    if (ts.isExportSpecifier(node) && node.name.text === 'default') return 'has a default export';
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    return modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ? 'has a default export' : null;
  });
}

/** A file that only passes on what others export hides where things are. */
export function checkBarrels(files: readonly ParsedFile[]): readonly Violation[] {
  return files
    .filter(({ ast }) => {
      const own = ast.statements.filter((statement) => !ts.isImportDeclaration(statement));
      return own.length > 0 && own.every((statement) => ts.isExportDeclaration(statement));
    })
    .map((file) => ({ path: file.path, line: 1, what: 'only re-exports' }));
}

/** Every catch does something or says why it need not: an empty one hides what went wrong. */
export function checkSilentCatches(files: readonly ParsedFile[]): readonly Violation[] {
  return eachNode(files, (node, file) => {
    if (ts.isCatchClause(node)) return isBare(node.block, file) ? 'has an empty catch block' : null;
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
    const [handler] = node.arguments;
    if (node.expression.name.text !== 'catch' || handler === undefined || !ts.isArrowFunction(handler)) return null;
    return ts.isBlock(handler.body) && isBare(handler.body, file) ? 'has an empty catch callback' : null;
  });
}

/** Files and folders are named for what they do. */
export function checkNames(files: readonly ParsedFile[]): readonly Violation[] {
  const banned = /^(?:utils?|commons?|helpers?|types?|misc|shared|lib|index)$/;
  return files.flatMap((file) => {
    const bad = file.path
      .replace(/(?:\.test)?\.ts$/, '')
      .split('/')
      .find((segment) => banned.test(segment));
    return bad === undefined ? [] : [{ path: file.path, line: 1, what: `is called ${bad}: name it for what it does` }];
  });
}

/** Lines per file; `exceptions` holds the few that may be longer (path -> ceiling). */
export function checkLength(
  files: readonly ParsedFile[],
  ceiling: number,
  exceptions: Readonly<Record<string, number>>,
): readonly Violation[] {
  return files.flatMap((file) => {
    const lines = file.text.trimEnd().split('\n').length;
    const limit = exceptions[file.path] ?? ceiling;
    return lines > limit ? [{ path: file.path, line: limit, what: `has ${lines} lines, ${limit} at most` }] : [];
  });
}

/** A file opens with a sentence on what it is for (after `#!` where it is run directly). */
export function checkOpening(files: readonly ParsedFile[]): readonly Violation[] {
  return files
    .filter(({ text }) => !/^(?:#!.*\n)?(?:\/\/ \S+ \S|\/\*\*?\s+(?:\* )?\S+ \S)/.test(text))
    .map((file) => ({ path: file.path, line: 1, what: 'does not open with a comment that says what it is for' }));
}

/** Tests use real things: no module is mocked, and none runs alone. */
export function checkTestHabits(files: readonly ParsedFile[]): readonly Violation[] {
  return eachNode(files, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return null;
    const { text: object } = node.expression;
    const { text: name } = node.name;
    if (object === 'vi' && /^(?:do)?mock$/i.test(name)) return `calls vi.${name}`;
    if (['it', 'test', 'describe'].includes(object) && name === 'only') return `calls ${object}.only`;
    return null;
  });
}

function eachNode(
  files: readonly ParsedFile[],
  judge: (node: ts.Node, file: ParsedFile) => string | null,
): readonly Violation[] {
  return files.flatMap((file) =>
    [...nodesOf(file.ast)].flatMap((node) => {
      const what = judge(node, file);
      return what === null ? [] : [violation(file, node, what)];
    }),
  );
}

function violation(file: ParsedFile, node: ts.Node, what: string): Violation {
  return { path: posix.normalize(file.path), line: lineOf(file.ast, node), what };
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** A block without statements and without a comment. */
function isBare(block: ts.Block, file: ParsedFile): boolean {
  return block.statements.length === 0 && block.getText(file.ast).replace(/[{}\s]/g, '') === '';
}

/** True where an identifier stands for a value: not a property's name, a key, a label or a type. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeNode(parent) && !ts.isTypeQueryNode(parent)) return false;
  if (ts.isQualifiedName(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return !('name' in parent && parent.name === node);
}

/** Names that a file declares or imports anywhere: such a name is taken for its own, not for the global. */
function declaredNames(ast: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodesOf(ast)) {
    if (
      (ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isBindingElement(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isImportSpecifier(node) ||
        ts.isImportClause(node) ||
        ts.isNamespaceImport(node)) &&
      node.name !== undefined &&
      ts.isIdentifier(node.name) &&
      !inTypeOnly(node)
    )
      names.add(node.name.text);
  }
  return names;
}

/** A parameter of a type (a function type, a method signature) declares no value. */
function inTypeOnly(node: ts.Node): boolean {
  if (!ts.isParameter(node)) return false;
  const { parent } = node;
  return ts.isTypeElement(parent) || ts.isFunctionTypeNode(parent) || ts.isConstructorTypeNode(parent);
}
