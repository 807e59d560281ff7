// A definition together with spread-cron.yaml: which file counts, what is laid over what, and who is hurt by a mistake.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchNameProblem } from '../../src/core/branch-name.ts';
import { describeFailure } from '../../src/core/failure.ts';
import type { Definition } from '../../src/core/resource.ts';
import { type DirectoryEntry, findDefinition } from '../../src/definition/find-definition.ts';
import { describeProblem } from '../../src/definition/problem.ts';
import { readDefinition, type WrittenDefinition } from '../../src/definition/read-definition.ts';
import { NO_CONFIG, parseRepositoryConfig, type RepositoryConfig } from '../../src/definition/repository-config.ts';
import { smallVocabulary } from '../support/definition-vocabulary.ts';

const configure = (text: string) => parseRepositoryConfig(Buffer.from(text));
const resourceFile = (text: string): WrittenDefinition => ({
  kind: 'file',
  file: 'resource.yaml',
  path: 'resource.yaml',
  bytes: Buffer.from(text),
});
const optionsFile = (text: string): WrittenDefinition => ({
  kind: 'file',
  file: 'options',
  path: 'branches/core-beta/options',
  bytes: Buffer.from(text),
});
const CLASSIC = 'pattern_extractor="echo 1"\nmessage="New core"\n';

function readAll(written: WrittenDefinition, config: RepositoryConfig = NO_CONFIG, name = 'core-beta') {
  return readDefinition({ name, written, config, vocabulary: smallVocabulary });
}

async function read(written: WrittenDefinition, config?: RepositoryConfig, name?: string): Promise<Definition> {
  const result = await readAll(written, config, name);
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join('\n'));
  return result.definition;
}

async function problems(written: WrittenDefinition, config?: RepositoryConfig, name?: string): Promise<string[]> {
  const result = await readAll(written, config, name);
  return result.ok ? [] : result.problems.map(describeProblem);
}

it.each([
  ['trigger: push', { kind: 'push' }],
  ['trigger: dispatch', { kind: 'dispatch', workflow: 'changes.yml', event: 'spread-cron' }],
  ['trigger: dispatch\ndispatch: {workflow: ci.yaml}', { kind: 'dispatch', workflow: 'ci.yaml', event: 'spread-cron' }],
  ['trigger: dispatch\ndispatch: {event: new-value}', { kind: 'dispatch', workflow: null, event: 'new-value' }],
])('spread-cron.yaml says what makes CI carry out a change: %s', async (text, trigger) => {
  expect((await parseRepositoryConfig(Buffer.from(text))).trigger).toEqual(trigger);
});

