import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { App } from '../../../src/app.ts';
import { type AddOptions, runAddResource } from '../../../src/cli/commands/add-resource.ts';
import type { Prompts } from '../../../src/cli/tools.ts';
import { describeFailure, Failure } from '../../../src/core/failure.ts';
import type { Prepared, ResourceRequest } from '../../../src/pipeline/make/prepare.ts';
import { failureOf } from '../../support/failures.ts';
import { temporaryDirectory } from '../../support/git-origin.ts';
import { listen, NOW, personWho, type Telling, toolsWith } from '../command-tools.ts';

const { path: directory, remove } = temporaryDirectory();
afterAll(remove);

const preparedOf = (name: string, different: Partial<Prepared> = {}): Prepared => ({
  name,
  branch: name,
  file: null,
  definition: { message: `New ${name}` } as Prepared['definition'],
  observation: { kind: 'value', value: '1' },
  cameIn: null,
  observedAt: NOW,
  failure: null,
  ...different,
});

interface Doing {
  readonly name?: string;
  readonly options: AddOptions;
  readonly telling?: Telling;
  readonly prompts?: Prompts;
  readonly prepared?: (name: string) => Prepared;
  readonly results?: ReadonlyMap<string, Failure | null>;
}

async function added(doing: Doing) {
  const told = listen(doing.telling);
  const requests: ResourceRequest[] = [];
  const pushes: { names: readonly string[]; first: string; stderrBefore: string }[] = [];
  const app: Partial<App> = {
    usualLayout: async () => 'central',
    prepare: async (wanted) => {
      requests.push(...wanted);
      return wanted.map(({ name }) => (doing.prepared ?? preparedOf)(name));
    },
    add: async (prepared, first) => {
      pushes.push({ names: prepared.map(({ name }) => name), first, stderrBefore: told.stderr() });
      return doing.results ?? new Map(prepared.map(({ name }) => [name, null]));
    },
  };
  const code = await runAddResource(doing.name, doing.options, directory, toolsWith(app, told, doing.prompts ?? null));
  const written = requests.map(({ file }) => parse(Buffer.from(file.content).toString('utf8')) as unknown);
  return { told, code, requests, written, pushes };
}

const STEPS = { message: 'New core', step: ['http=https://www.example.com/', 'http.timeout=5s', 'css=h1'] };
const FAILING = (name: string) =>
  preparedOf(name, {
    observation: { kind: 'failure', failure: new Failure('no-match', 'nothing matches'), step: '2 css' },
  });

describe('add-resource from flags', () => {
  it('writes the definition that they say, asks nothing, and pushes a baseline', async () => {
    const { written, requests, pushes, told, code } = await added({
      name: 'core',
      options: { ...STEPS, tag: ['a', 'b'], every: '5m', accept: '^x', confirm: '2', layout: 'branch' },
    });
    expect(written).toEqual([
      {
        message: 'New core',
        tags: ['a', 'b'],
        every: '5m',
        extract: [{ http: 'https://www.example.com/', timeout: '5s' }, { css: 'h1' }],
        accept: '^x',
        confirm: 2,
      },
    ]);
    expect(requests[0]).toMatchObject({ name: 'core', layout: 'branch', file: { name: 'resource.yaml' } });
    expect(pushes).toMatchObject([{ names: ['core'], first: 'baseline' }]);
    expect(told.stdout()).toBe('added     core\n');
    expect(code).toBe(0);
  });

  it('names the URL and shows the value before it pushes', async () => {
    const { pushes } = await added({ name: 'core', options: STEPS });
    expect(pushes[0]?.stderrBefore).toBe(
      'resources of https://git.example.com/resources.git\nextracted core   New core (1)\n',
    );
  });

  it('uses the layout that the repository mostly uses', async () => {
    expect((await added({ name: 'core', options: STEPS })).requests[0]?.layout).toBe('central');
  });

  it('makes a plain timed job of a schedule without steps', async () => {
    const { written } = await added({
      name: 'n',
      options: { message: 'Nightly', schedule: 'H 2 * * *', timezone: 'UTC' },
    });
    expect(written).toEqual([{ message: 'Nightly', schedule: 'H 2 * * *', timezone: 'UTC' }]);
  });

  it('lets CI run for the first value where that is asked for', async () => {
    expect((await added({ name: 'c', options: { ...STEPS, runFirst: true } })).pushes[0]?.first).toBe('due');
  });

  it('pushes nothing in a dry run', async () => {
    const { pushes, told, code } = await added({
      name: 'c',
      options: { ...STEPS, dryRun: true },
      telling: { format: 'json' },
    });
    expect(pushes).toEqual([]);
    expect(told.objects()).toEqual([{ resource: 'c', message: 'New c', value: '1', pushed: false, error: null }]);
    expect(code).toBe(0);
  });

  it.each<readonly [AddOptions, string | undefined, string]>([
    [{}, undefined, 'NAME, --message, --step or --from'],
    [{ message: 'x' }, 'core', '--step or --from'],
    [{ step: ['clock=day'] }, 'core', '--message'],
  ])('with %j and nobody to ask says what is missing', async (options, name, missing) => {
    const failure = await failureOf(added({ options, ...(name === undefined ? {} : { name }) }));
    expect(failure).toMatchObject({ reason: 'usage', details: { missing } });
  });

  it('refuses a step that is none', async () => {
    expect((await failureOf(added({ name: 'c', options: { message: 'x', step: ['http'] } }))).reason).toBe('usage');
  });
});

