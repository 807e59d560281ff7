// Replays the transcripts of the documentation: blocks of `$ command` lines with what they print, run one after the other
// by a shell in one temporary directory, with the built command on PATH and a local web server for example.com.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeBlock } from './markdown.ts';

/** A command with its continuation lines, and what the documentation says that it prints. */
export interface Exchange {
  readonly command: string;
  readonly expected: readonly string[];
}

/** The commands of a block: lines that begin with `$ `, continued by `> `. */
export function exchangesOf(text: string): readonly Exchange[] {
  const exchanges: { command: string; expected: string[] }[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const last = exchanges.at(-1);
    if (line.startsWith('$ ')) exchanges.push({ command: line.slice(2), expected: [] });
    else if (last === undefined) throw new Error(`output before the first command: ${line}`);
    else if (line.startsWith('> ')) last.command += `\n${line.slice(2)}`;
    else last.expected.push(line);
  }
  return exchanges;
}

/** True where the lines are what the documentation shows, less what differs from one run to the next. */
export function matchesTranscript(expected: readonly string[], actual: readonly string[]): boolean {
  const seen = actual.slice(0, actual.findLastIndex((line) => line.trim() !== '') + 1);
  return expected.length === seen.length && expected.every((line, at) => patternOf(line).test(plain(seen[at] ?? '')));
}

/**
 * Serves what a block says (`/path=body`) and runs its commands. `shown` is the block as it is written; `printed` is the
 * same with what the commands printed instead, where that is not what is shown.
 */
export async function replay(
  { text, info }: CodeBlock,
  visitor: Visitor,
): Promise<{ readonly shown: readonly string[]; readonly printed: readonly string[] }> {
  for (const [path, body] of info) if (path.startsWith('/')) visitor.serve(path, body);
  const [shown, printed]: [string[], string[]] = [[], []];
  for (const { command, expected } of exchangesOf(text)) {
    const actual = await visitor.run(command);
    shown.push(`$ ${command}`, ...expected);
    printed.push(`$ ${command}`, ...(matchesTranscript(expected, actual) ? expected : actual));
  }
  return { shown, printed };
}

/** What differs: `…` is anything; object ids, instants, times and spans of time are any others. */
const VARYING: readonly (readonly [written: RegExp, means: string])[] = [
  [/…/, '.*'],
  [/\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b/, '[0-9a-f]+'],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d\b/, '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d'],
  [/\b\d+[smhd] ago\b/, '(?:now|\\d+[smhd] ago)'],
  [/\b\d+(?:ms|s)\b/, '\\d+(?:ms|s)'],
];
const ANY_VARYING = new RegExp(VARYING.map(([written]) => `(${written.source})`).join('|'), 'g');

function patternOf(line: string): RegExp {
  let pattern = '';
  let end = 0;
  const text = plain(line);
  for (const match of text.matchAll(ANY_VARYING)) {
    const [, means = ''] = VARYING[match.slice(1).findIndex((group) => group !== undefined)] ?? [];
    pattern += escapePattern(text.slice(end, match.index)) + means;
    end = match.index + match[0].length;
  }
  return new RegExp(`^${pattern}${escapePattern(text.slice(end))}$`);
}

/** Columns are as wide as what stands in them, which differs: their gaps count as two blanks. */
function plain(line: string): string {
  return line.trimEnd().replace(/(?<=\S) {2,}/g, '  ');
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** One visitor, following the documentation from top to bottom. */
export interface Visitor {
  /** What the web server answers from now on, by URL path. */
  serve(path: string, body: string): void;
  /** Runs a command; both of its streams, as lines. */
  run(command: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** `program` is the built main.js; URLs of `host` in commands mean the local server. */
export async function startVisitor(program: string, host: string): Promise<Visitor> {
  const home = await mkdtemp(join(tmpdir(), 'spread-cron-visitor-'));
  const pages = new Map<string, string>();
  const groups: number[] = [];
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '');
    if (page === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', 'application/json').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  await mkdir(join(home, 'bin'));
  await symlink(program, join(home, 'bin/spread-cron'));
  await mkdir(join(home, 'work'));
  await writeFile(join(home, 'directory'), join(home, 'work'));
  await writeFile(join(home, '.gitconfig'), '[user]\n\tname = Visitor\n\temail = visitor@example.com\n');
  const env = {
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    HOME: home,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'init.defaultBranch',
    GIT_CONFIG_VALUE_0: 'main',
    GIT_CONFIG_KEY_1: 'advice.detachedHead',
    GIT_CONFIG_VALUE_1: 'false',
  };
  return {
    serve: (path, body) => pages.set(path, body),
    async run(command) {
      const script = `exec 2>&1; cd "$(cat "$HOME/directory")"; ${command.replaceAll(host, origin)}\npwd >"$HOME/directory"`;
      // a group of its own, so that what a command leaves running can be ended with it
      const child = spawn('bash', ['-c', script], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        output += piece;
      });
      await once(child, 'close');
      // one that is empty has given its number back, which may soon be another's
      if (child.pid !== undefined && signalGroup(child.pid, 0)) groups.push(child.pid);
      const text = output.replaceAll(origin, host);
      return text === '' ? [] : text.replace(/\n$/, '').split('\n');
    },
    async close() {
      for (const group of groups) signalGroup(group, 'SIGKILL');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** False where nobody is left in the group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
