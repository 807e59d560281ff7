// The catalogue by the built command line: every example asks the addresses that it names, through a proxy to a server on
// loopback, and makes a branch on a real origin whose definition is right.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Example } from '../../src/catalogue/entry.ts';
import { fillEntry } from '../../src/catalogue/fill-entry.ts';
import { shippedCatalogue } from '../../src/catalogue/open-catalogue.ts';
import type { Answer } from '../../src/catalogue/written-entry.ts';
import { formatResult, type ResultStatus } from '../../src/core/result.ts';
import { type AnsweringWeb, refAdvertisement, startAnsweringWeb, type WebAnswer } from '../support/answering-web.ts';
import { answerText, documented } from '../support/catalogue-example.ts';
import { type DocumentedNetwork, startDocumentedNetwork } from '../support/documented-network.ts';
import { addCommit, git, makeOrigin, subjectsOf, temporaryDirectory, tipOf } from '../support/git-origin.ts';
import { resultOf } from '../support/results.ts';
import { canHaveTerminal, run, startOnTerminal } from '../support/terminal.ts';
import { readResponse } from '../support/written-response.ts';

const catalogue = shippedCatalogue();
const entries = await Promise.all((await catalogue.names()).map((name) => catalogue.entry(name)));
const answers = entries.flatMap((entry) =>
  entry.examples.flatMap((example) => example.answers.map((answer) => ({ entry, answer }))),
);

/** Names that are taken as soon as an example has them. */
const taken = new Set(answers.flatMap(({ answer }) => (answer.kind === 'results' ? [answer.of] : [])));
const examples = entries.flatMap((entry) =>
  entry.examples.map((example, index) => {
    const usual = fillEntry(entry, example.set).name;
    const name = taken.has(usual) ? `${entry.name}-${index + 1}` : usual;
    taken.add(name);
    return { entry, example, name, isUsual: name === usual };
  }),
);
type Made = (typeof examples)[number];

/** Entries that are taken by flags, one process for each example: such with choices, and with a list. */
const BY_FLAGS = ['core-snap', 'last-green'];
const byFlags = examples.filter(({ entry }) => BY_FLAGS.includes(entry.name));
const asBatch = examples.filter(({ entry }) => !BY_FLAGS.includes(entry.name));

const { path: directory, remove } = temporaryDirectory();
const origin = join(directory, 'origin.git');
const env = {
  PATH: process.env.PATH ?? '',
  HOME: directory,
  XDG_STATE_HOME: join(directory, 'state'),
  XDG_RUNTIME_DIR: join(directory, 'runtime'),
  SPREAD_CRON_REPOSITORY: origin,
};
let web: AnsweringWeb;
let network: DocumentedNetwork;
const ours = (words: readonly string[]) => run(words, { directory, env: { ...env, ...web.env } });
const pages = new Map<string, WebAnswer>();
const challenges = new Map<string, WebAnswer>();

beforeAll(async () => {
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  makeOrigin(origin);
  addCommit(origin, 'main', { files: { 'README.md': 'resources' } });
  for (const { entry, answer } of answers) stage(answer, await answerText(entry, answer));
  web = await startAnsweringWeb([...new Set([...pages.keys()].map((url) => new URL(url).hostname))], directory);
  web.answer(pages, challenges);
  const documentation = await Promise.all(examples.map(({ entry, example }) => documented(entry, example)));
  network = await startDocumentedNetwork(documentation.flatMap(({ given }) => given));
});

afterAll(async () => {
  await Promise.all([web.close(), network.close()]);
  remove();
});

/** Lets the web or the origin answer this; the same question has the same answer in every example. */
function stage({ kind, of, file }: Answer, text: string): void {
  const answered = file.endsWith('.http') ? readResponse(text) : { body: text };
  if (kind === 'given') put(pages, of, answered);
  if (kind === 'anonymous') put(challenges, of, answered);
  if (kind === 'refs') put(pages, `${of}/info/refs?service=git-upload-pack`, refAdvertisement(text));
  if (kind === 'results' && tipOf(origin, of) === null) recordResults(of, text);
}

