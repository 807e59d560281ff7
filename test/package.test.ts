// The package as it is published: packed from a copy of the sources, unpacked as npm would, run by its command's name.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a build and a package are made of. */
const SOURCES = ['package.json', 'package-lock.json', 'tsconfig.json', 'LICENSE', 'README.md', 'resources', 'src'];

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
}

let directory: string;
let installed: string;
let files: readonly string[];
let manifest: Manifest;
let environment: NodeJS.ProcessEnv;

interface LockedPackage {
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function lockedPackages(): Promise<Readonly<Record<string, LockedPackage>>> {
  const lock: unknown = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  return (lock as { packages: Record<string, LockedPackage> }).packages;
}

/** What `npm install` leaves of the lock file: every package but those that only development needs. */
async function productionPackages(): Promise<readonly string[]> {
  const packages = await lockedPackages();
  return Object.keys(packages).filter(
    (path) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && packages[path]?.dev !== true,
  );
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-package-'));
  const copy = join(directory, 'copy');
  await mkdir(copy);
  for (const source of SOURCES) await cp(join(ROOT, source), join(copy, source), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  environment = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    XDG_STATE_HOME: join(directory, 'state'),
    npm_config_cache: join(directory, 'cache'),
    npm_config_update_notifier: 'false',
  };

  const packed = await run('npm', ['pack', '--json', '--pack-destination', directory], {
    cwd: copy,
    env: environment,
    maxBuffer: 10_000_000,
  });
  // the build may narrate before the answer
  const [told] = JSON.parse(packed.stdout.slice(packed.stdout.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ];
  files = told.files.map(({ path }) => path);

  installed = join(directory, 'prefix/lib/node_modules/spread-cron');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(directory, told.filename), '-C', installed, '--strip-components=1']);
  manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
  for (const path of await productionPackages()) {
    await mkdir(dirname(join(installed, path)), { recursive: true });
    await symlink(join(ROOT, path), join(installed, path));
  }
  await mkdir(join(directory, 'prefix/bin'));
  for (const [name, target] of Object.entries(manifest.bin)) {
    await chmod(join(installed, target), 0o755);
    await symlink(join(installed, target), join(directory, 'prefix/bin', name));
  }
  environment.PATH = `${join(directory, 'prefix/bin')}:${environment.PATH}`;
}, 180_000);

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the package', () => {
  it('holds the bundle, the schema, the reference, the catalogue and the licence, and nothing else', async () => {
    const rest = files.filter((path) => !/^dist\/(?:[\w-]+|chunks\/[\w-]+)\.js$/.test(path));
    const found = await readdir(join(ROOT, 'resources'), { recursive: true, withFileTypes: true });
    const resources = found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
    expect(resources).toContain('resources/core-snap/entry.yaml');
    expect(rest.sort()).toEqual(['LICENSE', 'README.md', 'package.json', ...resources].sort());
    expect(files).toContain('dist/main.js');
    expect(files).toContain('dist/worker.js');
  });

  it('runs as spread-cron and tells its version', async () => {
    const { stdout, stderr } = await run('spread-cron', ['--version'], { env: environment, cwd: directory });
    expect(stdout).toBe(`${manifest.version}\n`);
    expect(stderr).toBe('');
  });

  it('lists its commands', async () => {
    const { stdout } = await run('spread-cron', ['--help'], { env: environment, cwd: directory });
    expect(stdout).toMatch(/^Usage: spread-cron /m);
    for (const command of ['init', 'add-resource', 'check', 'status', 'history', 'agent'])
      expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
  });

  it('finds its worker and the packages that the bundle leaves out', async () => {
    const resource = join(directory, 'resource');
    await mkdir(resource);
    await writeFile(join(resource, 'data.json'), '{"releases": [{"version": "1.2"}]}');
    await writeFile(
      join(resource, 'resource.yaml'),
      'message: New release\nextract:\n  - file: data.json\n  - jq: .releases[0].version\n',
    );
    const { stdout } = await run('spread-cron', ['try', join(resource, 'resource.yaml'), '--json'], {
      env: environment,
      cwd: directory,
    });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ value: '1.2' });
  });

  it('has the catalogue beside it', async () => {
    const folders = (await readdir(join(ROOT, 'resources'), { withFileTypes: true })).filter((entry) =>
      entry.isDirectory(),
    );
    const { stdout } = await run('spread-cron', ['catalogue', '--json'], { env: environment, cwd: directory });
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { entry: string }).entry);
    expect(entries).toEqual(folders.map(({ name }) => name).sort());
  });

  it('leaves nothing behind where it is only asked', async () => {
    expect(await readdir(directory)).not.toContain('state');
  });
});

describe('the lock file', () => {
  // npm leaves out what its registry does not serve, and then refuses the file in `npm ci`, everywhere
  it('knows the packages of every platform', async () => {
    const packages = await lockedPackages();
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});