describe('add-resource from the catalogue', () => {
  const content = (request: ResourceRequest | undefined) => Buffer.from(request?.file.content ?? '').toString();

  it('writes what the entry makes, and where it came from', async () => {
    const { requests, pushes } = await added({ options: { from: 'core-snap', set: ['channel=beta', 'arch=arm64'] } });
    expect(requests[0]?.name).toBe('core-beta-arm64');
    const lines = content(requests[0]).split('\n');
    expect(lines[0]).toMatch(/^# yaml-language-server: /);
    expect(lines.slice(1, 3)).toEqual([
      '# from the catalogue: core-snap channel=beta arch=arm64 snap=core store=https://api.snapcraft.io',
      'message: New core snap in beta arm64',
    ]);
    expect(pushes).toHaveLength(1);
  });

  it('lets NAME and the other flags win', async () => {
    const options = { from: 'core-snap', message: 'Mine', schedule: 'H * * * *', tag: ['core'], confirm: '2' };
    const { requests, written } = await added({ name: 'mine', options });
    expect(requests[0]?.name).toBe('mine');
    expect(written[0]).toMatchObject({ message: 'Mine', schedule: 'H * * * *', tags: ['core'], confirm: 2 });
    expect(written[0]).not.toHaveProperty('every');
  });

  it.each<readonly [string, AddOptions, string, string]>([
    ['an entry that there is not', { from: 'core-snp' }, 'not-found', 'nearest core-snap'],
    ['a parameter that the entry lacks', { from: 'core-snap', set: ['chanel=beta'] }, 'usage', 'nearest channel'],
    ['a value that is missing', { from: 'reexec' }, 'usage', '--set NAME=VALUE (catalogue reexec, parameter released'],
    ['a value that is no choice', { from: 'core-snap', set: ['channel=bta'] }, 'usage', 'nearest beta'],
    ['a parameter without a value', { from: 'core-snap', set: ['channel'] }, 'usage', 'NAME=VALUE (argument channel)'],
    ['a parameter twice', { from: 'core-snap', set: ['arch=i386', 'arch=amd64'] }, 'usage', 'set twice'],
    ['parameters of no entry', { set: ['channel=beta'] }, 'usage', '--from ENTRY'],
  ])('refuses %s', async (_what, options, reason, said) => {
    const failure = await failureOf(added({ options }));
    expect(failure.reason).toBe(reason);
    expect(describeFailure(failure)).toContain(said);
  });

  it('asks for what is missing, and nothing else', async () => {
    const prompts = personWho(['2.61', true]);
    const { requests } = await added({ options: { from: 'reexec', set: ['channel=beta'] }, prompts });
    expect(prompts.asked).toEqual([expect.stringMatching(/^released: /), 'Push this?']);
    expect(requests[0]?.name).toBe('snapd-reexec-2.61-vs-beta-amd64');
  });

  it('asks nothing where nothing is missing', async () => {
    const prompts = personWho([]);
    expect((await added({ options: { from: 'core-snap' }, prompts })).pushes).toHaveLength(1);
  });

  it('is chosen in the conversation', async () => {
    const prompts = personWho(['catalogue', 'nightly', 'docs', '', '', '', true]);
    const { requests, written } = await added({ options: { tag: ['daily'] }, prompts });
    expect(requests[0]?.name).toBe('docs-nightly');
    expect(written[0]).toMatchObject({ message: 'Nightly docs suite', tags: ['daily'] });
  });
});

describe('add-resource on a terminal', () => {
  it('asks what the flags do not say, and before it pushes', async () => {
    const prompts = personWho(['url', 'https://www.example.com/x.json', 'json', '$.v', true]);
    const { written, pushes } = await added({ name: 'core', options: { message: 'New core' }, prompts });
    expect(written).toEqual([
      { message: 'New core', extract: [{ http: 'https://www.example.com/x.json' }, { json: '$.v' }] },
    ]);
    expect(prompts.asked.at(-1)).toBe('Push this?');
    expect(pushes).toHaveLength(1);
  });

  it('asks nothing where the flags say everything', async () => {
    const prompts = personWho([]);
    expect((await added({ name: 'core', options: STEPS, prompts })).pushes).toHaveLength(1);
    expect(prompts.asked).toEqual([]);
  });

  it.each([
    [['url', 'core', null]],
    [['url', 'core', 'https://www.example.com/', 'text', 'New', false]],
    [['url', 'core', 'https://x/', 'text', 'New', null]],
  ])('pushes nothing where that is not wanted: %j', async (answers) => {
    const { pushes, code, told } = await added({ options: {}, prompts: personWho(answers) });
    expect(pushes).toEqual([]);
    expect(code).toBe(1);
    expect(told.stderr()).toMatch(/nothing was (?:added|pushed)\n$/);
  });
});

describe('add-resource where something is wrong', () => {
  it('pushes nothing where the extraction fails, and says how to do it all the same', async () => {
    const { pushes, told, code } = await added({ name: 'c', options: STEPS, prepared: FAILING });
    expect(pushes).toEqual([]);
    expect(told.stderr()).toContain('failed    c   at step 2 css: nothing matches\n');
    expect(told.stderr()).toContain('--force');
    expect(code).toBe(1);
  });

  it('shows what came in and what to do, as try does', async () => {
    const prepared = (name: string) => ({ ...FAILING(name), cameIn: '<h2>moved</h2>\nnext' });
    const { told } = await added({ name: 'c', options: STEPS, prepared });
    expect(told.stderr().split('\n').slice(1, 6)).toEqual([
      'failed    c   at step 2 css: nothing matches',
      '          came in:',
      '          <h2>moved</h2>',
      '          next',
      expect.stringMatching(/^ {10}what to do {3}look at what came in and correct the expression/),
    ]);
  });

  it('does it all the same with --force', async () => {
    const { pushes, told, code } = await added({ name: 'c', options: { ...STEPS, force: true }, prepared: FAILING });
    expect(pushes).toHaveLength(1);
    expect(told.stderr()).toContain('no value  c   its extraction fails');
    expect(code).toBe(0);
  });

  it('adds what gives nothing yet', async () => {
    const prepared = (name: string) => preparedOf(name, { observation: { kind: 'nothing', why: 'not before 02:00' } });
    const { pushes, told } = await added({ name: 'c', options: STEPS, prepared });
    expect(pushes).toHaveLength(1);
    expect(told.stderr()).toContain('nothing   c   not before 02:00');
  });

  it('never forces a resource that cannot be made', async () => {
    const failure = new Failure('refused', 'there is a branch of this name already');
    const prepared = (name: string) => preparedOf(name, { failure, definition: null, observation: null });
    const { pushes, code, told } = await added({ name: 'c', options: { ...STEPS, force: true }, prepared });
    expect([pushes, code]).toEqual([[], 2]);
    expect(told.stderr()).not.toContain('--force');
  });

  it('tells which branches the remote refused', async () => {
    const results = new Map([
      ['c', new Failure('push-refused', 'the remote refused the branch', { said: 'no\u001b[2J' })],
    ]);
    const { told, code } = await added({ name: 'c', options: STEPS, results, telling: { format: 'json' } });
    expect(told.stderr()).toContain('error: c: the remote refused the branch (said no\\e[2J)');
    expect(told.objects()).toMatchObject([{ resource: 'c', pushed: false, error: { reason: 'push-refused' } }]);
    expect(code).toBe(5);
  });
});

describe('add-resource from files', () => {
  it('takes a definition as it is, classic ones too', async () => {
    const text = 'message="x"\npattern_extractor="echo 1"\n';
    writeFileSync(join(directory, 'options'), text);
    const { requests } = await added({ name: 'c', options: { file: 'options', layout: 'branch' } });
    expect(requests[0]?.file.name).toBe('options');
    expect(Buffer.from(requests[0]?.file.content ?? '').toString()).toBe(text);
  });

  it.each<readonly [string, AddOptions, string | undefined, string]>([
    ['a file that is not there', { file: 'nowhere.yaml' }, 'c', 'not-found'],
    ['a file of no known kind', { file: 'thing.txt' }, 'c', 'usage'],
    ['a file without a name for the resource', { file: 'options' }, undefined, 'usage'],
    ['a batch that is not there', { batch: 'nowhere.yaml' }, undefined, 'not-found'],
    ['a batch with a name beside it', { batch: 'batch.yaml' }, 'c', 'usage'],
  ])('refuses %s', async (_what, options, name, reason) => {
    expect((await failureOf(added({ options, ...(name === undefined ? {} : { name }) }))).reason).toBe(reason);
  });

  it('adds a batch in one push', async () => {
    const entries = ['a', 'b', 'c'].map((name) => ({ name, message: `New ${name}`, extract: [{ clock: 'day' }] }));
    writeFileSync(join(directory, 'batch.yaml'), JSON.stringify(entries));
    const { pushes, written, requests } = await added({ options: { batch: 'batch.yaml' } });
    expect(pushes.map(({ names }) => names)).toEqual([['a', 'b', 'c']]);
    expect(written[2]).toEqual({ message: 'New c', extract: [{ clock: 'day' }] });
    expect(requests.map(({ layout }) => layout)).toEqual(['central', 'central', 'central']);
  });

  it('adds what a batch takes from the catalogue, other keys over the entry', async () => {
    writeFileSync(
      join(directory, 'catalogue.yaml'),
      '- { from: core-snap, set: { channel: beta } }\n- { name: mine, from: nightly, set: { suite: docs }, every: 1h }\n',
    );
    const { requests, written } = await added({ options: { batch: 'catalogue.yaml' } });
    expect(requests.map(({ name }) => name)).toEqual(['core-beta-amd64', 'mine']);
    expect(written[1]).toMatchObject({ message: 'Nightly docs suite', every: '1h' });
  });

  it.each<readonly [string, string, string]>([
    ['an entry that there is not', '- { name: a, message: A }\n- { from: nihtly }\n', 'entry 2'],
    ['a value that is missing', '- { from: nightly }\n', 'entry 1, catalogue nightly, parameter suite'],
    ['a name twice', '- { from: core-snap }\n- { from: core-snap, every: 1h }\n', 'names a resource twice'],
    ['a written name twice', '- { name: a, message: A }\n- { name: a, message: B }\n', 'names a resource twice'],
  ])('refuses a batch with %s', async (_what, text, said) => {
    writeFileSync(join(directory, 'wrong.yaml'), text);
    const failure = await failureOf(added({ options: { batch: 'wrong.yaml' } }));
    expect(describeFailure(failure)).toContain(said);
    expect(failure.details).toMatchObject({ file: 'wrong.yaml' });
  });

  it('pushes nothing of a batch where one of it is wrong', async () => {
    writeFileSync(join(directory, 'batch.jsonl'), '{"name":"a","message":"A"}\n{"name":"b","message":"B"}\n');
    const prepared = (name: string) => (name === 'b' ? FAILING(name) : preparedOf(name));
    const { pushes, code } = await added({ options: { batch: 'batch.jsonl' }, prepared });
    expect([pushes, code]).toEqual([[], 1]);
  });
});
