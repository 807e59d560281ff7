// Runs a piece of this project's code in a process of its own, so that a test can kill it or let several of them compete.
// The code is TypeScript that imports from `./src/…`, bundled for whichever Node runs the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  /** Starts the program; `arguments` are its `process.argv.slice(2)`, `limits` a shell command that is run before it. */
  start(
    args: readonly string[],
    options?: { readonly limits?: string; readonly env?: Record<string, string> },
  ): Running;
  remove(): void;
}

export interface Running {
  readonly pid: number;
  /** The next line that the program wrote; rejects when it ended without one. */
  line(): Promise<string>;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  kill(): void;
}

/** A package with a binary of its own cannot be bundled: it is loaded from where it is. */
const binaryPackages: Plugin = {
  name: 'binary packages',
  setup(bundler) {
    bundler.onResolve({ filter: /^libsql$/ }, ({ path }) => ({
      path: join(ROOT, 'node_modules', path, 'index.js'),
      external: true,
    }));
  },
};

/** Bundles a program. */
export async function compileProgram(code: string): Promise<Program> {
  const directory = mkdtempSync(join(tmpdir(), 'spread-cron-program-'));
  const outfile = join(directory, 'program.mjs');
  await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
    logLevel: 'error',
    plugins: [binaryPackages],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return {
    start(args) {
      const spawned: ChildProcess = spawn(process.execPath, [outfile, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = createInterface({ input: spawned.stdout! })[Symbol.asyncIterator]();
      return {
        pid: spawned.pid ?? 0,
        async line() {
          const next = await lines.next();
          if (next.done === true) throw new Error('the program ended without another line');
          return next.value;
        },
        ended: new Promise((resolve) => spawned.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))),
        kill: () => {
          spawned.kill('SIGKILL');
        },
      };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
