// Builds dist/ once for a test run, with the bundler's call of `npm run bundle` (types are checked elsewhere): tests of
// the evaluation threads and of the command line run what is shipped. Runs beside each other do not disturb each other.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** For vitest's globalSetup. */
export function setup(): void {
  const dist = join(ROOT, 'dist');
  const building = join(dist, `.building-${process.pid}`);
  mkdirSync(building, { recursive: true });
  try {
    execFileSync('sh', ['-c', bundleCommand(building)], {
      cwd: ROOT,
      env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` },
    });
    // Files are replaced one by one, what others import first: nobody ever reads half a file.
    for (const file of filesIn(building).toSorted(chunksFirst)) {
      mkdirSync(dirname(join(dist, file)), { recursive: true });
      renameSync(join(building, file), join(dist, file));
    }
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** The bundler's call in package.json, with another directory to write to. */
function bundleCommand(directory: string): string {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = Object.values(scripts).flatMap((script) => script.split('&&').map((command) => command.trim()));
  const bundle = commands.find((command) => command.startsWith('esbuild src/main.ts '));
  if (bundle === undefined) throw new Error('no script of package.json bundles src/main.ts');
  return bundle.replace('--outdir=dist', `--outdir=${directory}`);
}

function chunksFirst(one: string, other: string): number {
  return Number(other.startsWith('chunks/')) - Number(one.startsWith('chunks/'));
}

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
