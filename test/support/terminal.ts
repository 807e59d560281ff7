// Commands run on a terminal of their own, through util-linux's `script`, and the built command line run without one.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const PROGRAM = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/main.js');

/** Whether there is `script`; its absence is told, since the tests that need it are then skipped. */
export const canHaveTerminal = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;
if (!canHaveTerminal) console.error('script (util-linux) is absent: NOTHING IS TESTED ON A TERMINAL');

export interface Ran {
  /** Exit code; 128 + signal is what shells make of one. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A command line of ours that is running; `ended` once it has. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves once stdout and stderr together hold the text; rejects where the program ends before. */
  until(text: string): Promise<void>;
}

/** Starts the built program without a terminal. */
export function start(words: readonly string[], { directory, env }: RunOptions): Running {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return listenTo(child);
}

/** Runs the built program to its end without a terminal. */
export function run(words: readonly string[], options: RunOptions): Promise<Ran> {
  return start(words, options).ended;
}

/** Starts the built program on a terminal; what it writes to stdout and stderr is in `stdout`. */
export function startOnTerminal(
  words: readonly string[],
  { directory, env, columns }: RunOptions & { readonly columns: number },
): Running {
  const quoted = [process.execPath, PROGRAM, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols ${columns} rows 40; exec ${quoted}`, '/dev/null'], {
    cwd: directory,
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return listenTo(child);
}

/** A process of the test’s own, heard as those that `start` starts. */
export function listenTo(child: ChildProcess): Running {
  const written = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, ...written }) as Ran);
  return {
    child,
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!`${written.stdout}${written.stderr}`.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without ${text}: ${written.stdout}${written.stderr}`)));
      }),
  };
}