function put(answered: Map<string, WebAnswer>, url: string, answer: WebAnswer): void {
  expect(answered.get(url) ?? answer, url).toEqual(answer);
  answered.set(url, answer);
}

/** Parameters that lead to this machine where no proxy does: certificates and the DNS are asked straight. */
function leading({ answers }: Example): Readonly<Record<string, string>> {
  const [straight] = answers.filter(({ kind }) => kind === 'certificate' || kind === 'records');
  if (straight === undefined) return {};
  if (straight.kind === 'records') return { resolver: network.resolver };
  return { host: '127.0.0.1', port: String(network.ports.get(straight.of)) };
}

/** A resource with these changes and results: lines of value, status and id of the run, newest first. */
function recordResults(name: string, text: string): void {
  const files = { 'resource.yaml': `message: New ${name}\nevery: 1h\n` };
  let parent = tipOf(origin, 'main');
  for (const line of text.trimEnd().split('\n').reverse()) {
    const [value, status, runId = 'none'] = line.split(' ');
    parent = addCommit(origin, name, { parent, files, message: `New ${name} (${value})` });
    const note = formatResult(resultOf({ run: runId, status: status as ResultStatus }));
    git(origin, ['notes', '--ref=spread-cron', 'add', '--message', note, parent]);
  }
}

function objectsOf(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** That a resource was made as its example says. */
function expectMade({ entry, example, name }: Made, told: unknown): void {
  expect(told).toMatchObject({ resource: name, pushed: true, error: null });
  const { message, value } = told as { message: string; value: string | null };
  // a clock tells today's date, or nothing yet
  if (example.now === null) expect(value).toBe(example.value);
  const subject = value === null ? `Start watching ${name}` : `${message} (${value})`;
  expect(subjectsOf(origin, name).slice(0, 2)).toEqual([subject, expect.stringMatching(/^Watch /)]);
  const [, remark] = git(origin, ['show', `${name}:resource.yaml`]).split('\n');
  expect(`${remark} `).toContain(`# from the catalogue: ${entry.name} `);
}

describe('add-resource --from', () => {
  it.concurrent.each(byFlags)('makes $name of what flags say', async (one) => {
    const set = [...one.example.set].flatMap(([parameter, given]) => ['--set', `${parameter}=${String(given)}`]);
    const state = join(directory, `state-${one.name}`);
    const words = [...(one.isUsual ? [] : [one.name]), '--from', one.entry.name, ...set];
    const { status, stdout, stderr } = await ours([
      ...['add-resource', ...words, '--layout', 'branch', '--state-dir', state, '--json'],
    ]);
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('failed')]);
    expectMade(one, JSON.parse(stdout));
  });
});

describe('add-resource --batch', () => {
  const told = new Map<unknown, unknown>();
  let status: number | null;

  beforeAll(async () => {
    const batch = asBatch.map(({ entry, example, name, isUsual }) => {
      const led = leading(example);
      return {
        ...(isUsual && Object.keys(led).length === 0 ? {} : { name }),
        from: entry.name,
        set: { ...Object.fromEntries(example.set), ...led },
        layout: 'branch',
      };
    });
    writeFileSync(join(directory, 'batch.yaml'), JSON.stringify(batch));
    const ran = await ours(['add-resource', '--batch', 'batch.yaml', '--json']);
    status = ran.status;
    for (const line of objectsOf(ran.stdout)) told.set(line.resource, line);
  });

  it('ends well, and tells of each', () => {
    expect([status, told.size]).toEqual([0, asBatch.length]);
  });

  it.each(asBatch)('makes $name of entry $entry.name', (one) => {
    expectMade(one, told.get(one.name));
  });
});