describe('settings for many', () => {
  it('win in the order default, match, definition; maps are merged, lists replaced', async () => {
    const config = await configure(`
defaults:
  every: 10m
  tags: [all]
  run: { env: { A: default, B: default }, timeout: 1h }
match:
  - name: core-*
    set: { run: { env: { B: match } }, confirm: 2 }
  - name: [other, "core-{beta,edge}"]
    set: { run: { env: { C: later } }, confirm: 3 }
  - name: snapd
    set: { confirm: 9 }
`);
    const own = 'message: a\ntags: [own]\nrun: {env: {C: own}}\n';
    expect(await read(resourceFile(own), config)).toMatchObject({
      timing: { kind: 'every', milliseconds: 600_000 },
      tags: ['own'],
      confirm: 3,
      run: { env: { A: 'default', B: 'match', C: 'own' }, timeout: 3_600_000 },
    });
  });

  it('by tag look at the tags that the resource has so far', async () => {
    const config = await configure(`
defaults: { tags: [plain] }
match:
  - { name: core-beta, set: { tags: [snap, slow] } }
  - { tag: [nightly, slow], set: { every: 1d } }
  - { tag: plain, set: { every: 5m } }
  - { name: "core-*", tag: snap, set: { confirm: 2 } }
`);
    expect(await read(optionsFile(CLASSIC), config)).toMatchObject({
      tags: ['snap', 'slow'],
      timing: { milliseconds: 86_400_000 },
      confirm: 2,
    });
    expect(await read(optionsFile(CLASSIC), config, 'snapd')).toMatchObject({
      timing: { milliseconds: 300_000 },
      confirm: 1,
    });
    expect(await read(resourceFile('message: a\nmanual: true\nevery: 1h\ntags: nightly\n'), config)).toMatchObject({
      tags: ['nightly'],
      timing: { milliseconds: 3_600_000 },
    });
  });

  it('give classic definitions what a shell file cannot say', async () => {
    const config = await configure(`
match:
  - name: core-beta
    set:
      schedule: "@daily"
      timezone: Europe/London
      aliases: [Old message]
      run: { target: { repository: https://example.com/snapd.git }, files: { sa.json: { secret: KEY } } }
`);
    expect(await read(optionsFile(CLASSIC), config)).toMatchObject({
      message: 'New core',
      aliases: ['Old message'],
      extraction: { kind: 'classic', file: 'options', text: CLASSIC },
      timing: { kind: 'cron', expression: '@daily', timezone: 'Europe/London' },
      run: {
        target: { repository: 'https://example.com/snapd.git', ref: null },
        files: { 'sa.json': { secret: 'KEY', mode: 0o400 } },
        tasks: [],
      },
    });
  });

  it('may say that runs are claimed before they start, since several agents carry them out', async () => {
    expect([(await configure('agents: many\n')).agents, (await configure('agents: one\n')).agents]).toEqual([
      'many',
      'one',
    ]);
  });

  it('let a later schedule replace an earlier period, and the other way round', async () => {
    const config = await configure('defaults: { every: 5m }\nmatch: [{name: core-beta, set: {schedule: "@daily"}}]\n');
    expect((await read(optionsFile(CLASSIC), config)).timing.kind).toBe('cron');
    expect((await read(resourceFile('message: a\nevery: 1h\n'), config)).timing.kind).toBe('every');
  });

  it('do not make a manual resource polled', async () => {
    expect(await read(optionsFile('manual="true"\n'), await configure('defaults: {manual: false}\n'))).toMatchObject({
      manual: true,
      message: '',
    });
  });
});

describe('for_each', () => {
  const config = configure(`
branch_prefix: watch/
trigger: push
for_each:
  - list:
      - { name: core, channel: beta, times: 2 }
      - { name: snapd, channel: "edge: [x]\\n- y", times: 3 }
    name: \${item.name}-revision
    definition:
      message: New \${item.name} in \${item.channel}
      confirm: \${item.times}
      extract:
        - http: https://example.com/\${item.name}
          headers: { Authorization: "Bearer \${secret:TOKEN}" }
        - json: $.channels['\${item.channel}']
  - list: [20, 22]
    name: core\${item}
    definition: { message: "New core\${item}", every: 1h, tags: ["v\${item}"] }
`);

  it('makes one definition for each item, values as data', async () => {
    const { expanded, branchPrefix, trigger, problems: wrong } = await config;
    expect(wrong).toEqual([]);
    expect((await config).agents).toBe('one');
    expect({ branchPrefix, trigger }).toEqual({ branchPrefix: 'watch/', trigger: { kind: 'push' } });
    expect([...expanded.keys()]).toEqual(['core-revision', 'snapd-revision', 'core20', 'core22']);
    expect(await read({ kind: 'expanded' }, await config, 'core-revision')).toMatchObject({
      message: 'New core in beta',
      confirm: 2,
      extraction: { steps: [{ options: { headers: { Authorization: 'Bearer ${secret:TOKEN}' } } }, {}] },
    });
    expect(await read({ kind: 'expanded' }, await config, 'core22')).toMatchObject({
      message: 'New core22',
      tags: ['v22'],
    });
  });

  it('cannot be made to say something else by a value', async () => {
    expect(await problems({ kind: 'expanded' }, await config, 'snapd-revision')).toEqual([
      expect.stringMatching(/^spread-cron\.yaml:10:16: .*message: the message holds a line break/),
    ]);
  });

  it('fills in any value exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1 }).filter((text) => /^[^\p{C}\p{Z}[*]+$/u.test(text)),
        async (value) => {
          const text = JSON.stringify({
            for_each: [{ list: [{ v: value }], name: 'one', definition: { message: 'a ${item.v}', every: '5m' } }],
          });
          expect((await read({ kind: 'expanded' }, await configure(text), 'one')).message).toBe(`a ${value}`);
        },
      ),
    );
  });
});

