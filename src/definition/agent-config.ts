// The agent's configuration: machine matters only (paths, credentials, limits, whom to tell). Flags win over environment
// variables, those over the file, that over the defaults; and of every key is known where it came from.
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { nearestWord } from '../core/nearest.ts';
import { AGENT_KEYS, type AgentKey, type Machine } from './agent-defaults.ts';
import { placeIn } from './layers.ts';
import { echo, type Parsed, type Problem } from './problem.ts';
import { type NotBuilt, schemaProblems, valueAt } from './schema-problems.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

const PREFIX = 'SPREAD_CRON_';
/** Variables with the prefix that are no keys: the path of the file, which `--config` gives. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([`${PREFIX}CONFIG`]);
/** Variables that hold a secret themselves; the configuration only learns that they are there. */
const SECRET_VARIABLES: Readonly<Record<string, string>> = {
  [`${PREFIX}CREDENTIALS_PASSWORD`]: 'credentials.password.env',
  [`${PREFIX}CREDENTIALS_TOKEN`]: 'credentials.token.env',
  [`${PREFIX}FORGE_TOKEN`]: 'forge.token.env',
};

const NOT_BUILT: NotBuilt = new Set(['serve', 'server', 'api', 'webhooks', 'database', 'notify']);

type CamelCase<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

type Values<Table> = {
  readonly [Key in keyof Table & string as CamelCase<Key>]: Table[Key] extends AgentKey<infer Value>
    ? Value
    : Values<Table[Key]>;
};

/** The trusted configuration: every key there, durations in milliseconds, sizes in bytes, keys in camel case. */
export type AgentConfig = Values<typeof AGENT_KEYS>;

/** One line of `config show`. */
export interface ShownKey {
  /** Such as `limits.http.timeout`. */
  readonly key: string;
  /** As written; what may be secret in it is left out. */
  readonly value: unknown;
  /** `default`, `agent.yaml:3`, `SPREAD_CRON_INTERVAL` or `flag`. */
  readonly origin: string;
  readonly about: string;
}

export interface LoadedAgentConfig {
  /** The configuration file; null where there is none. */
  readonly file: string | null;
  readonly config: AgentConfig;
  readonly shown: readonly ShownKey[];
}

export interface AgentConfigSources {
  /** Null where there is no file. */
  readonly file: { readonly path: string; readonly bytes: Uint8Array } | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By key, such as `interval` or `log.level`; undefined where the flag was not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly machine: Machine;
}

/** Puts the sources together, or tells everything that is wrong in any of them. */
export async function parseAgentConfig(sources: AgentConfigSources): Promise<Parsed<LoadedAgentConfig>> {
  const read = sources.file === null ? null : await readFile(sources.file);
  if (read !== null && !read.ok) return read;
  const file = read?.value ?? null;
  const problems: Problem[] = [...environmentProblems(sources.environment, file)];
  const values = new Map<string, unknown>();
  const shown: ShownKey[] = [];
  for (const [path, key] of eachKey(AGENT_KEYS, [])) {
    const dotted = path.join('.');
    const written = findWritten(path, key, sources, file);
    const parsed = key.schema.safeParse(written.value);
    if (parsed.success) values.set(dotted, parsed.data);
    // the file's own problems are told with the whole file, each at its line
    else if (written.told !== 'with the file')
      problems.push(
        ...schemaProblems({ schema: key.schema, data: written.value, error: parsed.error }).map(
          ({ message, expected, found, nearest }): Problem => ({
            file: written.origin,
            line: null,
            column: null,
            path: dotted,
            message,
            expected,
            found,
            nearest,
          }),
        ),
      );
    shown.push({ key: dotted, value: key.show(written.value), origin: written.origin, about: key.about });
  }
  for (const flag of Object.keys(sources.flags))
    if (!shown.some(({ key }) => key === flag))
      problems.push(
        unknownName(
          'flag',
          flag,
          shown.map(({ key }) => key),
        ),
      );
  if (problems.length > 0) return { ok: false, problems };
  const config = nest(AGENT_KEYS, [], values) as AgentConfig;
  const path = sources.file?.path ?? null;
  return { ok: true, value: { file: path, config: withFilesBeside(config, shown, path), shown } };
}

/** Dotenv files that the configuration file names are beside it, wherever the program is started. */
function withFilesBeside(config: AgentConfig, shown: readonly ShownKey[], file: string | null): AgentConfig {
  const origin = shown.find(({ key }) => key === 'runs.env_files')?.origin;
  if (file === null || origin?.startsWith(`${file}:`) !== true) return config;
  const envFiles = config.runs.envFiles.map((path) => resolve(dirname(file), path));
  return { ...config, runs: { ...config.runs, envFiles } };
}

