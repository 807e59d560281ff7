// The rules about who may import whom: ranks, cycles, homes of packages, doors to the outside.
import { isBuiltin } from 'node:module';
import type { Import, ParsedFile, Violation } from './source-tree.ts';

/** Top-level folder of `src/`, or the file itself where it lies at the top (`app.ts`, `main.ts`). */
export function roomOf(path: string): string {
  return path.split('/')[1] ?? path;
}

/** Imports point to a lower rank, freely inside a folder, never between folders of equal rank. */
export function checkRanks(
  files: readonly ParsedFile[],
  ranks: Readonly<Record<string, number>>,
): readonly Violation[] {
  return files.flatMap((file) => {
    const rank = ranks[roomOf(file.path)];
    if (rank === undefined)
      return [{ path: file.path, line: 1, what: `${roomOf(file.path)} has no rank: no such room in the design` }];
    return eachImport(file, ({ target }) => {
      if (target === null || roomOf(target) === roomOf(file.path)) return null;
      const other = ranks[roomOf(target)];
      if (other !== undefined && other < rank) return null;
      return `${roomOf(file.path)} (rank ${rank}) imports ${target} (rank ${other ?? 'unknown'})`;
    });
  });
}

/** Relative imports name an existing `.ts` file inside `src/`; builtins carry `node:`; nothing is computed. */
export function checkSpecifiers(files: readonly ParsedFile[]): readonly Violation[] {
  const known = new Set(files.map((file) => file.path));
  return files.flatMap((file) =>
    eachImport(file, ({ specifier, target }) => {
      if (specifier === null) return 'imports a module whose name is computed';
      if (target !== null) return known.has(target) ? null : `imports ${specifier}, which is no file of src/`;
      if (isBuiltin(specifier) && !specifier.startsWith('node:')) return `imports ${specifier} without node:`;
      return null;
    }),
  );
}

/** Each cycle between files once, from its first path in the alphabet. */
export function checkCycles(files: readonly ParsedFile[]): readonly Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const violations: Violation[] = [];
  const visit = (file: ParsedFile, trail: readonly string[]): void => {
    const seen = trail.indexOf(file.path);
    if (seen !== -1) {
      const cycle = [...trail.slice(seen), file.path];
      violations.push({ path: file.path, line: 1, what: `cycle: ${cycle.join(' -> ')}` });
      return;
    }
    if (done.has(file.path)) return;
    for (const { target } of file.imports) {
      const next = target === null ? undefined : byPath.get(target);
      if (next !== undefined) visit(next, [...trail, file.path]);
    }
    done.add(file.path);
  };
  for (const file of files) visit(file, []);
  return violations;
}

/** Packages are imported in their home rooms only. A home is a list of rooms; a package without one is a violation. */
export function checkPackageHomes(
  files: readonly ParsedFile[],
  homes: Readonly<Record<string, readonly string[]>>,
): readonly Violation[] {
  return files.flatMap((file) =>
    eachImport(file, (imported) => {
      const name = packageOf(imported);
      if (name === null) return null;
      const home = homes[name];
      if (home === undefined) return `imports ${name}, which has no home`;
      return home.includes(roomOf(file.path)) ? null : `imports ${name}, whose home is ${home.join(', ')}`;
    }),
  );
}

/** Names of the packages that some file imports. */
export function importedPackages(files: readonly ParsedFile[]): ReadonlySet<string> {
  return new Set(files.flatMap((file) => file.imports.map(packageOf).filter((name) => name !== null)));
}

/**
 * Builtins by room: none in core/, the pure ones everywhere else, all in system/; the others only in the files of
 * `exceptions` (path -> builtins), each of which must be needed.
 */
export function checkBuiltins(
  files: readonly ParsedFile[],
  pure: readonly string[],
  exceptions: Readonly<Record<string, readonly string[]>>,
): readonly Violation[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    return eachImport(file, ({ specifier }) => {
      if (specifier === null || !isBuiltin(specifier) || room === 'system') return null;
      const name = specifier.replace(/^node:/, '');
      if (room === 'core') return `core imports ${specifier}`;
      if (pure.includes(name) || exceptions[file.path]?.includes(name) === true) return null;
      return `imports ${specifier}: that door belongs to system/`;
    });
  });
}

function packageOf({ specifier, target }: Import): string | null {
  if (specifier === null || target !== null || isBuiltin(specifier)) return null;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function eachImport(file: ParsedFile, judge: (imported: Import) => string | null): readonly Violation[] {
  return file.imports.flatMap((imported) => {
    const what = judge(imported);
    return what === null ? [] : [{ path: file.path, line: imported.line, what }];
  });
}