describe('a mistake in spread-cron.yaml', () => {
  it.each([
    [
      'a slip of the pen',
      'defautls: {every: 5m}\n',
      'spread-cron.yaml:1:1: defautls: unknown key; did you mean defaults?',
    ],
    [
      'a setting that is none',
      'defaults: {evry: 5m}\n',
      'spread-cron.yaml:1:12: defaults.evry: unknown key; did you mean every?',
    ],
    ['a message for all', 'defaults: {message: a}\n', 'spread-cron.yaml:1:12: defaults.message: unknown key'],
    [
      'a match without a condition',
      'match: [{set: {}}]\n',
      'spread-cron.yaml:1:9: match[0]: matches nothing: say name, tag or both: got a map',
    ],
    [
      'a dispatch that is not the trigger',
      'dispatch: {workflow: ci.yml}\n',
      'spread-cron.yaml:1:11: dispatch: only with trigger: dispatch: got a map',
    ],
    [
      'a workflow that is a path',
      'trigger: dispatch\ndispatch: {workflow: .github/workflows/ci.yml}\n',
      'spread-cron.yaml:2:22: dispatch.workflow: not a workflow: write the name of its file, such as changes.yml: got ".github/workflows/ci.yml"',
    ],
    [
      'two ways to dispatch',
      'trigger: dispatch\ndispatch: {workflow: ci.yml, event: new-value}\n',
      'spread-cron.yaml:2:37: dispatch.event: not together with workflow: got "new-value"',
    ],
    [
      'a trigger that is none',
      'trigger: pull\n',
      'spread-cron.yaml:1:10: trigger: not one of the known words: expected push, dispatch, got "pull"; did you mean push?',
    ],
    [
      'a prefix that git refuses',
      'branch_prefix: "a b/"\n',
      'spread-cron.yaml:1:16: branch_prefix: the name holds a space: got a b/',
    ],
    ['what is not built yet', 'groups: {}\n', 'spread-cron.yaml:1:1: groups: not built yet: remove it'],
    [
      'a number of agents',
      'agents: 2\n',
      'spread-cron.yaml:1:9: agents: not one of the known words: expected one, many, got 2',
    ],
    [
      'a name that looks like an option',
      'for_each: [{list: [x], name: "-${item}", definition: {}}]\n',
      'spread-cron.yaml:1:30: for_each[0].name: the name begins with a dash: got "-x"',
    ],
    [
      'a name twice',
      'for_each: [{list: [x, x], name: "${item}", definition: {}}]\n',
      'spread-cron.yaml:1:33: for_each[0].name: two resources of one name: got "x"',
    ],
    [
      'a key that items lack',
      'for_each: [{list: [{nam: x}], name: "${item.name}", definition: {}}]\n',
      'spread-cron.yaml:1:37: for_each[0].name: the item has no such key: got name; did you mean nam?',
    ],
    ['no YAML', 'defaults: [\n', expect.stringMatching(/^spread-cron\.yaml:2:1: not valid YAML/)],
    ['no map', '- a\n', 'spread-cron.yaml:1:1: the wrong type: expected a map, got a list'],
  ])('that could concern everyone fails every resource: %s', async (_, text, expected) => {
    const config = await configure(text);
    expect(await problems(optionsFile(CLASSIC), config)).toEqual([expected]);
    expect(config.problems.map(describeProblem)).toEqual([expected]);
    const result = await readAll(optionsFile(CLASSIC), config);
    expect(result.ok ? '' : describeFailure(result.failure)).toContain('file spread-cron.yaml');
  });

  it('inside a match fails the resources that it matches, and no other', async () => {
    const config = await configure('match:\n  - name: core-*\n    set: {confrm: 2}\n');
    expect(await problems(optionsFile(CLASSIC), config)).toEqual([
      'spread-cron.yaml:3:11: match[0].set.confrm: unknown key; did you mean confirm?',
    ]);
    expect(await problems(optionsFile(CLASSIC), config, 'snapd')).toEqual([]);
    expect(config.problems).toHaveLength(1);
  });

  it('inside the definition of a for_each fails its resources, and no other', async () => {
    const config = await configure(
      'for_each:\n  - list: [a]\n    name: made\n    definition: {message: "${item.b}", every: 5m}\n',
    );
    expect(await problems({ kind: 'expanded' }, config, 'made')).toEqual([
      'spread-cron.yaml:4:27: for_each[0].definition.message: the item has no such key: got b',
    ]);
    expect(await problems(optionsFile(CLASSIC), config)).toEqual([]);
  });

  it('that only shows where settings and definition meet is told where it was written', async () => {
    const config = await configure('defaults:\n  accept: wrong\n');
    expect(await problems(resourceFile('message: a\nevery: 5m\nschedul: x\n'), config)).toEqual([
      'resource.yaml:3:1: schedul: unknown key; did you mean schedule?',
    ]);
    expect(await problems(resourceFile('message: a\nevery: 5m\n'), config)).toEqual([
      'spread-cron.yaml:2:11: defaults.accept: this is wrong: got "wrong"',
    ]);
  });

  it('an empty file says nothing', async () => {
    expect(await configure('')).toBe(NO_CONFIG);
  });
});