/** Name of the environment variable of a key: `limits.http.timeout` is `SPREAD_CRON_LIMITS_HTTP_TIMEOUT`. */
export function variableOf(key: string): string {
  return PREFIX + key.toUpperCase().replaceAll('.', '_');
}

interface Written {
  readonly value: unknown;
  readonly origin: string;
  readonly told?: 'with the file';
}

function findWritten(
  path: readonly string[],
  key: AgentKey<unknown>,
  sources: AgentConfigSources,
  file: YamlFile | null,
): Written {
  const dotted = path.join('.');
  const flag = sources.flags[dotted];
  if (flag !== undefined) return { value: asWritten(flag, key), origin: 'flag' };
  const variable = variableOf(dotted);
  const text = sources.environment[variable];
  if (text !== undefined && text !== '') return { value: asWritten(text, key), origin: variable };
  const holder = Object.keys(SECRET_VARIABLES).find((name) => SECRET_VARIABLES[name] === dotted);
  if (holder !== undefined && (sources.environment[holder] ?? '') !== '') return { value: holder, origin: holder };
  const value = file === null ? undefined : valueAt(file.data, path);
  if (value === undefined || file === null) return { value: key.fallback(sources.machine), origin: 'default' };
  return { value, origin: `${file.file}:${file.keyPositionOf(path).line}`, told: 'with the file' };
}

/** A text from a flag or variable as it would be written in the file: as it stands, as JSON, or as a list with commas. */
function asWritten(given: unknown, key: AgentKey<unknown>): unknown {
  if (typeof given !== 'string') return given;
  const forms = [given, parseJson(given), given.split(',').map((item) => item.trim())];
  return forms.find((form) => form !== undefined && key.schema.safeParse(form).success) ?? given;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readFile(file: { readonly path: string; readonly bytes: Uint8Array }): Promise<Parsed<YamlFile | null>> {
  if (file.bytes.byteLength === 0) return { ok: true, value: null };
  const parsed = await parseYaml(file.path, file.bytes);
  if (!parsed.ok) return parsed;
  const schema = writtenSchema(AGENT_KEYS);
  const read = schema.safeParse(parsed.value.data);
  if (read.success) return parsed;
  const problems = schemaProblems({ schema, data: parsed.value.data, error: read.error, notBuilt: NOT_BUILT });
  return { ok: false, problems: problems.map((problem) => placeIn(parsed.value, problem)) };
}

/** Variables with our prefix that are no key: a slip of the pen would else be ignored. */
function environmentProblems(environment: AgentConfigSources['environment'], file: YamlFile | null): Problem[] {
  const known = [...eachKey(AGENT_KEYS, [])].map(([path]) => variableOf(path.join('.')));
  const allowed = new Set([
    ...known,
    ...OTHER_VARIABLES,
    ...Object.keys(SECRET_VARIABLES),
    ...namedVariables(file?.data),
  ]);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !allowed.has(name))
    .map((name) => unknownName('environment', name, known));
}

/** Variables that the file names as holders of secrets or lists for extractors may have any name. */
function namedVariables(data: unknown): string[] {
  const secrets = valueAt(data, ['secrets']);
  const listed = valueAt(data, ['environment']);
  return [
    valueAt(data, ['credentials', 'password', 'env']),
    valueAt(data, ['credentials', 'token', 'env']),
    valueAt(data, ['forge', 'token', 'env']),
    ...Object.keys(secrets ?? {}).map((name) => valueAt(secrets, [name, 'env'])),
    ...(Array.isArray(listed) ? listed : []),
  ].filter((name) => typeof name === 'string');
}

function unknownName(origin: string, name: string, known: readonly string[]): Problem {
  const place = { file: origin, line: null, column: null, path: '' };
  return { ...place, message: 'unknown key', found: echo(name), nearest: nearestWord(name, known) };
}

type Table = { readonly [key: string]: AgentKey<unknown> | Table };

function isKey(entry: AgentKey<unknown> | Table): entry is AgentKey<unknown> {
  return entry.kind === 'key';
}

function* eachKey(table: Table, base: readonly string[]): Generator<readonly [readonly string[], AgentKey<unknown>]> {
  for (const [name, entry] of Object.entries(table)) {
    if (isKey(entry)) yield [[...base, name], entry];
    else yield* eachKey(entry, [...base, name]);
  }
}

function writtenSchema(table: Table): z.ZodType {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(table).map(([name, entry]) => [
        name,
        (isKey(entry) ? entry.schema : writtenSchema(entry)).optional(),
      ]),
    ),
  );
}

function nest(table: Table, base: readonly string[], values: ReadonlyMap<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(table).map(([name, entry]) => {
      const camel = name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
      const path = [...base, name];
      return [camel, isKey(entry) ? values.get(path.join('.')) : nest(entry, path, values)];
    }),
  );
}
