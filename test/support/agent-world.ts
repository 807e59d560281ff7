// Agents as real processes of the built command line, each with a state directory of its own, that share an origin over
// HTTP and nothing else; what the origin has of changes and results; waiting for what they write there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Result } from '../../src/core/result.ts';
import { parseNote } from '../../src/core/result-note.ts';
import { addCommit, git, makeOrigin, temporaryDirectory, tipOf } from './git-origin.ts';
import { startGitServer } from './git-server.ts';
import { PROGRAM } from './terminal.ts';

const KILLER = fileURLToPath(new URL('kill-at-step.mjs', import.meta.url));

export interface AgentOptions {
  /** What comes after `agent`. */
  readonly words?: readonly string[];
  /** Keys of the agent's configuration, as environment variables have them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kills itself with SIGKILL at this change of a file; 0: never. */
  readonly killAt?: number;
}

export interface RunningAgent {
  readonly child: ChildProcess;
  readonly ended: Promise<AgentEnd>;
  /** Called with every piece of its narration. */
  onText: (text: string) => void;
}

export interface AgentEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A change on a resource's branch, with what its note says. */
export interface NotedChange {
  readonly commit: string;
  readonly subject: string;
  readonly results: readonly Result[];
}

/** The origin has a default branch with `configuration` as its spread-cron.yaml. */
export async function makeAgentWorld(configuration: string) {
  const home = temporaryDirectory();
  const origin = makeOrigin(join(home.path, 'origin.git'));
  git(origin, ['config', 'http.receivepack', 'true']);
  const server = await startGitServer(home.path);
  const url = `${server.url}/origin.git`;
  addCommit(origin, 'main', { files: { 'spread-cron.yaml': configuration } });

  const start = (name: string, words: readonly string[], { env = {}, killAt = 0 }: AgentOptions = {}): RunningAgent => {
    const runtime = join(home.path, `runtime-${name}`);
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    const state = join(home.path, `state-${name}`);
    const child = spawn(
      process.execPath,
      ['--import', KILLER, PROGRAM, ...words, '--repository', url, '--state-dir', state],
      {
        cwd: home.path,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH ?? '',
          HOME: home.path,
          XDG_RUNTIME_DIR: runtime,
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_SYSTEM: '/dev/null',
          KILL_AT_STEP: String(killAt),
          ...env,
        },
      },
    );
    let output = '';
    const agent = {
      child,
      onText: (_text: string) => {},
      ended: once(child, 'close').then(([code, signal]) => ({ code, signal, output }) as AgentEnd),
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        agent.onText(text);
      });
    }
    return agent;
  };

  return {
    home: home.path,
    origin,
    url,
    server,
    /** A branch with a definition; nothing is recorded on it yet. */
    addResource(name: string, definition: string): void {
      addCommit(origin, name, { parent: tipOf(origin, 'main'), files: { 'resource.yaml': definition } });
    },
    startAgent: (name: string, options: AgentOptions = {}) =>
      start(name, ['agent', '--runner', 'local', ...(options.words ?? [])], options),
    /** What another command says, line by line as JSON. */
    async json(name: string, words: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
      const { code, output } = await start(name, [...words, '--json']).ended;
      if (code !== 0) throw new Error(output);
      return output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    },
    /** Changes of a resource, the oldest first. */
    changesOf: (name: string) => changesOf(origin, name),
    /** Claims that stand on the origin. */
    claims: () => git(origin, ['for-each-ref', '--format=%(refname)', 'refs/spread-cron']),
    /** Names in the directory of run workspaces of an agent. */
    workspacesOf(name: string): readonly string[] {
      const state = join(home.path, `state-${name}`);
      return readdirSync(state).flatMap((root) => namesIn(join(state, root, 'workspaces')));
    },
    /** Resolves once it holds, looking whenever something was pushed to a branch or to the notes. */
    untilPushed: (holds: () => boolean) => untilPushed(origin, holds),
    async close(): Promise<void> {
      await server.close();
      home.remove();
    },
  };
}

function changesOf(origin: string, name: string): readonly NotedChange[] {
  if (tipOf(origin, name) === null) return [];
  const format = '--format=%H%x01%s%x01%b%x01%N%x02';
  const log = git(origin, ['log', '--reverse', '--first-parent', '--notes=spread-cron', format, `main..${name}`]);
  return log
    .split('\x02')
    .map((entry) => entry.trimStart().split('\x01'))
    .filter(([, subject = '', body = '']) => / \(.*\)$/.test(subject) && !body.includes('[skip ci]'))
    .map(([commit = '', subject = '', , note = '']) => ({ commit, subject, results: parseNote(note) }));
}

function untilPushed(origin: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const directories = ['refs/heads', 'refs/notes'].map((name) => join(origin, name));
    for (const directory of directories) mkdirSync(directory, { recursive: true });
    const watchers = directories.map((directory) => watch(directory, look));
    function look(): void {
      try {
        if (!holds()) return;
        resolve();
      } catch (error) {
        reject(error as Error);
      }
      for (const watcher of watchers) watcher.close();
    }
    look();
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // nothing ran so far
    return [];
  }
}

/** Lines that tasks wrote into a file; none where there is no file yet. */
export function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    // no task has come so far
    return [];
  }
}
