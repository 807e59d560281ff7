// Every key of the agent's configuration with what it is for, its written form and its default: the one table that
// `config show` prints, the file is checked against, and the environment variables are named after.
import * as z from 'zod';
import { EVENT_KINDS } from '../core/event-kind.ts';
import { withoutLogin } from '../core/login.ts';
import { duration, oneOrMany, size, variableName, word } from './written-values.ts';

/** What defaults may depend on. */
export interface Machine {
  readonly processors: number;
}

/** A key of the configuration. */
export interface AgentKey<Value> {
  readonly kind: 'key';
  readonly about: string;
  /** From the written form to what the program uses. */
  readonly schema: z.ZodType<Value>;
  /** The default, in the written form. */
  readonly fallback: (machine: Machine) => unknown;
  /** What is shown instead of a value that may hold something secret. */
  readonly show: (written: unknown) => unknown;
}

const number = (least: number, most: number) => z.int().min(least).max(most);
const path = z.string().min(1);

const percentage = z
  .union([z.string().regex(/^\d+(?:\.\d+)?%$/, 'not a percentage such as 10%'), z.number()])
  .transform((written, context) => {
    const part = typeof written === 'number' ? written : Number(written.slice(0, -1)) / 100;
    if (part < 0 || part >= 1) context.addIssue({ code: 'custom', message: 'not from 0% up to 99%' });
    return part;
  });

const host = z
  .string()
  .regex(
    /^(?:\*\.)?[A-Za-z0-9.-]+(?::\d+)?$|^\[[0-9a-fA-F:.]+\](?::\d+)?$/,
    'not a host such as api.example.com or *.example.com',
  );

const webAddress = z.string().regex(/^https?:\/\/[^\s/]+/, 'not an http or https URL');

/** Where the value of a secret comes from; the value itself is never part of a configuration. */
const secret = z
  .strictObject({
    file: path.optional().meta({ description: 'File that holds the value.' }),
    env: variableName.optional().meta({ description: 'Environment variable that holds the value.' }),
    hosts: oneOrMany('Hosts that it may be sent to; none: in no request.', host).optional(),
    resources: oneOrMany('Resources (globs) whose runs may have it; none: in no run.').optional(),
  })
  .refine(({ file, env }) => (file === undefined) !== (env === undefined), 'write either file or env');

const agentEnvironment = z.record(
  variableName.refine((name) => !name.startsWith('SC_'), 'a variable that only the program sets: SC_* are refused'),
  z.string(),
);

const subscription = z
  .strictObject({
    command: z.string().min(1).optional().meta({ description: 'Shell line that gets the event as JSON on stdin.' }),
    url: webAddress.optional().meta({ description: 'URL that the event is posted to as JSON.' }),
    events: z.array(z.enum(EVENT_KINDS)).min(1).optional().meta({ description: 'All where absent.' }),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), 'write either command or url')
  .transform(({ command, url, events }) => ({
    kind: command === undefined ? ('url' as const) : ('command' as const),
    target: command ?? url ?? '',
    events: events === undefined ? null : new Set(events),
  }));

