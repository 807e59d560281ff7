// Builds the tree of the snap as snapcraft does, from snapcraft.yaml's own data: the part's build as written, the packages
// that it stages, the hooks, and meta/snap.yaml.
import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { copyPackages, copySources, standInNpm } from './copied-sources.ts';
import { standIn } from './install-standpoint.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Part {
  readonly 'stage-packages': readonly string[];
  readonly 'override-build': string;
}

export interface Snapcraft extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly apps: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly command: string }>>;
  readonly platforms: Readonly<Record<string, unknown>>;
  readonly parts: Readonly<Record<string, Part>>;
}

export const snapcraft = parse(readFileSync(join(ROOT, 'snap/snapcraft.yaml'), 'utf8')) as Snapcraft;

/** What snapcraft itself adds for every program: where the libraries and programs of the snap are. */
const ENVIRONMENT = {
  LD_LIBRARY_PATH: '${SNAP_LIBRARY_PATH}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}',
  PATH: '$SNAP/usr/sbin:$SNAP/usr/bin:$SNAP/sbin:$SNAP/bin:$PATH',
};

/** Builds below `directory` and gives the tree that is to be packed. */
export function buildSnapTree(directory: string): string {
  const [sources, prime, programs] = ['sources', 'prime', 'programs'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  copySources(sources);
  copyPackages(join(directory, 'packages'));
  standInNpm(programs, join(directory, 'packages'), whereIs('npm'));
  standIn(programs, 'craftctl', `printf '%s\\n' "$*" >> '${join(directory, 'craftctl')}'`);
  mkdirSync(prime);
  for (const part of Object.values(snapcraft.parts)) {
    execFileSync('bash', ['-e', '-c', part['override-build']], {
      cwd: sources,
      env: {
        PATH: `${programs}:${dirname(process.execPath)}:${process.env.PATH}`,
        HOME: directory,
        CRAFT_PART_INSTALL: prime,
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false',
      },
      stdio: 'pipe',
    });
    for (const name of part['stage-packages']) stage(name, prime);
  }
  const version = /^set version=(.*)$/m.exec(readFileSync(join(directory, 'craftctl'), 'utf8'))?.[1] ?? '';
  cpSync(join(ROOT, 'snap/hooks'), join(prime, 'meta/hooks'), { recursive: true });
  writeFileSync(join(prime, 'meta/snap.yaml'), snapYaml(version));
  return prime;
}

/** The description of the packed snap. */
function snapYaml(version: string): string {
  const { parts: _parts, platforms, 'adopt-info': _adopted, ...described } = snapcraft;
  const machine = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  if (!(machine in platforms)) throw new Error(`snapcraft.yaml is not for ${machine}`);
  return stringify({ ...described, version, architectures: [machine], environment: ENVIRONMENT });
}

/** The files of a Debian package that is installed here; none where it is not. */
function stage(name: string, prime: string): void {
  let listed = '';
  try {
    listed = execFileSync('dpkg', ['-L', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // a machine of another kind, or without the package: the base may have it
    return;
  }
  for (const path of listed.split('\n').filter((line) => /^\/usr\/(?:bin|lib|share\/git-core)\/./.test(line))) {
    if (lstatSync(path).isDirectory()) continue;
    mkdirSync(dirname(join(prime, path)), { recursive: true });
    cpSync(path, join(prime, path), { verbatimSymlinks: true });
  }
}

function whereIs(program: string): string {
  return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
}
