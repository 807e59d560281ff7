// resource.yaml: what a definition means, and every way in which one is wrong, told with its place and what was meant.
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/core/resource.ts';
import { describeProblem, problemsFailure } from '../../src/definition/problem.ts';
import { parseResourceFile } from '../../src/definition/resource-file.ts';
import { smallVocabulary } from '../support/definition-vocabulary.ts';

const parse = (text: string | Uint8Array) =>
  parseResourceFile({
    file: 'resource.yaml',
    name: 'core-beta',
    vocabulary: smallVocabulary,
    bytes: typeof text === 'string' ? Buffer.from(text) : text,
  });

async function read(text: string): Promise<Definition> {
  const parsed = await parse(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  return parsed.value;
}

async function problems(text: string | Uint8Array): Promise<string[]> {
  const parsed = await parse(text);
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}

const STEPS = 'extract:\n  - http: https://example.com/\n  - json: $.a\n';

const EVERYTHING = `message: a
every: 5m
run:
  target:
    repository: https://example.com/snapd.git
    ref: "v\${value}"
    depth: 1
    filter: blob:none
    sparse: [tests, spread.yaml]
    submodules: true
    lfs: false
  env: { CHANNEL: beta, TOKEN: "\${secret:TOKEN}" }
  public_variables: TICKET
  overlay: beta
  patches: [a.patch, b.patch]
  actions: prepare.sh
  files: { sa.json: { secret: ACCOUNT, mode: "0440" }, key: { secret: KEY } }
  concurrency: 2
  concurrency_groups: machines
  queue_limit: 3
  queue_strategy: replace
  start_delay: 10s
  start_within: 1m
  retention_period: 1d
  retention_count: 20
  timeout: 2h
  parallel: 4
  continue_running_tasks_after_failure: true
  remove_workspace: on-success
  retries_when_lost: 0
  sandbox: bubblewrap
  jenkins: true
  tasks:
    suite: { script: "spread -v google:", allow_failure: true, env: { A: "1" }, timeout: 1h, retries: 1 }
    report: { script: [./report], depends_on: [suite, suite], when: always }
  on_error: { script: [./tell], env: { B: "2" } }
`;

describe('a definition', () => {
  it('is completely decided: what it leaves out has its default', async () => {
    const { fingerprint, ...definition } = await read(`message: New core\n${STEPS}`);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(definition).toEqual({
      message: 'New core',
      aliases: [],
      tags: [],
      manual: false,
      timing: { kind: 'interval' },
      timezone: null,
      extraction: {
        kind: 'steps',
        steps: [
          { kind: 'http', options: { http: 'https://example.com/' } },
          { kind: 'json', options: { json: '$.a', pick: 'only' } },
        ],
      },
      accept: null,
      confirm: 1,
      confirmAfter: 30_000,
      valueLimit: 200,
      digest: false,
      run: null,
    });
  });

  it('may say everything', async () => {
    const definition = await read(`
message: "New core in beta "
aliases: [New OS in beta]
tags: snaps
manual: true
schedule: H/5 * * * *
timezone: Europe/London
accept: ^\\d+$
confirm: 2
confirm_after: 1m30s
digest: true
value_limit: 80
extract:
  - http: https://example.com/
    headers: { Authorization: "Bearer \${secret:TOKEN}" }
    as: page
  - json: $.a
    from: page
`);
    expect(definition).toMatchObject({
      message: 'New core in beta ',
      aliases: ['New OS in beta'],
      tags: ['snaps'],
      manual: true,
      timing: { kind: 'cron', expression: 'H/5 * * * *', timezone: 'Europe/London' },
      timezone: 'Europe/London',
      accept: '^\\d+$',
      confirm: 2,
      confirmAfter: 90_000,
      digest: true,
      valueLimit: 80,
      extraction: {
        steps: [
          { kind: 'http', as: 'page' },
          { kind: 'json', from: 'page' },
        ],
      },
    });
  });

  it('without extract steps has the scheduled instant as its value', async () => {
    expect(await read('message: Nightly\nevery: 1d\n')).toMatchObject({
      extraction: { kind: 'instant' },
      timing: { kind: 'every', milliseconds: 86_400_000 },
    });
    expect(await problems('message: Nightly\n')).toEqual([
      'resource.yaml:1:1: neither extract nor schedule: say how the value is got, or when it is due',
    ]);
  });

  it('takes its defaults from the agent where the agent has them', async () => {
    const vocabulary = { ...smallVocabulary, defaults: { confirmAfter: 1, valueLimit: 2 } };
    const bytes = Buffer.from('message: a\nevery: 5m\n');
    const parsed = await parseResourceFile({ file: 'resource.yaml', name: 'x', vocabulary, bytes });
    expect(parsed).toMatchObject({ ok: true, value: { confirmAfter: 1, valueLimit: 2 } });
  });
});

describe('the fingerprint', () => {
  it('is that of the steps as written: order of keys and everything else do not count', async () => {
    const one = await read('message: a\nextract:\n  - {http: u, headers: {A: b, C: d}}\n');
    const two = await read('message: b\nevery: 5m\nextract:\n  - headers: {C: d, A: b}\n    http: u\n');
    expect(one.fingerprint).toBe(two.fingerprint);
  });

  it('changes with the steps, not with defaults that are written out', async () => {
    const prints = await Promise.all(
      ['- json: $.a', '- json: $.b', '- {json: $.a, pick: first}'].map(
        async (step) => (await read(`message: a\nextract:\n  - http: u\n  ${step}\n`)).fingerprint,
      ),
    );
    expect(new Set(prints).size).toBe(3);
  });
});

describe('the run part', () => {
  it('is completely decided: what it leaves out has its default', async () => {
    const { run } = await read('message: a\nevery: 5m\nrun: {}\n');
    expect(run).toEqual({
      target: null,
      env: {},
      publicVariables: [],
      overlay: null,
      patches: [],
      actions: [],
      files: {},
      queue: {
        concurrency: 1,
        groups: [],
        limit: null,
        strategy: 'append',
        partitionLimit: null,
        startDelay: 0,
        startWithin: null,
      },
      retention: { period: null, count: null },
      timeout: null,
      parallel: null,
      continueAfterFailure: false,
      removeWorkspace: 'always',
      retriesWhenLost: 1,
      sandbox: null,
      jenkins: false,
      tasks: [],
      onError: null,
    });
  });

  it('may say everything', async () => {
    const { run } = await read(EVERYTHING);
    expect(run).toEqual({
      target: {
        repository: 'https://example.com/snapd.git',
        ref: 'v${value}',
        depth: 1,
        filter: 'blob:none',
        sparse: ['tests', 'spread.yaml'],
        submodules: true,
        lfs: false,
      },
      env: { CHANNEL: 'beta', TOKEN: '${secret:TOKEN}' },
      publicVariables: ['TICKET'],
      overlay: 'beta',
      patches: ['a.patch', 'b.patch'],
      actions: ['prepare.sh'],
      files: { 'sa.json': { secret: 'ACCOUNT', mode: 0o440 }, key: { secret: 'KEY', mode: 0o400 } },
      queue: {
        concurrency: 2,
        groups: ['machines'],
        limit: 3,
        strategy: 'replace',
        partitionLimit: null,
        startDelay: 10_000,
        startWithin: 60_000,
      },
      retention: { period: 86_400_000, count: 20 },
      timeout: 7_200_000,
      parallel: 4,
      continueAfterFailure: true,
      removeWorkspace: 'on-success',
      retriesWhenLost: 0,
      sandbox: 'bubblewrap',
      jenkins: true,
      tasks: [
        {
          name: 'suite',
          script: ['spread -v google:'],
          dependsOn: [],
          allowFailure: true,
          env: { A: '1' },
          timeout: 3_600_000,
          retries: 1,
          when: 'success',
        },
        {
          name: 'report',
          script: ['./report'],
          dependsOn: ['suite'],
          allowFailure: false,
          env: {},
          timeout: null,
          retries: 0,
          when: 'always',
        },
      ],
      onError: { script: ['./tell'], env: { B: '2' } },
    });
  });

  it('comes back from JSON as it was', async () => {
    const { run } = await read(EVERYTHING);
    expect(JSON.parse(JSON.stringify(run))).toEqual(run);
  });

  it('does not change how values are told apart', async () => {
    const without = await read(`message: a\n${STEPS}`);
    const run = 'run: {timeout: 1h, tasks: {a: {script: x}}}\n';
    expect((await read(`message: a\n${STEPS}${run}`)).fingerprint).toBe(without.fingerprint);
    expect(without.run).toBeNull();
  });

  it('replaces the one run that waits where it says replace and no limit', async () => {
    const { run } = await read('message: a\nevery: 5m\nrun: {queue_strategy: replace}\n');
    expect(run?.queue.limit).toBe(1);
    const partitioned = 'run: {queue_strategy: partitioned_replace, queue_partition_limit: 2}\n';
    expect((await read(`message: a\nevery: 5m\n${partitioned}`)).run?.queue).toMatchObject({
      limit: null,
      partitionLimit: 2,
    });
  });

  it.each([
    ['a circle', 'tasks: {a: {depends_on: b}, b: {depends_on: [c]}, c: {depends_on: a}, d: {}}', 'a -> b -> c -> a'],
    ['a task that waits for itself', 'tasks: {a: {depends_on: a}}', 'a -> a'],
    ['a missing task', 'tasks: {a: {depends_on: b}}', 'depends on a task that does not exist: b'],
    ['a mistyped task', 'tasks: {build: {}, b: {depends_on: biuld}}', 'not exist: biuld; did you mean build?'],
    ['a line with a colon', 'tasks: {a: {script: [echo a: b]}}', 'expected text (put it in quotes), got a map'],
    ['a task named like an inherited property', 'tasks: {a: {depends_on: toString}}', 'does not exist: toString'],
    ['a variable that is refused', 'env: {LD_PRELOAD: x}', 'a variable that a definition may not set'],
    ['a number in the environment', 'env: {VERSION: 1.10}', 'expected text (put it in quotes), got 1.1'],
    ['the value outside the ref', 'env: {A: "x${value}"}', 'scripts read it from SC_VALUE'],
    ['an option for a repository', 'target: {repository: --upload-pack=x}', 'not a repository URL'],
    ['a scheme of no repository', 'target: {repository: "ext::sh -c x"}', 'not a repository URL'],
    ['an option for a ref', 'target: {repository: "https://example.com/a", ref: -x}', 'not a ref'],
    ['a file outside', 'files: {../../etc/passwd: {secret: A}}', 'not a path below the definition'],
    ['an absolute overlay', 'overlay: /etc', 'not a path below the definition'],
    ['partitions without a limit', 'queue_strategy: partitioned_replace', 'needs a queue_partition_limit'],
    [
      'partitions with a queue limit',
      'queue_strategy: partitioned_replace\n  queue_partition_limit: 1\n  queue_limit: 2',
      'no queue_limit',
    ],
    ['a partition limit alone', 'queue_partition_limit: 1', 'only partitioned_replace has it'],
    ['a delay without a queue', 'queue_limit: 0\n  start_delay: 5s', 'which queue_limit 0 forbids'],
    ['a longest wait without a wait', 'start_within: 5s', 'without start_delay nothing waits: add start_delay'],
    ['a longest wait below the wait', 'start_delay: 6s\n  start_within: 5s', 'shorter than start_delay'],
    ['another placeholder in a ref', 'target: {repository: "https://example.com/a", ref: "${vale}"}', 'only ${value}'],
    ['another filter', 'target: {repository: "https://example.com/a", filter: "tree:0"}', 'expected blob:none'],
    ['sparse paths outside', 'target: {repository: "https://example.com/a", sparse: ../a}', 'not a path below'],
    ['a variable of the shell', 'env: {SHELLOPTS: x}', 'run.env.SHELLOPTS: a variable that a definition may not set'],
    ['a variable of every object', 'env: {__proto__: x}', 'a key that cannot be used: take another name'],
    ['a NUL in a script', 'tasks: {a: {script: "a\\0b"}}', 'a shell line cannot hold a NUL character'],
    ['a missing task of a task', 'tasks: {a: {depends_on: b}}', 'run.tasks.a.depends_on: depends on a task that'],
    ['a circle of a task', 'tasks: {b: {}, a: {depends_on: a}}', 'run.tasks.a.depends_on: tasks wait for each other'],
    ['a task named like an option', 'tasks: {-x: {}}', 'run.tasks.-x: the name of a task begins with a dash'],
    ['a task with a slash', 'tasks: {a/b: {}}', 'run.tasks.a/b: the name of a task holds a slash'],
    ['a task .', 'tasks: {.: {}}', 'the name of a task has a meaning of its own in paths'],
    ['a task ..', 'tasks: {..: {}}', 'the name of a task has a meaning of its own in paths'],
    ['a task with a control character', 'tasks: {"a\\eb": {}}', 'the name of a task holds a control character'],
    ['a task without a name', 'tasks: {"": {}}', 'a task needs a name'],
    ['a task with a blank', 'tasks: {a b: {}}', 'run.tasks.a b: not a name for a task'],
    ['a task with a long name', `tasks: {${'a'.repeat(101)}: {}}`, 'longer than 100 characters'],
    ['a task prepare', 'tasks: {prepare: {}}', 'run.tasks.prepare: the name is taken'],
    ['a task on_error', 'tasks: {on_error: {}}', 'run.tasks.on_error: the name is taken'],
    ['a task of every object', 'tasks: {__proto__: {}}', 'a key that cannot be used: take another name'],
  ])('with %s is refused', async (_, run, message) => {
    expect((await problems(`message: a\nevery: 5m\nrun:\n  ${run}\n`)).join('\n')).toContain(message);
  });

  it('with 500 tasks that wait for one another is read', async () => {
    const tasks = Array.from({ length: 500 }, (_, index) => {
      const before = Array.from({ length: Math.min(index, 20) }, (_none, back) => `t${index - back - 1}`);
      return `    t${index}: {script: "true", depends_on: [${before.join(', ')}]}`;
    });
    const { run } = await read(`message: a\nevery: 5m\nrun:\n  tasks:\n${tasks.join('\n')}\n`);
    expect(run?.tasks.map(({ name }) => name)).toEqual(tasks.map((_, index) => `t${index}`));
  });

  it('with a long chain of tasks is read without a deep stack', async () => {
    const tasks = Array.from({ length: 20_000 }, (_, index) => `    t${index}: {depends_on: t${index + 1}}`);
    expect(await problems(`message: a\nevery: 5m\nrun:\n  tasks:\n${tasks.join('\n')}\n    t20000: {}\n`)).toEqual([]);
  });
});

describe('told with its place is', () => {
  it.each([
    ['a missing message', `${STEPS}`, ['resource.yaml:1:1: message: a key is missing: expected text']],
    [
      'an unknown key',
      `mesage: a\nmessage: a\n${STEPS}`,
      ['resource.yaml:1:1: mesage: unknown key; did you mean message?'],
    ],
    [
      'an unknown key inside',
      `message: a\nevery: 5m\nrun:\n  tasks:\n    a: {scrpt: x}\n`,
      ['resource.yaml:5:9: run.tasks.a.scrpt: unknown key; did you mean script?'],
    ],
    [
      'a wrong type',
      `message: 3\n${STEPS}`,
      ['resource.yaml:1:10: message: the wrong type: expected text (put it in quotes), got 3'],
    ],
    [
      'a list for a text',
      `message: [a]\n${STEPS}`,
      ['resource.yaml:1:10: message: the wrong type: expected text, got a list'],
    ],
    [
      'one of two types',
      `message: a\ntags: 3\n${STEPS}`,
      ['resource.yaml:2:7: tags: the wrong type: expected text or a list, got 3'],
    ],
    [
      'a wrong type in a list',
      `message: a\ntags: [x, 3]\n${STEPS}`,
      ['resource.yaml:2:11: tags[1]: the wrong type: expected text (put it in quotes), got 3'],
    ],
    [
      'a bad duration',
      'message: a\nevery: 5 minutes\n',
      ['resource.yaml:2:8: every: not a duration: write it like 90s, 5m, 1h30m or 2d: got "5 minutes"'],
    ],
    [
      'too short a duration',
      'message: a\nevery: 10ms\n',
      ['resource.yaml:2:8: every: too short a duration: at least 1000 ms: got "10ms"'],
    ],
    [
      'a number out of range',
      `message: a\nconfirm: 0\n${STEPS}`,
      ['resource.yaml:2:10: confirm: too little: expected at least 1, got 0'],
    ],
    [
      'an empty message',
      `message: " "\n${STEPS}`,
      ['resource.yaml:1:10: message: the message is empty: say what a change means'],
    ],
    [
      'a message with a line break',
      `message: "a\\nb"\n${STEPS}`,
      ['resource.yaml:1:10: message: the message holds a line break or control character: keep it on one line'],
    ],
    [
      'a message that CI would skip',
      `message: New [skip ci]\n${STEPS}`,
      [
        'resource.yaml:1:10: message: the message holds a directive that makes CI skip the commit: remove it (message New [skip ci])',
      ],
    ],
    [
      'an alias that CI would skip',
      `message: a\naliases:\n  - b\n  - "x ***NO_CI***"\n${STEPS}`,
      [
        'resource.yaml:4:5: aliases[1]: the message holds a directive that makes CI skip the commit: remove it (message x ***NO_CI***)',
      ],
    ],
    [
      'a schedule and a period',
      `message: a\nschedule: x\nevery: 5m\n${STEPS}`,
      ['resource.yaml:3:8: every: schedule and every: keep one'],
    ],
    [
      'a bad schedule',
      `message: a\nschedule: wrong\n${STEPS}`,
      ['resource.yaml:2:11: schedule: this is wrong: got "wrong"'],
    ],
    [
      'a bad time zone',
      `message: a\ntimezone: wrong\n${STEPS}`,
      ['resource.yaml:2:11: timezone: this is wrong: got "wrong"'],
    ],
    ['a bad pattern', `message: a\naccept: wrong\n${STEPS}`, ['resource.yaml:2:9: accept: this is wrong: got "wrong"']],
    [
      'what is not built yet',
      `message: a\nnotify: x\n${STEPS}`,
      ['resource.yaml:2:1: notify: not built yet: remove it'],
    ],
    ['a merge key', `message: a\n<<: {every: 5m}\n${STEPS}`, ['resource.yaml:2:1: <<: unknown key']],
    [
      'a key that JavaScript knows',
      `message: a\ntoString: {every: 5m}\nconstructor: x\n${STEPS}`,
      ['resource.yaml:2:1: toString: unknown key', 'resource.yaml:3:1: constructor: unknown key'],
    ],
    [
      'a key that data would lose',
      `message: a\n__proto__: {every: 5m}\n${STEPS}`,
      ['resource.yaml:2:1: a key that cannot be used: take another name: got __proto__'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await problems(text)).toEqual(expected);
  });

  it.each([
    [
      'an unknown kind',
      '- htp: u',
      [
        'resource.yaml:3:5: extract[0].htp: unknown kind of step: expected http, shell, json, regex, got htp; did you mean http?',
      ],
    ],
    [
      'no kind',
      '- as: x',
      ['resource.yaml:3:5: extract[0]: a step without its kind: expected http, shell, json, regex'],
    ],
    [
      'a filter first',
      '- json: $.a',
      ['resource.yaml:3:5: extract[0].json: the first step must be a source: got json'],
    ],
    [
      'a source later',
      '- http: u\n  - shell: x',
      ['resource.yaml:4:5: extract[1].shell: only the first step can be a source: got shell'],
    ],
    [
      'two kinds',
      '- http: u\n    json: $.a',
      ['resource.yaml:4:5: extract[0].json: two kinds in one step: write them as two steps: got http and json'],
    ],
    [
      'an unknown option',
      '- http: u\n    header: {}',
      ['resource.yaml:4:5: extract[0].header: unknown key; did you mean headers?'],
    ],
    [
      'an unknown word',
      '- http: u\n  - json: $.a\n    pick: lst',
      [
        'resource.yaml:5:11: extract[1].pick: not one of the known words: expected only, first, last, got "lst"; did you mean last?',
      ],
    ],
    [
      'an invalid expression',
      '- http: u\n  - regex: wrong',
      ['resource.yaml:4:12: extract[1].regex: this is wrong: got "wrong"'],
    ],
    [
      'an expression that a library refuses',
      '- http: u\n  - json: wrong',
      ['resource.yaml:4:11: extract[1].json: this is wrong: got "wrong"'],
    ],
    [
      'an output that nobody kept',
      '- http: u\n    as: page\n  - json: $.a\n    from: pge',
      [
        'resource.yaml:6:5: extract[1].from: no earlier step keeps its output under this name: got "pge"; did you mean page?',
      ],
    ],
    [
      'an output from later',
      '- http: u\n  - json: $.a\n    from: b\n  - json: $.b\n    as: b',
      ['resource.yaml:5:5: extract[1].from: no earlier step keeps its output under this name: got "b"'],
    ],
    [
      'two outputs of one name',
      '- http: u\n    as: a\n  - json: $.a\n    as: a',
      ['resource.yaml:6:5: extract[1].as: the name is taken by an earlier step: got a'],
    ],
    ['a step that is no map', '- http', ['resource.yaml:3:5: extract[0]: the wrong type: expected a map, got "http"']],
  ])('a step with %s', async (_, steps, expected) => {
    expect(await problems(`message: a\nextract:\n  ${steps}\n`)).toEqual(expected);
  });

  it('everything at once, and all of it in one failure', async () => {
    const parsed = await parse('mesage: a\nevery: 5\nextract:\n  - http: u\n  - jsn: $.a\n');
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    const failure = problemsFailure(parsed.problems);
    expect(failure.reason).toBe('definition');
    expect(failure.details).toMatchObject({ file: 'resource.yaml', line: 1, column: 1, path: 'message' });
    expect(failure.details.others).toMatch(
      /mesage: unknown key; did you mean message\? \| .*every.* \| .*extract\[1\]\.jsn/,
    );
    expect(parsed.problems).toHaveLength(4);
  });
});

describe('a file that is no definition', () => {
  it.each([
    ['empty', '', 'resource.yaml: the file is empty'],
    ['only blank', ' \n\n', 'resource.yaml: the file is empty'],
    ['only comments', '# hello\n', 'resource.yaml: the file says nothing but comments'],
    ['a list', '- a\n', 'resource.yaml:1:1: the wrong type: expected a map, got a list'],
    ['a text', 'hello\n', 'resource.yaml:1:1: the wrong type: expected a map, got "hello"'],
    [
      'binary',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]),
      'resource.yaml: the file is binary: expected text in UTF-8',
    ],
    [
      'not UTF-8',
      Buffer.from('message: gr\xfc\xdfe\n', 'latin1'),
      'resource.yaml: the file is not valid UTF-8: expected text in UTF-8',
    ],
    [
      '10 MB',
      Buffer.alloc(10_000_000, 'a'),
      'resource.yaml: the file is too large: expected at most 1000000 bytes, got 10000000 bytes',
    ],
    [
      'two documents',
      'message: a\n---\nmessage: b\n',
      'resource.yaml:2:1: several YAML documents in one file: expected one',
    ],
    ['nested without end', '['.repeat(400_000), 'resource.yaml: the file is nested too deeply'],
    [
      'a bomb of anchors',
      'a: &a [1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n',
      'resource.yaml: an anchor is repeated too often: expected at most 100 repetitions',
    ],
    [
      'an alias of nothing',
      'message: *nothing\n',
      expect.stringContaining('resource.yaml: an alias without its anchor'),
    ],
    ['a key twice', 'message: a\nmessage: b\n', 'resource.yaml:2:1: a key is there twice: got message'],
    [
      'an unclosed bracket',
      'message: [a\n',
      expect.stringMatching(/^resource\.yaml:2:1: not valid YAML: got Flow sequence/),
    ],
    ['a tab', 'run:\n\tenv: {}\n', expect.stringMatching(/^resource\.yaml:2:1: not valid YAML: got Tabs/)],
    ['a tag', 'message: !!js/function x\n', expect.stringMatching(/^resource\.yaml:1:\d+: .*tag/i)],
    [
      'a binary tag',
      'message: !!binary aGk=\n',
      'resource.yaml:1:19: YAML tags are not allowed: got tag:yaml.org,2002:binary',
    ],
  ])('%s', async (_, text, expected) => {
    expect((await problems(text))[0]).toEqual(expected);
  });

  it('aliases within reason are fine', async () => {
    expect(await problems('message: a\nevery: 5m\nrun:\n  tasks: {a: &t {script: x}, b: *t}\n')).toEqual([]);
  });

  it('a problem behind an alias is told where the anchor stands', async () => {
    expect(await problems('message: a\nevery: 5m\nrun:\n  tasks: {a: &t {scrpt: x}, b: *t}\n')).toEqual([
      'resource.yaml:4:18: run.tasks.a.scrpt: unknown key; did you mean script?',
      'resource.yaml:4:18: run.tasks.b.scrpt: unknown key; did you mean script?',
    ]);
  });
});
