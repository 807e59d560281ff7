// A rule about the bundle that is shipped: of a CommonJS package that is imported lazily it holds the default and nothing
// else, whereas Node gives the names too. Whoever takes a name has a program that works until it is built.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { lineOf, nodesOf, type ParsedFile, type Violation } from './source-tree.ts';

/** Lazy imports of packages for which `isCommonJs` holds take the default only. */
export function checkLazyImports(
  files: readonly ParsedFile[],
  isCommonJs: (specifier: string) => boolean,
): readonly Violation[] {
  return files.flatMap((file) =>
    lazyImports(file).flatMap(({ specifier, taken, node }) => {
      const others = taken.filter((name) => name !== 'default');
      if (others.length === 0 || !isCommonJs(specifier)) return [];
      const what = `takes ${others.join(', ')} of ${specifier}, of which the bundle has only the default`;
      return [{ path: file.path, line: lineOf(file.ast, node), what }];
    }),
  );
}

interface LazyImport {
  readonly specifier: string;
  /** Names that are taken of the module; `*` for the module itself. */
  readonly taken: readonly string[];
  readonly node: ts.Node;
}

/** Imports of packages by `await import(…)`. */
export function lazyImports(file: ParsedFile): readonly LazyImport[] {
  return [...nodesOf(file.ast)].flatMap((node) => {
    if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return [];
    const [argument] = node.arguments;
    if (argument === undefined || !ts.isStringLiteralLike(argument)) return [];
    if (argument.text.startsWith('.') || argument.text.startsWith('node:')) return [];
    return [{ specifier: argument.text, taken: namesTaken(node), node }];
  });
}

function namesTaken(call: ts.CallExpression): readonly string[] {
  let node: ts.Node = call;
  while (ts.isAwaitExpression(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && node !== call) return [parent.name.text];
  if (!ts.isVariableDeclaration(parent) || !ts.isObjectBindingPattern(parent.name)) return ['*'];
  return parent.name.elements.map(({ propertyName, name }) => (propertyName ?? name).getText(call.getSourceFile()));
}

/** Which of the packages are CommonJS where Node imports them from the given directory. */
export function commonJsPackages(specifiers: readonly string[], directory: string): ReadonlySet<string> {
  const script = 'for (const name of process.argv.slice(1)) console.log(import.meta.resolve(name));';
  const urls = execFileSync(process.execPath, ['--input-type=module', '-e', script, ...specifiers], {
    cwd: directory,
    encoding: 'utf8',
  });
  const files = urls.trim().split('\n');
  return new Set(specifiers.filter((_, at) => isCommonJsFile(fileURLToPath(files[at] ?? ''))));
}

function isCommonJsFile(path: string): boolean {
  if (/\.[cm]js$/.test(path)) return path.endsWith('.cjs');
  for (let directory = dirname(path); directory !== dirname(directory); directory = dirname(directory)) {
    const manifest = join(directory, 'package.json');
    if (existsSync(manifest))
      return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string }).type !== 'module';
  }
  return true;
}
