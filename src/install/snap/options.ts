// From the options of the snap (`snap set spread-cron …`) to the agent's configuration. Every key of the configuration is
// an option, with hyphens for underscores; username, password and token are the credentials of the resources repository.
import { describeFailure, toFailure } from '../../core/failure.ts';
import { withoutLogin } from '../../core/login.ts';
import { parseAgentConfig } from '../../definition/agent-config.ts';
import { AGENT_KEYS } from '../../definition/agent-defaults.ts';
import { writeAgentFile } from '../../definition/agent-writer.ts';
import type { Parsed, Problem } from '../../definition/problem.ts';
import { parseRemote } from '../../git/remote-url.ts';

/** What snapd keeps in place of a password or token that is stored in a file. No password looks like that. */
export const STORED = '(stored in a file of the snap)';

export const SECRETS = ['password', 'token'] as const;
export type SecretName = (typeof SECRETS)[number];

/** Options that are keys of the configuration; where state and credentials are is the snap's own matter. */
export const OPTIONS: readonly string[] = Object.keys(AGENT_KEYS)
  .filter((key) => key !== 'state_dir' && key !== 'credentials')
  .map((key) => key.replaceAll('_', '-'));

/** The options that are texts, whatever they look like. */
export const CREDENTIALS = ['username', ...SECRETS] as const;

/** Those of the options that are set. */
export type SnapOptions = Readonly<Record<string, unknown>>;

/** What becomes of a secret: it goes, it stays as it is in its file, or it is this from now on. */
export type SecretChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'store'; readonly text: string };

export interface SnapSettings {
  /** Of agent.yaml. */
  readonly text: string;
  /** Null where none is said. */
  readonly repository: string | null;
  readonly interval: number;
  readonly secrets: Readonly<Record<SecretName, SecretChange>>;
}

/** Understands the options, or tells everything that is wrong with them. `common` is the directory of the snap's data. */
export async function readSnapOptions(options: SnapOptions, common: string): Promise<Parsed<SnapSettings>> {
  const problems: Problem[] = [];
  const texts = { username: '', password: '', token: '' };
  const { username, password, token, ...keys } = options;
  for (const [name, value] of Object.entries({ username, password, token } as const)) {
    const text = textOf(value);
    if (text === null) problems.push(problem(name, 'not a text: with snap set -s it is taken as it stands'));
    else if (/\p{Cc}/u.test(text))
      problems.push(problem(name, 'a line break or control character: was too much pasted?'));
    else texts[name as keyof typeof texts] = text;
  }
  if (texts.username.includes(':')) problems.push(problem('username', 'a colon, which no user name can have'));
  if (texts.password !== '' && texts.token !== '')
    problems.push(
      problem('token', 'a password is set too: take one of them back, as in snap set spread-cron password!'),
    );
  problems.push(...repositoryProblems(keys.repository));

  const written = {
    state_dir: `${common}/state`,
    ...keysOf(keys, AGENT_KEYS),
    credentials: {
      ...(texts.username === '' ? {} : { username: texts.username }),
      ...Object.fromEntries(
        SECRETS.filter((name) => texts[name] !== '').map((name) => [name, { file: `${common}/${name}` }]),
      ),
    },
  };
  const text = await writeAgentFile(written, 'Written by the configure hook of the snap: change it with snap set.');
  const file = { path: 'agent.yaml', bytes: new TextEncoder().encode(text) };
  const parsed = await parseAgentConfig({ file, environment: {}, flags: {}, machine: { processors: 1 } });
  if (!parsed.ok) problems.push(...parsed.problems.map(asOption));
  if (!parsed.ok || problems.length > 0) return { ok: false, problems };
  const { repository, interval } = parsed.value.config;
  const secrets = { password: changeOf(texts.password), token: changeOf(texts.token) };
  return { ok: true, value: { text, repository, interval, secrets } };
}

function changeOf(text: string): SecretChange {
  if (text === '') return { kind: 'none' };
  return text === STORED ? { kind: 'keep' } : { kind: 'store', text };
}

/** The text that somebody set, less line ends at its end; empty where nothing is set, null where it is no text. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? null : String(value).replace(/[\r\n]+$/, '');
}

function repositoryProblems(repository: unknown): readonly Problem[] {
  if (typeof repository !== 'string' || repository === '') return [];
  if (withoutLogin(repository) !== repository)
    return [problem('repository', 'a login in the address: set it as username and password, or as token')];
  try {
    if (parseRemote(repository).kind !== 'command') return [];
    return [problem('repository', 'the snap reaches repositories over http and https only', repository)];
  } catch (error) {
    return [problem('repository', describeFailure(toFailure(error)))];
  }
}

/** Options under the names of the keys. An empty text is an option that somebody took back. */
function keysOf(document: Readonly<Record<string, unknown>>, table: Readonly<Record<string, object>>) {
  const entries = Object.entries(document)
    .filter(([, value]) => value !== '' && value !== null)
    .map(([option, value]): [string, unknown] => {
      const key = option.replaceAll('-', '_');
      const within = table[key];
      if (within !== undefined && !('kind' in within) && isMap(value))
        return [key, keysOf(value, within as Readonly<Record<string, object>>)];
      // one subscription can be set by dots: on-event.url=…
      return [key, key === 'on_event' && isMap(value) ? [value] : value];
    });
  return Object.fromEntries(entries);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A problem of the file that we wrote, as one of the option that somebody set. */
function asOption({ path, message, expected, found, nearest }: Problem): Problem {
  return { ...problem(hyphened(path), message, found), expected, nearest: nearest && hyphened(nearest) };
}

/** Keys as options; what is not in small letters is nobody's key. */
function hyphened(path: string): string {
  return path.replace(/(?<=[a-z])_(?=[a-z])/g, '-');
}

function problem(path: string, message: string, found?: string): Problem {
  return { file: 'snap set', line: null, column: null, path, message, found };
}