describe('a classic definition', () => {
  it('with a message that commits cannot carry is told with its place', async () => {
    expect(await problems(optionsFile('pattern_extractor=x\nmessage="a\nb"\n'))).toEqual([
      'branches/core-beta/options:2:1: message: the message holds a line break or control character: keep it on one line',
    ]);
    expect(await problems(optionsFile('pattern_extractor=x\nmessage="a [ci skip]"\n'))).toEqual([
      expect.stringMatching(/^branches\/core-beta\/options:2:1: message: the message holds a directive/),
    ]);
  });

  it('with the line ends of another system is refused rather than given a message with one', async () => {
    expect(await problems(optionsFile('pattern_extractor=x\r\nmessage=a\r\n'))).toHaveLength(1);
  });
});

describe('the definition that counts', () => {
  const entry = (path: string, mode = '100644'): DirectoryEntry => ({ path, mode, oid: `oid of ${path}` });
  const central = [entry('branches/a/options', '100755'), entry('branches/a/run-checks')];

  it('is at the root of the branch before that on the default branch', () => {
    expect(findDefinition({ branchRoot: [entry('resource.yaml')], central, expanded: true })).toEqual({
      kind: 'file',
      layout: 'branch',
      file: 'resource.yaml',
      path: 'resource.yaml',
      oid: 'oid of resource.yaml',
    });
    expect(findDefinition({ branchRoot: [entry('README.md')], central, expanded: false })).toMatchObject({
      kind: 'file',
      layout: 'central',
      file: 'options',
      path: 'branches/a/options',
    });
    expect(findDefinition({ branchRoot: [], central: [], expanded: true })).toMatchObject({ kind: 'expanded' });
  });

  it('is none where no file has its name', () => {
    const branchRoot = [entry('Options'), entry('trigger', '040000'), entry('resource.yml')];
    expect(findDefinition({ branchRoot, central: [], expanded: false })).toBeNull();
  });

  it('is a failure that names both where there are two', () => {
    const both = [entry('options'), entry('resource.yaml')];
    const found = findDefinition({ branchRoot: both, central, expanded: false });
    expect(found?.kind === 'broken' && describeFailure(found.failure)).toBe(
      'two definition files in one directory: remove one (files resource.yaml and options)',
    );
    const twice = findDefinition({ branchRoot: [], central, expanded: true });
    expect(twice?.kind === 'broken' && describeFailure(twice.failure)).toBe(
      'two definitions of one resource: remove one (files branches/a/options and spread-cron.yaml (for_each))',
    );
  });

  it('is not followed through a symbolic link', () => {
    const found = findDefinition({ branchRoot: [entry('options', '120000')], central: [], expanded: false });
    expect(found).toMatchObject({ kind: 'broken', failure: { reason: 'definition' } });
  });
});

describe('the name of a resource', () => {
  it.each(['core', 'core-beta', 'snaps/core/22', 'größe', '日本', 'a.b', 'v1_2+3', 'été'])('may be %s', (name) => {
    expect(branchNameProblem(name)).toBeNull();
  });

  it.each([
    '',
    'a b',
    'a\tb',
    '-x',
    '--upload-pack=x',
    'a..b',
    'a//b',
    '/a',
    'a/',
    '.a',
    'a/.b',
    'a.lock',
    'a.',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    '@',
    'a@{1}',
    'HEAD',
    'refs/heads/a',
    'a\u0000',
    'ä'.repeat(150),
  ])('may not be %j', async (name) => {
    expect(branchNameProblem(name)).not.toBeNull();
    expect(await problems(optionsFile(CLASSIC), NO_CONFIG, name)).toHaveLength(1);
  });
});
