import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeProblem } from '../../../src/definition/problem.ts';
import { OPTIONS, readSnapOptions, type SnapOptions, STORED } from '../../../src/install/snap/options.ts';

const URL = 'https://git.example.com/team/resources.git';
const COMMON = '/var/snap/spread-cron/common';

const read = (options: SnapOptions) => readSnapOptions(options, COMMON);

async function settingsOf(given: SnapOptions) {
  const parsed = await read(given);
  if (!parsed.ok) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  return { ...parsed.value, written: parse(parsed.value.text) as Record<string, unknown> };
}

async function problemsOf(given: SnapOptions): Promise<readonly string[]> {
  const parsed = await read(given);
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}

describe('the options of the snap', () => {
  it('are every key of the configuration, with hyphens for underscores, less what the snap decides', () => {
    expect(OPTIONS).toContain('heartbeat-url');
    expect(OPTIONS.filter((option) => !/^[a-z]+(?:-[a-z]+)*$/.test(option))).toEqual([]);
    expect(OPTIONS).not.toContain('state-dir');
    expect(OPTIONS).not.toContain('credentials');
  });

  it('become the keys of agent.yaml, and nothing else does', async () => {
    const { written, repository, interval, text } = await settingsOf({
      repository: URL,
      interval: '15m',
      runner: 'local',
      'heartbeat-url': 'https://heart.example.com/1',
      runs: { 'at-a-time': 4, env: { A_B: 'c-d' } },
      limits: { http: { 'min-delay': '1s' } },
      'on-event': [{ command: 'cat' }],
      log: { level: 'verbose' },
    });
    expect(written).toEqual({
      state_dir: `${COMMON}/state`,
      repository: URL,
      interval: '15m',
      runner: 'local',
      heartbeat_url: 'https://heart.example.com/1',
      runs: { at_a_time: 4, env: { A_B: 'c-d' } },
      limits: { http: { min_delay: '1s' } },
      on_event: [{ command: 'cat' }],
      log: { level: 'verbose' },
      credentials: {},
    });
    expect([repository, interval]).toEqual([URL, 900_000]);
    expect(text).toMatch(/^# Written by the configure hook of the snap: change it with snap set\.\n/);
  });

  it('can say whom to tell by dots, on-event.url=…', async () => {
    const { written } = await settingsOf({
      'on-event': { url: 'https://chat.example.com/', events: ['changed'] },
    });
    expect(written.on_event).toEqual([{ url: 'https://chat.example.com/', events: ['changed'] }]);
  });

  it('count as taken back where they are empty', async () => {
    const { written } = await settingsOf({ repository: '', interval: null, username: '', token: '' });
    expect(written).toEqual({ state_dir: `${COMMON}/state`, credentials: {} });
  });
});

describe('a password', () => {
  it.each([
    ['a text', 's3cret', 's3cret'],
    ['a word that snapd takes for a truth value', true, 'true'],
    ['with the line end of the file that it was pasted from', 's3cret\r\n', 's3cret'],
  ])('can be %s', async (_, password, text) => {
    const { secrets, written } = await settingsOf({ username: 'ada', password });
    expect(secrets).toEqual({ password: { kind: 'store', text }, token: { kind: 'none' } });
    expect(written.credentials).toEqual({ username: 'ada', password: { file: `${COMMON}/password` } });
  });

  it('is stored as it is, whatever it holds, and is not in the configuration', async () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const settings = await settingsOf({ token: text });
        expect(settings.secrets.token).toEqual({ kind: 'store', text });
        expect(settings.text).not.toContain(text);
      }),
      { numRuns: 30 },
    );
  });

  it('stays as it is where snapd only knows that it is stored', async () => {
    const { secrets, written } = await settingsOf({ token: STORED });
    expect(secrets.token).toEqual({ kind: 'keep' });
    expect(written.credentials).toEqual({ token: { file: `${COMMON}/token` } });
  });
});

describe('what is wrong with options', () => {
  it.each<readonly [SnapOptions, string]>([
    [{ interval: 'soon' }, 'snap set: interval: not a duration: write it like 90s, '],
    [{ interval: 5 }, 'snap set: interval: '],
    [
      { 'heartbeat-url': 'heart.example.com' },
      'snap set: heartbeat-url: not an http or https URL: got "heart.example.com"',
    ],
    [{ runs: { 'at-a-tim': 4 } }, 'snap set: runs.at-a-tim: unknown key; did you mean at-a-time?'],
    [{ runs: { env: { SC_X: '1' } } }, 'snap set: runs.env.SC_X: '],
    [{ runner: 'cloud' }, 'snap set: runner: not one of the known words: expected local, none, got "cloud"'],
    [{ repository: 'resources' }, 'snap set: repository: use an http, https, ssh, git or file address'],
    [{ repository: 'ftp://git.example.com/r' }, 'snap set: repository: use an http, https, ssh'],
    [
      { repository: 'git@git.example.com:r.git' },
      'snap set: repository: the snap reaches repositories over http and https only: got git@git.example.com:r.git',
    ],
    [{ repository: 'ssh://git.example.com/r.git' }, 'snap set: repository: the snap reaches'],
    [
      { repository: 'https://ada:s3cret@git.example.com/r.git' },
      'snap set: repository: a login in the address: set it as username and password, or as token',
    ],
    [{ username: 'a:b' }, 'snap set: username: a colon, which no user name can have'],
    [{ password: { a: 1 } }, 'snap set: password: not a text: with snap set -s it is taken as it stands'],
    [{ token: ['a'] }, 'snap set: token: not a text'],
    [{ token: 'one\ntwo' }, 'snap set: token: a line break or control character: was too much pasted?'],
    [
      { password: 'one', token: STORED },
      'snap set: token: a password is set too: take one of them back, as in snap set spread-cron password!',
    ],
  ])('%j is told in the words of the option', async (given, told) => {
    const problems = await problemsOf(given);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, told.length)).toBe(told);
    expect(problems[0]).not.toMatch(/s3cret|one\b.*two/);
  });

  it('is told all at once', async () => {
    const problems = await problemsOf({ interval: 'soon', runner: 'cloud', username: 'a:b' });
    expect(problems.map((line) => line.split(': ')[1])).toEqual(['username', 'interval', 'runner']);
  });
});
