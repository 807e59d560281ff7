// The agent's configuration: where every key comes from, which source wins, and what is refused.
import { describe, expect, it } from 'vitest';
import { type AgentConfigSources, parseAgentConfig, variableOf } from '../../src/definition/agent-config.ts';
import { describeProblem } from '../../src/definition/problem.ts';

interface Given {
  readonly text?: string;
  readonly environment?: AgentConfigSources['environment'];
  readonly flags?: AgentConfigSources['flags'];
}

const parse = ({ text, environment = {}, flags = {} }: Given) =>
  parseAgentConfig({
    file: text === undefined ? null : { path: '/etc/agent.yaml', bytes: Buffer.from(text) },
    environment,
    flags,
    machine: { processors: 3 },
  });

async function load(given: Given = {}) {
  const parsed = await parse(given);
  if (!parsed.ok) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  const origins = Object.fromEntries(parsed.value.shown.map(({ key, origin }) => [key, origin]));
  const shown = Object.fromEntries(parsed.value.shown.map(({ key, value }) => [key, value]));
  return { config: parsed.value.config, origins, shown };
}

async function problems(given: Given): Promise<string[]> {
  const parsed = await parse(given);
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}

describe('the defaults', () => {
  it('are those of the one table', async () => {
    const { config, origins, shown } = await load();
    expect(config).toMatchObject({
      interval: 300_000,
      jitter: 0.1,
      limits: {
        http: { timeout: 30_000, size: 10_000_000, redirects: 5, tries: 3 },
        perHost: 4,
        requests: 64,
        shells: 6,
        shell: { timeout: 60_000, output: 1_000_000 },
        value: 200,
      },
      policy: 'trusted',
      privateAddresses: null,
      runner: 'none',
      runs: {
        atATime: 2,
        timeout: 21_600_000,
        grace: 30_000,
        burst: 5,
        catchUp: 'newest',
        logSize: 50_000_000,
        keepFree: 1_000_000_000,
        retentionCount: null,
        retentionPeriod: null,
        sandbox: 'none',
        env: {},
        envFiles: [],
        concurrencyGroups: {},
      },
      engine: 'auto',
      repository: null,
      stateDir: null,
      push: { maxRefs: null },
      files: { directories: [] },
      onEvent: [],
      confirmAfter: 30_000,
    });
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
    expect(shown.interval).toBe('5m');
  });
});

describe('a key', () => {
  it('comes from the flag before the variable, before the file, before the default', async () => {
    const text = '# mine\ninterval: 1m\nlimits:\n  http: { timeout: 5s }\n  requests: 8\nlog: { level: quiet }\n';
    const environment = { SPREAD_CRON_INTERVAL: '2m', SPREAD_CRON_LIMITS_REQUESTS: '9', SPREAD_CRON_TELL_AFTER: '' };
    const { config, origins } = await load({ text, environment, flags: { interval: '3m', repository: undefined } });
    expect(config.interval).toBe(180_000);
    expect(config.limits).toMatchObject({ requests: 9, http: { timeout: 5000, tries: 3 } });
    expect(config.log.level).toBe('quiet');
    expect(origins).toMatchObject({
      interval: 'flag',
      'limits.requests': 'SPREAD_CRON_LIMITS_REQUESTS',
      'limits.http.timeout': '/etc/agent.yaml:4',
      'log.level': '/etc/agent.yaml:6',
      'limits.http.tries': 'default',
      tell_after: 'default',
    });
  });

  it('has a variable of its own, lists and maps as JSON or with commas', async () => {
    expect(variableOf('limits.http.timeout')).toBe('SPREAD_CRON_LIMITS_HTTP_TIMEOUT');
    const { config } = await load({
      environment: {
        SPREAD_CRON_ENVIRONMENT: 'SNAP_TOKEN, OTHER',
        SPREAD_CRON_FILES_DIRECTORIES: '["/srv/a,b"]',
        SPREAD_CRON_ON_EVENT: '[{"command": "notify-send", "events": ["failing"]}]',
        SPREAD_CRON_REPOSITORY: '/srv/5',
        PATH: '/bin',
        SPREAD_CRON: 'true',
        SPREAD_CRON_CONFIG: '/etc/agent.yaml',
      },
    });
    expect(config.environment).toEqual(['SNAP_TOKEN', 'OTHER']);
    expect(config.files.directories).toEqual(['/srv/a,b']);
    expect(config.onEvent).toEqual([{ kind: 'command', target: 'notify-send', events: new Set(['failing']) }]);
    expect(config.repository).toBe('/srv/5');
  });
});

describe('what holds for runs', () => {
  it('is written below runs', async () => {
    const { config } = await load({
      text: `runner: local
runs:
  at_a_time: 8
  catch_up: every
  keep_free: 5GB
  retention_count: 100
  retention_period: 30d
  sandbox: bubblewrap
  concurrency_groups: { machines: 3 }
`,
    });
    expect(config.runner).toBe('local');
    expect(config.runs).toMatchObject({
      atATime: 8,
      catchUp: 'every',
      keepFree: 5_000_000_000,
      retentionCount: 100,
      retentionPeriod: 2_592_000_000,
      sandbox: 'bubblewrap',
      concurrencyGroups: { machines: 3 },
    });
  });

  it('names dotenv files beside the file that names them, from elsewhere as they stand', async () => {
    const text = 'runs: {env_files: [suite.env, ../a.env, /b.env]}\n';
    expect((await load({ text })).config.runs.envFiles).toEqual(['/etc/suite.env', '/a.env', '/b.env']);
    const environment = { SPREAD_CRON_RUNS_ENV_FILES: 'suite.env' };
    expect((await load({ text, environment })).config.runs.envFiles).toEqual(['suite.env']);
  });

  it('shows the names of variables, never what they hold', async () => {
    const { config, shown } = await load({ text: 'runs: {env: {TOKEN: hunter2}}\n' });
    expect(config.runs.env).toEqual({ TOKEN: 'hunter2' });
    expect(shown['runs.env']).toEqual({ TOKEN: '…' });
  });
});

