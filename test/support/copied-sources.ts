// A copy of the sources in which a build as written can be carried out without a network: `npm ci` is stood in for by a
// copy of the packages that are installed here, everything else that npm is asked for it does itself.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { standIn } from './install-standpoint.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a build is made of. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'LICENSE',
  'README.md',
  'resources',
  'src',
  'snap',
];

export function copySources(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const source of SOURCES) cpSync(join(ROOT, source), join(directory, source), { recursive: true });
}

/** Copies the installed packages; as links where they are on the same disk, less the file that npm writes to. */
export function copyPackages(target: string): void {
  const source = join(ROOT, 'node_modules');
  try {
    execFileSync('cp', ['-al', source, target], { stdio: 'ignore' });
  } catch {
    // another disk
    execFileSync('cp', ['-a', source, target]);
  }
  execFileSync('cp', ['--remove-destination', join(source, '.package-lock.json'), target]);
}

/** An npm for a directory of programs whose `npm ci` takes its packages from `packages`. */
export function standInNpm(programs: string, packages: string, npm: string): void {
  standIn(
    programs,
    'npm',
    `if [ "$1" = ci ]; then
       cp -al '${packages}' node_modules
       case " $* " in *' --omit=dev '*) exec ${npm} prune --omit=dev --offline --no-audit --no-fund ;; esac
     else exec ${npm} "$@"; fi`,
  );
}
