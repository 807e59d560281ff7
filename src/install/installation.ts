// What is to be started later, by cron or systemd: the command with absolute paths, and a refusal of everything that works
// here and would not work there, because it depends on the shell or the directory that one stands in.
import { isAbsolute } from 'node:path';
import { withoutLogin } from '../core/login.ts';
import type { AgentConfig, LoadedAgentConfig } from '../definition/agent-config.ts';
import type { Parsed, Problem } from '../definition/problem.ts';

/** The user's crontab, a service of the user's own, or one of the machine. */
export type Place = 'cron' | 'user' | 'system';

/** Where a service of the machine keeps its state, and the user that it runs as. */
export const SYSTEM_STATE = '/var/lib/spread-cron';
export const SYSTEM_USER = 'spread-cron';
/** Where its sockets are, in a directory of that user. */
export const SYSTEM_RUNTIME = '/run';

/** How the program stands here. */
export interface Standpoint {
  readonly place: Place;
  /** Absolute paths. */
  readonly node: string;
  readonly program: string;
  readonly loaded: LoadedAgentConfig;
  /** Address of the resources repository, absolute where it is a path; a login may be in it. */
  readonly address: string;
  /** Directory of the state of all repositories. */
  readonly stateBase: string;
  /** The search path of programs. */
  readonly path: string;
}

export interface Installation {
  readonly place: Place;
  /** The command line of one of our commands. */
  words(command: 'agent' | 'check'): readonly string[];
  /** The repository, without login. */
  readonly url: string;
  readonly config: AgentConfig;
  readonly stateBase: string;
  readonly path: string;
}

/** Keys that the command line of whoever is started can hold, so that it need not matter where they come from. */
const ON_THE_COMMAND_LINE: ReadonlySet<string> = new Set(['repository', 'state_dir']);

/** What `ProtectHome=` and `PrivateTmp=` hide from a service of the machine. */
const HIDDEN = /^\/(?:home|root|run\/user|tmp|var\/tmp)(?:\/|$)/;

/** Puts the command together, or tells everything that stands in the way. */
export function planInstallation(standpoint: Standpoint): Parsed<Installation> {
  const problems = [...obstacles(standpoint)];
  if (problems.length > 0) return { ok: false, problems };
  const { place, node, program, loaded, address, path } = standpoint;
  const stateBase = place === 'system' ? SYSTEM_STATE : standpoint.stateBase;
  const interval = loaded.shown.find(({ key, origin }) => key === 'interval' && origin === 'flag')?.value;
  const flags = [
    ...(loaded.file === null ? [] : ['--config', loaded.file]),
    ...(isInFile(standpoint) ? [] : ['--repository', address]),
    '--state-dir',
    stateBase,
  ];
  return {
    ok: true,
    value: {
      place,
      words: (command) => [
        node,
        program,
        command,
        ...(command === 'agent' && typeof interval === 'string' ? ['--interval', interval] : []),
        ...flags,
      ],
      url: withoutLogin(address),
      config: loaded.config,
      stateBase,
      path,
    },
  };
}

function* obstacles(standpoint: Standpoint): Generator<Problem> {
  yield* lostVariables(standpoint);
  yield* wrongPaths(standpoint);
  const { place, loaded, address } = standpoint;
  const repositoryOrigin = loaded.config.repository === null ? 'origin of this clone' : originOf('repository', loaded);
  if (!isInFile(standpoint) && withoutLogin(address) !== address)
    yield problem(
      repositoryOrigin,
      'repository',
      'everybody could read the login in this address: leave it out, and write credentials into the configuration file',
      withoutLogin(address),
    );
  if (place !== 'system') return;
  if (isAbsolute(address))
    yield problem(
      repositoryOrigin,
      'repository',
      `the user ${SYSTEM_USER} could not write to this directory: give an address, or say --user`,
      address,
    );
  const { stateDir } = loaded.config;
  if (stateDir !== null && stateDir !== SYSTEM_STATE)
    yield problem(
      originOf('state_dir', loaded),
      'state_dir',
      `a service of the machine keeps its state in ${SYSTEM_STATE}: leave the key out, or say --user`,
      stateDir,
    );
}

/** What comes from variables of this shell, which nobody sets there. */
function* lostVariables({ loaded }: Standpoint): Generator<Problem> {
  const { config, shown } = loaded;
  for (const { key, origin } of shown)
    if (origin.startsWith('SPREAD_CRON_') && !ON_THE_COMMAND_LINE.has(key))
      yield problem(origin, key, 'this variable will not be set there: write the key into the configuration file');
  const named = [
    ['credentials.password', config.credentials.password.env],
    ['credentials.token', config.credentials.token.env],
    ...Object.entries(config.secrets).map(([name, { env }]) => [`secrets.${name}`, env ?? null] as const),
  ] as const;
  for (const [key, variable] of named) {
    const origin = originOf(key.startsWith('secrets.') ? 'secrets' : `${key}.env`, loaded);
    if (variable === null || origin.startsWith('SPREAD_CRON_')) continue;
    yield problem(origin, key, 'this variable will not be set there: keep the value in a file', variable);
  }
}

/** Paths that mean something else from another directory, that cannot be written, or that a service cannot reach. */
function* wrongPaths({ place, node, program, loaded, address, stateBase }: Standpoint): Generator<Problem> {
  const { config, file } = loaded;
  const { credentials, secrets, caFile, files, runs } = config;
  const named: readonly (readonly [key: string, path: string | null])[] = [
    ['credentials.password.file', credentials.password.file],
    ['credentials.token.file', credentials.token.file],
    ...Object.entries(secrets).map(([name, secret]) => [`secrets.${name}`, secret.file ?? null] as const),
    ['ca_file', caFile],
    ...runs.envFiles.map((path) => ['runs.env_files', path] as const),
    ...files.directories.map((path) => ['files.directories', path] as const),
  ];
  for (const [key, path] of named) {
    const origin = originOf(key.startsWith('secrets.') ? 'secrets' : key, loaded);
    if (path !== null && !isAbsolute(path)) yield problem(origin, key, 'write the whole path, from /', path);
    else if (place === 'system' && path !== null && HIDDEN.test(path)) yield hidden(origin, key, path);
  }
  if (place === 'system')
    for (const path of [node, program, ...(file === null ? [] : [file])])
      if (HIDDEN.test(path)) yield hidden('spread-cron', '', path);
  for (const text of [node, program, file ?? '', address, stateBase])
    if (/\p{Cc}/u.test(text)) yield problem('spread-cron', '', 'a line break or control character in a path', text);
}

function hidden(origin: string, key: string, path: string): Problem {
  return problem(
    origin,
    key,
    'a service of the machine sees neither home directories nor /tmp: move it, or say --user',
    path,
  );
}

function problem(file: string, path: string, message: string, found?: string): Problem {
  return { file, line: null, column: null, path, message, found };
}

function originOf(key: string, { shown }: LoadedAgentConfig): string {
  return shown.find((one) => one.key === key)?.origin ?? 'spread-cron';
}

/** Whether the configuration file names the repository in a form that means the same everywhere. */
function isInFile({ loaded, address }: Standpoint): boolean {
  const { file, config } = loaded;
  return file !== null && originOf('repository', loaded).startsWith(`${file}:`) && config.repository === address;
}
