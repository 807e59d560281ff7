// A snap as it is installed, as far as its hooks are concerned: its files, its directory of data, and snapd's end of
// `snap set`, which keeps what was set only where the hook ended well.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './git-origin.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AGENT = 'spread-cron.agent';

interface SnapState {
  options: Record<string, string>;
  services: Record<string, { enabled: boolean; active: boolean }>;
  health: { status: string; message: string | null } | null;
}

export interface HookEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tree` is that of a packed snap; without it the program and the hooks are those of the sources. */
export function installSnap(tree?: string) {
  const { path: home, remove } = temporaryDirectory();
  const [common, programs, file] = ['common', 'programs', 'snapd.json'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  const snap = tree ?? treeOfSources(join(home, 'snap'));
  for (const directory of [common, programs]) mkdirSync(directory);
  symlinkSync(join(ROOT, 'test/support/snapctl.mjs'), join(programs, 'snapctl'));
  symlinkSync(process.execPath, join(programs, 'node'));
  chmodSync(home, 0o755);
  write({ options: {}, services: { [AGENT]: { enabled: false, active: false } }, health: null });

  function write(state: SnapState): void {
    writeFileSync(file, JSON.stringify(state));
  }
  const state = () => JSON.parse(readFileSync(file, 'utf8')) as SnapState;

  /** Everything that snapd gives to a hook. */
  const env = {
    PATH: `${programs}:/usr/bin:/bin`,
    HOME: home,
    SNAP: snap,
    SNAP_NAME: 'spread-cron',
    SNAP_INSTANCE_NAME: 'spread-cron',
    SNAP_COMMON: common,
    SNAP_USER_COMMON: join(home, 'user-common'),
    SNAP_COOKIE: 'cookie',
    SNAPCTL_STATE: file,
  };

  function run(
    hook: string,
    {
      environment = env,
      user,
    }: { readonly environment?: Readonly<Record<string, string>>; readonly user?: number } = {},
  ): HookEnd {
    const identity = user === undefined ? {} : { uid: user, gid: user };
    const { status, stdout, stderr } = spawnSync(join(snap, 'meta/hooks', hook), [], {
      env: environment,
      encoding: 'utf8',
      cwd: '/',
      ...identity,
    });
    return { status, stdout, stderr };
  }

  /** A hook in a transaction: where it fails, what was set is as it was before. */
  function inTransaction(before: SnapState, hook: string): HookEnd {
    const ended = run(hook);
    if (ended.status !== 0) write({ ...before, services: state().services });
    return ended;
  }

  return {
    home,
    env,
    state,
    run,
    /** `snap set spread-cron KEY=VALUE… KEY!`, with the hook that follows. */
    set(...words: readonly string[]): HookEnd {
      const before = state();
      write({ ...before, options: words.reduce(withOption, before.options) });
      return inTransaction(before, 'configure');
    },
    service: () => state().services[AGENT],
    /** Command lines of snapctl so far. */
    calls: () => (existsSync(`${file}.calls`) ? readFileSync(`${file}.calls`, 'utf8').trim().split('\n') : []),
    forgetCalls: () => rmSync(`${file}.calls`, { force: true }),
    path: (name: string) => join(common, name),
    read: (name: string) => readFileSync(join(common, name), 'utf8'),
    has: (name: string) => existsSync(join(common, name)),
    mode: (name: string) => statSync(join(common, name)).mode & 0o777,
    remove,
  };
}

function treeOfSources(snap: string): string {
  mkdirSync(join(snap, 'lib'), { recursive: true });
  cpSync(join(ROOT, 'snap/local'), join(snap, 'bin'), { recursive: true });
  cpSync(join(ROOT, 'snap/hooks'), join(snap, 'meta/hooks'), { recursive: true });
  symlinkSync(process.execPath, join(snap, 'bin/node'));
  symlinkSync(ROOT, join(snap, 'lib/spread-cron'));
  return snap;
}

/** As `snap set` takes words: JSON where it is some, else text; dots lead into maps; `KEY!` takes an option back. */
function withOption(options: Record<string, string>, word: string): Record<string, string> {
  const unset = /^([^=]+)!$/.exec(word)?.[1];
  if (unset !== undefined) return Object.fromEntries(Object.entries(options).filter(([key]) => key !== unset));
  const at = word.indexOf('=');
  const [top = '', ...inner] = word.slice(0, at).split('.');
  const text = asJson(word.slice(at + 1));
  if (inner.length === 0) return { ...options, [top]: text };
  const map = JSON.parse(options[top] ?? '{}') as Record<string, unknown>;
  let place = map;
  for (const key of inner.slice(0, -1)) {
    place[key] ??= {};
    place = place[key] as Record<string, unknown>;
  }
  place[inner.at(-1) ?? ''] = JSON.parse(text) as unknown;
  return { ...options, [top]: JSON.stringify(map) };
}

function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    // what is no JSON is a text
    return JSON.stringify(text);
  }
}