describe('what is secret', () => {
  it('is never part of it: only where it comes from', async () => {
    const { config, shown, origins } = await load({
      text: `secrets:
  STORE: { env: SPREAD_CRON_STORE, hosts: api.example.com }
  KEY: { file: /run/key, resources: ["core-*"] }
heartbeat_url: https://example.com/ping/5f3c-secret
repository: https://user:hunter2@example.com/a.git
on_event: [{ url: "https://example.com/hook/secret" }]
`,
      environment: { SPREAD_CRON_CREDENTIALS_TOKEN: 'hunter2', SPREAD_CRON_STORE: 'hunter2' },
    });
    expect(config.credentials.token).toEqual({ file: null, env: 'SPREAD_CRON_CREDENTIALS_TOKEN' });
    expect(origins['credentials.token.env']).toBe('SPREAD_CRON_CREDENTIALS_TOKEN');
    expect(config.secrets).toEqual({
      STORE: { env: 'SPREAD_CRON_STORE', hosts: ['api.example.com'] },
      KEY: { file: '/run/key', resources: ['core-*'] },
    });
    expect(shown.heartbeat_url).toBe('https://example.com/…');
    expect(shown.repository).toBe('https://example.com/a.git');
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|5f3c|hook/);
  });
});

describe('refused is', () => {
  it.each([
    ['an unknown key', 'intervall: 5m\n', '/etc/agent.yaml:1:1: intervall: unknown key; did you mean interval?'],
    [
      'an unknown key inside',
      'limits:\n  http: {timeot: 5s}\n',
      '/etc/agent.yaml:2:10: limits.http.timeot: unknown key; did you mean timeout?',
    ],
    [
      'a wrong type',
      'interval: 5\n',
      '/etc/agent.yaml:1:11: interval: the wrong type: expected text (put it in quotes), got 5',
    ],
    ['a jitter of everything', 'jitter: 100%\n', '/etc/agent.yaml:1:9: jitter: not from 0% up to 99%: got "100%"'],
    [
      'a secret from nowhere',
      'secrets: {A: {}}\n',
      '/etc/agent.yaml:1:14: secrets.A: write either file or env: got a map',
    ],
    [
      'a secret in itself',
      'secrets: {A: hunter2}\n',
      '/etc/agent.yaml:1:14: secrets.A: the wrong type: expected a map, got "hunter2"',
    ],
    [
      'a runner that is none',
      'runner: kubernetes\n',
      '/etc/agent.yaml:1:9: runner: not one of the known words: expected local, none, got "kubernetes"',
    ],
    [
      'an unknown key of runs',
      'runs: {at_a_tim: 3}\n',
      '/etc/agent.yaml:1:8: runs.at_a_tim: unknown key; did you mean at_a_time?',
    ],
    [
      'no run at a time',
      'runs: {at_a_time: 0}\n',
      '/etc/agent.yaml:1:19: runs.at_a_time: too little: expected at least 1, got 0',
    ],
    [
      'a variable of ours',
      'runs: {env: {SC_VALUE: x}}\n',
      '/etc/agent.yaml:1:14: runs.env.SC_VALUE: a variable that only the program sets: SC_* are refused',
    ],
    [
      'a group without slots',
      'runs: {concurrency_groups: {a: 0}}\n',
      '/etc/agent.yaml:1:32: runs.concurrency_groups.a: too little: expected at least 1, got 0',
    ],
    ['a server', 'serve: {port: 1}\n', '/etc/agent.yaml:1:1: serve: not built yet: remove it'],
    [
      'nobody to tell',
      'on_event: [{events: [failing]}]\n',
      '/etc/agent.yaml:1:12: on_event[0]: write either command or url: got a map',
    ],
    [
      'an event that is none',
      'on_event: [{command: x, events: [failling]}]\n',
      '/etc/agent.yaml:1:34: on_event[0].events[0]: not one of the known words: expected changed, failing, recovered, push-failing, push-recovered, run-failed, run-fixed, got "failling"; did you mean failing?',
    ],
    [
      'a relative directory',
      'files: {directories: [a]}\n',
      '/etc/agent.yaml:1:23: files.directories[0]: not an absolute path: got "a"',
    ],
    ['no YAML', 'a: [\n', expect.stringMatching(/^\/etc\/agent\.yaml:2:1: not valid YAML/)],
  ])('%s in the file', async (_, text, expected) => {
    expect((await problems({ text }))[0]).toEqual(expected);
  });

  it('an unknown or wrong variable, and an unknown flag', async () => {
    expect(await problems({ environment: { SPREAD_CRON_INTERVL: '5m' } })).toEqual([
      'environment: unknown key: got "SPREAD_CRON_INTERVL"; did you mean SPREAD_CRON_INTERVAL?',
    ]);
    expect(await problems({ environment: { SPREAD_CRON_TELL_AFTER: 'often' } })).toEqual([
      'SPREAD_CRON_TELL_AFTER: tell_after: the wrong type: expected a number, got "often"',
    ]);
    expect(await problems({ flags: { intervl: '5m' } })).toEqual([
      'flag: unknown key: got "intervl"; did you mean interval?',
    ]);
    expect(await problems({ flags: { interval: 'soon' } })).toEqual([
      'flag: interval: not a duration: write it like 90s, 5m, 1h30m or 2d: got "soon"',
    ]);
  });
});
