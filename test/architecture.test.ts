// The walls of the house, asserted: who may import whom, which doors lead outside, how files are named and shaped.
// The tables below are the decisions; the rules are in support/, where each has sources that it must refuse.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkLazyImports, commonJsPackages, lazyImports } from './support/bundle-rules.ts';
import * as code from './support/code-rules.ts';
import * as imports from './support/import-rules.ts';
import { describeViolations, type ParsedFile, readSourceTree, type Violation } from './support/source-tree.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const RANKS = {
  core: 0,
  concurrency: 1,
  system: 2,
  git: 3,
  definition: 3,
  forge: 3,
  extract: 4,
  state: 4,
  schedule: 4,
  run: 4,
  record: 4,
  notify: 4,
  install: 4,
  catalogue: 4,
  pipeline: 5,
  pages: 5,
  agent: 6,
  doctor: 6,
  server: 6,
  site: 6,
  'app.ts': 7,
  cli: 8,
  'main.ts': 9,
};

/** Where each package lives. zod is the language of written options and has no place only where nothing is written. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  '@bomb.sh/tab': ['cli'],
  '@clack/prompts': ['cli'],
  '@renovatebot/pep440': ['extract'],
  '@xmldom/xmldom': ['extract'],
  cheerio: ['extract'],
  commander: ['cli'],
  dotenv: ['run'],
  execa: ['system'],
  'fast-string-width': ['cli'],
  'isomorphic-git': ['git'],
  'jq-web': ['extract'],
  jsep: ['extract'],
  'jsonpath-plus': ['extract'],
  kysely: ['record'],
  libsql: ['record'],
  'node-cron': ['schedule'],
  parse5: ['extract'],
  re2js: ['system'],
  semver: ['extract'],
  'smol-toml': ['extract'],
  undici: ['system'],
  xpath: ['extract'],
  yaml: ['definition'],
  zod: Object.keys(RANKS).filter((room) => room !== 'core' && room !== 'concurrency'),
};

/** Builtins that compute and touch nothing outside. */
const PURE_BUILTINS = [
  'async_hooks',
  'buffer',
  'crypto',
  'events',
  'path',
  'path/posix',
  'stream',
  'stream/promises',
  'string_decoder',
  'url',
  'util',
  'zlib',
];

/** Files outside system/ that open a door themselves, and why. */
const BUILTIN_EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // threads in which expressions of definitions are evaluated, and stopped
  'src/extract/evaluate/threads.ts': ['worker_threads'],
  'src/extract/evaluate/worker.ts': ['worker_threads'],
};

/** The same for globals. */
const DOOR_EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // argv in, exit status out
  'src/main.ts': ['process'],
};

/** Files longer than the ceiling, with a ceiling of their own and the reason. */
const LONG_FILES: Readonly<Record<string, number>> = {};

const LENGTH_CEILING = 300;

const isOurs = ({ path }: ParsedFile) => !path.endsWith('.d.ts');
const source = await readSourceTree(ROOT, ['src']);
const tests = await readSourceTree(ROOT, ['test']);
const machinery = tests.filter(
  ({ path }) => /^test\/(?:support|contract|bench)\//.test(path) && !path.endsWith('.test.ts'),
);

const lazy = [...new Set(source.flatMap((file) => lazyImports(file).map(({ specifier }) => specifier)))];
const commonJs = commonJsPackages(lazy, ROOT);

