// `npm run demo`: a resources repository, things that change, and the real agent, all in one temporary directory of this
// machine. Everything is done through the command line, as a user would; Ctrl-C ends it and leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { startChangingWeb } from './changing-web.ts';
import { CLASSIC_DEFINITION, demoResources, SUITE, settingsFor, TOLD } from './resources.ts';

/** Seconds after which the watched git repository has a new tag. */
const TAG_PERIOD = 11;
/** Milliseconds that the agent has to end by itself. */
const GRACE = 10_000;

// The bundle is dist/demo/main.js, the program's dist/main.js.
const PROGRAM = resolve(dirname(process.argv[1] ?? ''), '../main.js');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const directory = await mkdtemp(join(tmpdir(), 'spread-cron-demo-'));
const origin = join(directory, 'origin.git');
const upstream = join(directory, 'upstream.git');
const product = join(directory, 'product');
const env = {
  ...process.env,
  HOME: join(directory, 'home'),
  XDG_CONFIG_HOME: join(directory, 'home/config'),
  XDG_STATE_HOME: join(directory, 'home/state'),
  XDG_RUNTIME_DIR: join(directory, 'run'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Demo',
  GIT_AUTHOR_EMAIL: 'demo@example.com',
  GIT_COMMITTER_NAME: 'Demo',
  GIT_COMMITTER_EMAIL: 'demo@example.com',
};
const web = await startChangingWeb();
let tagging: NodeJS.Timeout | undefined;
let status = 0;
try {
  await setUp();
  await poll();
} catch (error) {
  if (!stopping.signal.aborted) {
    status = 1;
    say(`the demonstration failed: ${error instanceof Error ? error.message : String(error)}`);
  }
} finally {
  clearInterval(tagging);
  web.close();
  await tellWhatHappened();
  await rm(directory, { recursive: true, force: true });
  say(`${directory} is removed`);
}
process.exitCode = status;

async function setUp(): Promise<void> {
  for (const name of ['home', 'run']) await mkdir(join(directory, name), { mode: 0o700 });
  say(`in ${directory}: a bare repository is the origin, another one is something to watch`);
  for (const path of [origin, upstream]) await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  await tagUpstream(0);
  await makeProduct();
  await writeFile(join(directory, 'options'), CLASSIC_DEFINITION);

  await spreadCron(['init', 'resources']);
  say('every change is to run the suite of the product: spread-cron.yaml says so for all resources');
  await writeFile(join(directory, 'resources/spread-cron.yaml'), settingsFor(product));
  await run('git', ['-C', join(directory, 'resources'), 'commit', '--quiet', '-am', 'Run the suite for every change']);
  await run('git', ['-C', join(directory, 'resources'), 'push', '--quiet', origin, 'HEAD:refs/heads/main']);
  for (const { title, args } of demoResources({ web: web.url, upstream })) {
    say(title);
    await spreadCron(['add-resource', ...args, '--repository', 'origin.git']);
  }
}

async function poll(): Promise<void> {
  let tags = 0;
  tagging = setInterval(() => {
    tags += 1;
    void tagUpstream(tags).catch(() => undefined);
  }, TAG_PERIOD * 1000);
  say(
    'now the agent polls, every 2 seconds, and runs the suite for what changes. All of it is in the origin; look at it',
  );
  say('from another terminal:');
  say(`    git --git-dir=${origin} log --all --format='%h %ar  %s'`);
  say('Ctrl-C ends it and removes everything.');
  await spreadCron(['agent', '--interval', '2s', '--runner', 'local', '--repository', 'origin.git']);
}

/** The repository whose suite is run. */
async function makeProduct(): Promise<void> {
  await run('git', ['init', '--quiet', '--initial-branch=main', product]);
  await writeFile(join(product, 'suite'), SUITE, { mode: 0o755 });
  await run('git', ['-C', product, 'add', 'suite']);
  await run('git', ['-C', product, 'commit', '--quiet', '-m', 'The suite']);
}

/** An empty commit with a version tag in the watched repository. */
async function tagUpstream(number: number): Promise<void> {
  const tree = (await run('git', ['-C', upstream, 'mktree'])).trim();
  const commit = (await run('git', ['-C', upstream, 'commit-tree', '-m', `Version 1.${number}`, tree])).trim();
  await run('git', ['-C', upstream, 'tag', `v1.${number}`, commit]);
}

async function spreadCron(args: readonly string[]): Promise<void> {
  const shown = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`));
  say(`$ spread-cron ${shown.join(' ')}`);
  // A group of its own: Ctrl-C on the terminal reaches this process alone, which then stops the child, once.
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: directory,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = () => endGroup(child, ended);
  stopping.signal.addEventListener('abort', stop);
  if (stopping.signal.aborted) stop();
  const [code] = await ended;
  stopping.signal.removeEventListener('abort', stop);
  if (code !== 0) throw new Error(`spread-cron ${args[0]} ended with ${code}`);
  stopping.signal.throwIfAborted();
}

function endGroup(child: ChildProcess, ended: Promise<unknown>): void {
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, signal);
  };
  kill('SIGTERM');
  const timer = setTimeout(() => kill('SIGKILL'), GRACE);
  void ended.then(() => clearTimeout(timer));
}

/** Runs a short command and gives its stdout; throws where it fails. */
async function run(file: string, args: readonly string[]): Promise<string> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}`);
  return output;
}

/** The end of the story: values with their results, as spread-cron tells them and as plain git does. */
async function tellWhatHappened(): Promise<void> {
  const args = ['--git-dir', origin, 'log', '--branches', '--not', 'main', '--format=%s'];
  const subjects = await run('git', args).catch(() => '');
  const changes = subjects.split('\n').filter((subject) => subject.endsWith(')'));
  say(`${changes.length} values are recorded in the origin`);
  if (changes.length === 0 || status !== 0) return;
  say(`$ spread-cron history ${TOLD}`);
  process.stdout.write(await run(process.execPath, [PROGRAM, 'history', TOLD, '--repository', origin]));
  const log = ['log', '-3', '--notes=spread-cron', '--format=%h %s%n    %N', TOLD];
  say(`$ git ${log.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ')}`);
  process.stdout.write(await run('git', ['--git-dir', origin, ...log]));
}

function say(text: string): void {
  console.error(`demo: ${text}`);
}
