// Source files as the architecture test sees them: parsed by the TypeScript compiler, with their imports resolved to
// paths in this repository.
import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import ts from 'typescript';

export interface Import {
  /** As written; null where a dynamic import computes it. */
  readonly specifier: string | null;
  readonly line: number;
  /** Path of the imported file in this repository; null for packages and builtins. */
  readonly target: string | null;
}

export interface ParsedFile {
  /** From the root of the repository, `/` between segments. */
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** What a rule has to say about one place. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** One line for each, `path:line what`. */
export function describeViolations(violations: readonly Violation[]): readonly string[] {
  return violations.map(({ path, line, what }) => `${path}:${line} ${what}`);
}

/** All TypeScript files below the given folders of a repository, in the order of their paths. */
export async function readSourceTree(root: string, folders: readonly string[]): Promise<readonly ParsedFile[]> {
  const paths: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(posix.join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      paths.push(posix.relative(root, posix.join(entry.parentPath, entry.name)));
    }
  }
  paths.sort();
  return Promise.all(paths.map(async (path) => parseFile(path, await readFile(posix.join(root, path), 'utf8'))));
}

/** One file, parsed. `path` decides what its relative imports mean. */
export function parseFile(path: string, text: string): ParsedFile {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
  const imports: Import[] = [];
  for (const node of nodesOf(ast)) {
    const specifier = importedBy(node);
    if (specifier === undefined) continue;
    const written = ts.isStringLiteralLike(specifier) ? specifier.text : null;
    imports.push({
      specifier: written,
      line: lineOf(ast, node),
      target: written?.startsWith('.') === true ? posix.join(posix.dirname(path), written) : null,
    });
  }
  return { path, text, ast, imports };
}

/** Every node of a tree, parents before their children. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** Line of a node's first character, from 1. */
export function lineOf(ast: ts.SourceFile, node: ts.Node): number {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

/** The node that names the module where `node` is an import, a re-export, `import(…)` or a type `import('…')`. */
function importedBy(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}