/** What each rule is asked about. Declarations of a package's shape (`.d.ts`) say what others export, not what we do. */
const RULES: readonly (readonly [
  name: string,
  rule: (files: readonly ParsedFile[]) => readonly Violation[],
  files: readonly ParsedFile[],
])[] = [
  ['imports point to a lower rank', (files) => imports.checkRanks(files, RANKS), source],
  ['imports name files of src/ in full, and builtins with node:', imports.checkSpecifiers, source],
  ['files do not import each other in a circle', imports.checkCycles, source],
  [
    'every package is imported in its home only',
    (files) => imports.checkPackageHomes(files, PACKAGE_HOMES),
    source.filter(isOurs),
  ],
  [
    'CommonJS packages that are imported lazily are taken by their default',
    (files) => checkLazyImports(files, (specifier) => commonJs.has(specifier)),
    source,
  ],
  [
    'files, processes and the network are reached through system/ only',
    (files) => imports.checkBuiltins(files, PURE_BUILTINS, BUILTIN_EXCEPTIONS),
    source,
  ],
  [
    'clock, timers, console, process and network globals are used in system/ only',
    (files) => code.checkDoors(files, DOOR_EXCEPTIONS),
    source,
  ],
  ['only main.ts ends the process', code.checkExit, source],
  ['text is never run as JavaScript', code.checkEval, source],
  [
    'exports have names',
    code.checkDefaultExports,
    [...source, ...tests].filter((file) => isOurs(file) && file.path !== 'test/vitest.config.ts'),
  ],
  ['no file only passes on what others export', code.checkBarrels, [...source, ...tests].filter(isOurs)],
  ['nothing that was caught disappears in silence', code.checkSilentCatches, [...source, ...machinery]],
  ['files and folders are named for what they do', code.checkNames, [...source, ...tests]],
  [
    `files have at most ${LENGTH_CEILING} lines`,
    (files) => code.checkLength(files, LENGTH_CEILING, LONG_FILES),
    [...source, ...machinery],
  ],
  ['files open with what they are for', code.checkOpening, [...source, ...machinery]],
  ['tests mock no module and leave no other test out', code.checkTestHabits, tests],
];

it.each(RULES)('%s', (_, rule, files) => {
  expect(files.length).toBeGreaterThan(0);
  expect(describeViolations(rule(files))).toEqual([]);
});

describe('the tables', () => {
  const written: unknown = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  const dependencies = Object.keys((written as { dependencies: Record<string, string> }).dependencies);

  it('give every dependency a home, and no home to what is not a dependency', () => {
    expect(Object.keys(PACKAGE_HOMES).sort()).toEqual(dependencies.sort());
  });

  it('hold no dependency that nothing imports', () => {
    const used = imports.importedPackages(source);
    expect(dependencies.filter((name) => !used.has(name))).toEqual([]);
  });

  it('make no exception for a file that does not need it', () => {
    const byPath = new Map(source.map((file) => [file.path, file]));
    const needless = [
      ...Object.entries(BUILTIN_EXCEPTIONS).flatMap(([path, names]) =>
        names
          .filter((name) => byPath.get(path)?.imports.some(({ specifier }) => specifier === `node:${name}`) !== true)
          .map((name) => `${path} ${name}`),
      ),
      ...Object.entries(DOOR_EXCEPTIONS).flatMap(([path, doors]) => {
        const file = byPath.get(path);
        const opened = new Set(file === undefined ? [] : code.doorsOf(file).map(({ door }) => door));
        return doors.filter((door) => !opened.has(door)).map((door) => `${path} ${door}`);
      }),
      ...Object.keys(LONG_FILES).filter((path) => !existsSync(`${ROOT}/${path}`)),
    ];
    expect(needless).toEqual([]);
  });
});

/** A plug-in is a file, a line in its registry, a test, and a documented example. */
const FAMILIES = [
  { folder: 'src/extract/sources', registry: 'src/extract/registry.ts' },
  { folder: 'src/extract/filters', registry: 'src/extract/registry.ts' },
  { folder: 'src/notify/notifiers', registry: 'src/notify/registry.ts' },
  { folder: 'src/run/executors', registry: 'src/run/registry.ts' },
];

describe.each(FAMILIES)('a plug-in in $folder', ({ folder, registry }) => {
  const plugins = source.filter(({ path }) => path.startsWith(`${folder}/`));

  it('exists', () => {
    expect(plugins.map(({ path }) => path)).not.toEqual([]);
  });

  it.each(plugins.map(({ path }) => ({ path })))('$path is registered, tested and documented', ({ path }) => {
    const kind = basename(path, '.ts');
    const registered = source.find((file) => file.path === registry)?.imports.map(({ target }) => target);
    const test = path.replace(/^src\/(.*)\.ts$/, 'test/$1.test.ts');
    const reference = readFileSync(`${ROOT}/resources/README.md`, 'utf8');
    const section = reference.split(`\n### \`${kind}\`\n`)[1]?.split(/\n#{1,3} /)[0];
    expect(registered).toContain(path);
    expect(tests.map((file) => file.path)).toContain(test);
    expect(section, `resources/README.md needs a section ### \`${kind}\``).toBeDefined();
    expect(section, `### \`${kind}\` needs an example`).toMatch(/^```/m);
  });
});