describe('the branches that it made', () => {
  it('have definitions that validate has nothing against', async () => {
    const { status, stdout } = await ours(['validate', '--json']);
    const lines = objectsOf(stdout);
    expect(lines.filter(({ valid }) => !valid)).toEqual([]);
    expect(lines.map(({ resource }) => resource)).toEqual(expect.arrayContaining(examples.map(({ name }) => name)));
    expect(status).toBe(0);
  });
});

describe('an endpoint that answers something else than its example', () => {
  const page = 'https://api.snapcraft.io/v2/snaps/info/core?architecture=amd64&fields=revision,version';
  const words = ['add-resource', 'moved', '--from', 'core-snap'];

  it('is shown as try shows it, and nothing is pushed', async () => {
    web.answer(new Map([[page, { body: '{"channel-map": [], "name": "core"}' }]]));
    const { status, stdout, stderr } = await ours(words);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^failed {4}moved {3}at step 2 json: nothing matches/m);
    expect(stderr).toMatch(/^ {10}came in:\n {10}\{"channel-map": \[\], "name": "core"\}$/m);
    expect(stderr).toMatch(/^ {10}what to do {3}look at what came in/m);
    expect(stderr).toContain('--force adds a resource although its extraction fails');
    expect(tipOf(origin, 'moved')).toBeNull();
  });

  it.each<readonly [string, WebAnswer, string]>([
    ['a page that has gone', { status: 410, body: 'gone' }, 'at step 1 http: '],
    ['an error page', { body: '<h1>Sorry</h1>' }, 'at step 2 json: '],
    ['nothing', { body: '' }, 'at step 2 json: '],
  ])('is no value where it is %s', async (_what, answer, said) => {
    web.answer(new Map([[page, answer]]));
    const { status, stderr } = await ours(words);
    expect(status).toBe(1);
    expect(stderr).toContain(said);
    expect(tipOf(origin, 'moved')).toBeNull();
  });

  it('is added all the same with --force', async () => {
    web.answer(new Map());
    expect((await ours([...words, '--force'])).status).toBe(0);
    expect(subjectsOf(origin, 'moved')[0]).toBe('Start watching moved');
  });
});

describe('misuse', () => {
  it.each([
    [['catalogue', 'core-snp'], /^error: the catalogue has no such entry.*nearest core-snap\)$/m],
    [['add-resource', '--from', 'core-snp'], /^error: the catalogue has no such entry.*nearest core-snap\)$/m],
    [
      ['add-resource', '--from', 'reexec'],
      /^error: the entry needs a value: give it with --set NAME=VALUE .*released/m,
    ],
    [['add-resource', '--from', 'core-snap', '--set', 'channel=bta'], /^error: not one of the choices.*nearest beta/m],
    [['add-resource', '--from', 'core-snap', '--step', 'clock=day'], /cannot be used with/],
    [['add-resource', 'x', '--file', 'x.yaml', '--set', 'a=b'], /^error: say which entry of the catalogue/m],
  ])('%j is status 2 and tells what is meant', async (words, told) => {
    const { status, stderr } = await ours(words);
    expect(status).toBe(2);
    expect(stderr).toMatch(told);
  });
});

describe.skipIf(!canHaveTerminal)('on a terminal', () => {
  it('the catalogue is offered: an entry is searched by typing, its parameters are asked', async () => {
    const running = startOnTerminal(['add-resource'], { directory, env: { ...env, ...web.env }, columns: 100 });
    const answers = [
      ['What is watched?', '\u001b[B\r'],
      ['Which one?', 'nightly'],
      ['nightly: a suite once a night', '\r'],
      ['suite: ', 'typed\r'],
      ['at: ', '00:00\r'],
      ['timezone: ', '\r'],
      ['called?', '\r'],
      ['Push this?', 'y'],
    ] as const;
    for (const [question, answer] of answers) {
      await running.until(question);
      running.child.stdin?.write(answer);
    }
    expect((await running.ended).status).toBe(0);
    expect(subjectsOf(origin, 'typed-nightly')[0]).toMatch(/^Nightly typed suite \(\d{8}\)$/);
  });
});