/** The table. Nested maps are written nested; `limits.http.timeout` is `SPREAD_CRON_LIMITS_HTTP_TIMEOUT`. */
export const AGENT_KEYS = {
  repository: key(path.nullable(), null, 'The resources repository: URL or path.', loginLeftOut),
  state_dir: key(path.nullable(), null, "Where the mirror and counts are kept; null: the user's state directory."),
  interval: key(duration('', 1000), '5m', 'Time between rounds.'),
  jitter: key(percentage, '10%', 'Part of the interval by which a round may come earlier or later.'),
  tell_after: key(number(1, 1000), 3, 'Failures in a row before somebody is told.'),
  confirm_after: key(duration(''), '30s', 'Wait before a confirming extraction, where the definition says nothing.'),
  policy: key(
    z.enum(['trusted', 'untrusted']),
    'trusted',
    'untrusted: shell steps, classic definitions, runs without a sandbox and private addresses are refused.',
  ),
  private_addresses: key(
    z.enum(['allow', 'refuse']).nullable(),
    null,
    'Requests to private address ranges; null: allowed unless the policy is untrusted.',
  ),
  engine: key(z.enum(['auto', 'git', 'isomorphic-git']), 'auto', 'What reads the mirror.'),
  runner: key(z.enum(['local', 'none']), 'none', 'What carries out runs; local: processes of this machine.'),
  runs: {
    at_a_time: key(number(1, 10_000), 2, 'Runs at a time in all.'),
    timeout: key(duration('', 1), '6h', 'Longest time of a run, where the definition says nothing.'),
    grace: key(duration(''), '30s', 'Time that a task has to end before it is killed.'),
    burst: key(number(0, 1_000_000), 5, 'More than this many due at a start: nothing starts until somebody says so.'),
    catch_up: key(z.enum(['newest', 'every', 'none']), 'newest', 'Which changes without a result are due at a start.'),
    log_size: key(size(''), '50MB', 'Longest log of a task; what is more is cut out of the middle.'),
    keep_free: key(
      size(''),
      '1GB',
      'Disk space left free: below it the oldest runs with their logs and workspaces go.',
    ),
    retention_count: key(number(0, 1_000_000).nullable(), null, 'Run records kept of a resource; null: all.'),
    retention_period: key(duration('').nullable(), null, 'Run records older than this are removed; null: none.'),
    sandbox: key(z.enum(['none', 'bubblewrap']), 'none', 'Whether tasks run in a sandbox.'),
    env: key(agentEnvironment, {}, 'Variables of every task.', namesOnly),
    env_files: key(z.array(path), [], "Dotenv files with variables of every task, relative to this file's directory."),
    concurrency_groups: key(z.record(word, number(1, 10_000)), {}, 'Slots of concurrency groups; others have 1.'),
  },
  limits: {
    http: {
      timeout: key(duration('', 1), '30s', 'Longest time of one request.'),
      size: key(size(''), '10MB', 'Largest answer, decompressed.'),
      redirects: key(number(0, 50), 5, 'Redirects that are followed.'),
      tries: key(number(1, 20), 3, 'Tries in all for transient errors.'),
      min_delay: key(duration(''), '0s', 'Time between two requests to one host.'),
    },
    per_host: key(number(1, 1000), 4, 'Requests at a time to one host.'),
    requests: key(number(1, 10_000), 64, 'Requests at a time in all.'),
    shells: key(number(1, 1000), ({ processors }: Machine) => 2 * processors, 'Shell evaluations at a time.'),
    shell: {
      timeout: key(duration('', 1), '60s', 'Longest time of one shell evaluation.'),
      output: key(size(''), '1MB', 'Largest output of one shell evaluation.'),
    },
    value: key(number(1, 4000), 200, 'Longest value in characters, where the definition says nothing.'),
  },
  identity: {
    name: key(z.string().regex(/^[^<>\r\n]+$/, 'not a name'), 'spread-cron', 'Author of the commits.'),
    email: key(z.string().regex(/^[^<>\s]+$/, 'not an e-mail address'), 'spread-cron@localhost', 'Their address.'),
  },
  credentials: {
    username: key(z.string().min(1).nullable(), null, 'User of the resources repository.'),
    password: {
      file: key(path.nullable(), null, 'File that holds the password.'),
      env: key(variableName.nullable(), null, 'Environment variable that holds the password.'),
    },
    token: {
      file: key(path.nullable(), null, 'File that holds an access token.'),
      env: key(variableName.nullable(), null, 'Environment variable that holds an access token.'),
    },
  },
  forge: {
    api: key(
      webAddress.nullable(),
      null,
      "Base of the API of the repository's host; null: known for github.com alone.",
    ),
    token: {
      file: key(path.nullable(), null, "File that holds a token for it; null: the credentials' token or password."),
      env: key(variableName.nullable(), null, 'Environment variable that holds one.'),
    },
    statuses: key(z.boolean(), false, 'Whether runs are shown there as statuses of their change commits.'),
  },
  secrets: key(z.record(variableName, secret), {}, 'Secrets by name: where each comes from and may go.'),
  environment: key(z.array(variableName), [], 'Variables that extractors see besides the usual ones.'),
  files: {
    directories: key(
      z.array(path.startsWith('/', 'not an absolute path')),
      [],
      'Directories that file steps may read.',
    ),
  },
  ca_file: key(path.nullable(), null, 'Certificates in PEM that are trusted besides the usual ones.'),
  push: { max_refs: key(number(1, 100_000).nullable(), null, 'Refs in one push; null: what the server takes.') },
  on_event: key(z.array(subscription), [], 'Who is told of changes and failures.', (written) => mapUrls(written)),
  heartbeat_url: key(webAddress.nullable(), null, 'Requested after every round, so that silence is noticed.', hostOnly),
  log: { level: key(z.enum(['quiet', 'normal', 'verbose']), 'normal', 'How much is told on stderr.') },
} as const;

function key<Schema extends z.ZodType>(
  schema: Schema,
  fallback: unknown,
  about: string,
  show: (written: unknown) => unknown = (written) => written,
): AgentKey<z.output<Schema>> {
  const byMachine = typeof fallback === 'function' ? (fallback as (machine: Machine) => unknown) : () => fallback;
  return { kind: 'key', about, schema: schema as z.ZodType<z.output<Schema>>, fallback: byMachine, show };
}

/** A URL without user and password. */
function loginLeftOut(written: unknown): unknown {
  return typeof written === 'string' ? withoutLogin(written) : written;
}

/** A URL whose path may be the secret. */
function hostOnly(written: unknown): unknown {
  const shown = loginLeftOut(written);
  return typeof shown === 'string' ? shown.replace(/^([a-z]+:\/\/[^/?#]+).+$/i, '$1/…') : shown;
}

/** Variables whose values may be secret. */
function namesOnly(written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return written;
  return Object.fromEntries(Object.keys(written).map((name) => [name, '…']));
}

function mapUrls(written: unknown): unknown {
  if (!Array.isArray(written)) return written;
  return written.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'url' in entry ? { ...entry, url: hostOnly(entry.url) } : entry,
  );
}
