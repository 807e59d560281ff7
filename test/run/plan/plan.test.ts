// The plan of a run: the classic run in all its shapes, what a target adds, and everything that cannot be run.
import { describe, expect, it } from 'vitest';
import { describeFailure, Failure } from '../../../src/core/failure.ts';
import type { RunDefinition } from '../../../src/core/run-definition.ts';
import { NO_RUN } from '../../../src/definition/decide-run.ts';
import { type PlanInput, planRun } from '../../../src/run/plan/plan.ts';
import { filesBeside, planInput, planOf, TARGET, taskNamed } from '../../support/run-plans.ts';
import { CHANGE } from '../../support/run-record.ts';

/** The plan of a definition without tasks. */
const classic = (paths: readonly string[], definition: Partial<RunDefinition> = {}, more: Partial<PlanInput> = {}) =>
  planOf({ tasks: [], ...definition }, { kind: 'classic', beside: filesBeside(...paths), ...more });

/** The failure as one line, after its reason. */
function failureOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return `${error.reason}: ${describeFailure(error)}`;
    throw error;
  }
  throw new Error('the work was expected to fail');
}

describe('the classic run', () => {
  const expected = {
    prepare: [],
    source: null,
    directory: 'definition',
    tasks: [{ name: 'run-checks', script: ['./run-checks'] }],
  };

  it.each([
    [
      'files on the branch, overlay and actions',
      ['run-checks', 'actions.sh', '-custom/env.sh', '-custom/tests/a.yaml'],
    ],
    ['a suite that clones by itself', ['run-checks']],
    ['a committed target beside it', ['run-checks', '-target/spread.yaml', 'target/run']],
    ['a library of the checkout', ['run-checks', '-custom/env.sh']],
    ['actions that nobody could start', ['run-checks', '-actions.sh']],
  ])('with %s is ./run-checks alone: it does all the rest itself', (_, paths) => {
    expect(classic(paths)).toMatchObject(expected);
  });

  it('is the same where nothing at all is written about runs, in a resource.yaml and a file too', () => {
    const beside = filesBeside('run-checks', 'actions.sh', '-custom/a');
    for (const kind of ['classic', 'steps', 'file'] as const)
      expect(planRun({ ...planInput({}), definition: null, kind, beside })).toMatchObject(expected);
  });

  it('may expect a secret as a file', () => {
    const files = { 'sa.json': { secret: 'ACCOUNT', mode: 0o400 } };
    expect(classic(['run-checks'], { files }).secretFiles).toEqual(files);
  });

  it('of a link is what the link leads to', () => {
    const beside = new Map([['run-checks', '120000']]);
    expect(classic([], {}, { beside })).toMatchObject(expected);
  });

  it('with a target clones it, lays over what is below custom, runs actions.sh and sources custom/env.sh', () => {
    const paths = ['run-checks', 'actions.sh', '-custom/env.sh', '-custom/tests/a.yaml'];
    expect(classic(paths, { target: TARGET })).toMatchObject({
      prepare: [
        { kind: 'clone', target: TARGET },
        { kind: 'overlay', directory: 'custom', except: ['env.sh'] },
        { kind: 'action', script: 'actions.sh' },
      ],
      source: 'custom/env.sh',
      directory: 'definition',
      tasks: [{ name: 'run-checks' }],
    });
  });

  it('with a target and nothing but env.sh below custom lays nothing over', () => {
    const plan = classic(['run-checks', '-custom/env.sh'], { target: TARGET });
    expect([plan.prepare.map(({ kind }) => kind), plan.source]).toEqual([['clone'], 'custom/env.sh']);
  });

  it('with a target may be actions.sh alone', () => {
    const plan = classic(['actions.sh'], { target: TARGET });
    expect([plan.prepare.map(({ kind }) => kind), plan.tasks]).toEqual([['clone', 'action'], []]);
  });

  it('of actions.sh alone, without a target, is told as not runnable', () => {
    expect(failureOf(() => classic(['actions.sh']))).toBe(
      'definition: actions without a target or run-checks run nothing: add run.target or run-checks (resource core-beta)',
    );
  });

  it('with a target has its secret files in the overlay, and none where the clone will be', () => {
    const withSecret = (path: string) =>
      classic(['run-checks'], { target: TARGET, files: { [path]: { secret: 'KEY', mode: 0o400 } } });
    expect(withSecret('custom/key').prepare).toMatchObject([
      { kind: 'clone' },
      { kind: 'overlay', directory: 'custom' },
    ]);
    expect(withSecret('key').prepare).toMatchObject([{ kind: 'clone' }]);
    expect(failureOf(() => withSecret('./target//key'))).toBe(
      'definition: a secret below target/ is in the way of the clone: put it below the overlay (path ./target//key)',
    );
  });

  it('without anything to run says what to add, and where', () => {
    const script = 'definition: nothing to run: add a script run-checks beside the definition, or run.tasks in';
    expect(failureOf(() => classic([]))).toBe(`${script} spread-cron.yaml (resource core-beta)`);
    expect(failureOf(() => classic([], { target: TARGET }))).toMatch(script);
    expect(failureOf(() => classic([], {}, { kind: 'steps' }))).toMatch(
      /add run\.tasks to the definition, or a script/,
    );
    expect(failureOf(() => classic([], {}, { kind: 'file' }))).toMatch(/add run\.tasks to the file, or a script/);
  });

  it.each([
    ['run-checks', ['-run-checks'], {}],
    ['actions.sh', ['run-checks', '-actions.sh'], { target: TARGET }],
    ['./a//b.sh', ['run-checks', '-a/b.sh'], { actions: ['./a//b.sh'] }],
  ])('says how %s becomes executable', (path, paths, definition) => {
    expect(failureOf(() => classic(paths, definition))).toBe(
      `definition: the script is not executable: git update-index --chmod=+x, then commit (path ${path})`,
    );
  });
});

describe('a definition with tasks', () => {
  const paths = ['-custom/env.sh', '-custom/a', '-beta/a', '-fix.patch', 'first.sh', 'actions.sh'];
  const plan = (definition: Partial<RunDefinition>) => planOf(definition, { beside: filesBeside(...paths) });

  it('without a target begins beside the definition, with nothing done before', () => {
    expect(plan({})).toMatchObject({ prepare: [], source: null, directory: 'definition' });
  });

  it('with a target begins there, after overlay, patches and actions', () => {
    expect(plan({ target: TARGET, patches: ['fix.patch'], actions: ['first.sh'] })).toMatchObject({
      prepare: [
        { kind: 'clone' },
        { kind: 'overlay', directory: 'custom', except: ['env.sh'] },
        { kind: 'patch', file: 'fix.patch' },
        { kind: 'action', script: 'first.sh' },
      ],
      source: 'custom/env.sh',
      directory: 'target',
    });
  });

  it('may lay another directory over, all of it', () => {
    expect(plan({ target: TARGET, overlay: './beta/' }).prepare[1]).toEqual({
      kind: 'overlay',
      directory: 'beta',
      except: [],
    });
  });

  it('without a target runs the actions that it names', () => {
    expect(plan({ actions: ['first.sh'] }).prepare).toEqual([{ kind: 'action', script: 'first.sh' }]);
  });

  it.each<[string, Partial<RunDefinition>, string]>([
    ['an overlay without a target', { overlay: 'beta' }, 'an overlay is laid over a target: add run.target'],
    ['patches without a target', { patches: ['fix.patch'] }, 'patches are applied to a target: add run.target'],
    ['an overlay that is not there', { target: TARGET, overlay: 'edge' }, 'the overlay is not there'],
    ['the whole directory as overlay', { target: TARGET, overlay: '.' }, 'would hold the definition itself'],
    ['a patch that is not there', { target: TARGET, patches: ['x'] }, 'not beside the definition: add it (path x)'],
    ['an action that is not there', { actions: ['x'] }, 'not beside the definition: add it (path x)'],
  ])('with %s is refused', (_, definition, message) => {
    const failure = failureOf(() => plan(definition));
    expect(failure).toMatch(/^definition: /);
    expect(failure).toContain(message);
  });

  it('has its tasks in order, and what it leaves out from the agent', () => {
    const tasks = [taskNamed('report', { dependsOn: ['suite'] }), taskNamed('suite')];
    const decided = planOf({ tasks }, { defaults: { timeout: 5, grace: 6, sandbox: 'bubblewrap' } });
    expect(decided.tasks.map(({ name }) => name)).toEqual(['suite', 'report']);
    expect(decided).toMatchObject({ timeout: 5, grace: 6, sandbox: 'bubblewrap' });
    expect(
      planOf({ timeout: 7, sandbox: 'none' }, { defaults: { timeout: 5, grace: 6, sandbox: 'bubblewrap' } }),
    ).toMatchObject({ timeout: 7, grace: 6, sandbox: 'none' });
  });

  it('is plain data', () => {
    const made = plan({ target: TARGET, patches: ['fix.patch'], timeout: 1000 });
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });
});

describe('the ref of the target', () => {
  const refOf = (ref: string | null, value: string | null) => {
    const change = value === null ? null : { ...CHANGE, value };
    const [clone] = planOf({ target: { ...TARGET, ref } }, { change }).prepare;
    return clone?.kind === 'clone' ? clone.target.ref : undefined;
  };

  it.each([
    [null, '1', null],
    ['HEAD', '1', 'HEAD'],
    ['v${value}', '1.2', 'v1.2'],
    ['${value}', '0'.repeat(40), '0'.repeat(40)],
    ['${value}', 'a'.repeat(64), 'a'.repeat(64)],
    ['refs/tags/${value}', '2.61+git', 'refs/tags/2.61+git'],
    ['${value}', '$&', '$&'],
    ['main', null, 'main'],
  ])('%s with the value %s is %s', (ref, value, expected) => {
    expect(refOf(ref, value)).toBe(expected);
  });

  it.each([
    '--upload-pack=x',
    'a b',
    'a..b',
    '',
    'a~1',
    'a:b',
    'x.lock',
    '@{-1}',
    'a\\b',
    '/a',
    'a\u001b[m',
    'a'.repeat(201),
  ])('that is the value %j is refused', (value) => {
    expect(failureOf(() => refOf('${value}', value))).toMatch(/^refused: the ref of the target is none that git takes/);
  });

  it('needs a change where it needs the value', () => {
    expect(failureOf(() => refOf('v${value}', null))).toBe(
      'usage: the ref of the target needs a value, and the run has no change: name one (ref v${value})',
    );
  });
});

describe('run variables', () => {
  it('are part of the plan, beside what the program says', () => {
    const plan = planOf({ env: { A: '${secret:A}' } }, { variables: { B: '${secret:B}' } });
    expect(plan).toMatchObject({
      env: { A: '${secret:A}' },
      variables: { B: '${secret:B}' },
      automatic: { SC_VALUE: '1235', SC_PREVIOUS_VALUE: '1234', CI: 'true', GITHUB_REF: 'refs/heads/core-beta' },
    });
  });

  it.each(['PATH', 'HOME', 'LD_PRELOAD', 'GIT_DIR', 'BASH_ENV', 'ENV', 'IFS', 'SC_VALUE', 'BASH_FUNC_x', 'PS4'])(
    'named %s are refused',
    (name) => {
      expect(failureOf(() => planOf({}, { variables: { [name]: 'x' } }))).toMatch(
        /^usage: a variable that a run may not set: PATH, HOME, /,
      );
    },
  );

  it.each(['', '1A', 'a-b', 'a=b', 'a b'])('named %j are refused', (name) => {
    expect(failureOf(() => planOf({}, { variables: { [name]: 'x' } }))).toMatch(/^usage: not the name of a variable/);
  });

  it('cannot hold a NUL character', () => {
    expect(failureOf(() => planOf({}, { variables: { A: 'x\0y' } }))).toMatch(/^usage: a variable cannot hold a NUL/);
  });

  it('may have names that only look like refused ones', () => {
    expect(planOf({}, { variables: { PATHS: '1', LD: '2', SCALE: '3', path: '4' } }).variables).toEqual({
      PATHS: '1',
      LD: '2',
      SCALE: '3',
      path: '4',
    });
  });
});

it('a run of a resource without a change knows the branch', () => {
  const { automatic } = planOf({}, { change: null, branch: 'core-beta', reason: 'request' });
  expect(automatic).toMatchObject({ SC_BRANCH: 'core-beta', GITHUB_REF: 'refs/heads/core-beta' });
  expect(automatic.SC_VALUE).toBeUndefined();
});

it('a run without a change knows no value', () => {
  expect(planOf({}, { change: null, kind: 'file', reason: 'request' }).automatic).toEqual({
    CI: 'true',
    SPREAD_CRON: 'true',
    SC_RESOURCE: 'core-beta',
    SC_ATTEMPT: '1',
    SC_REASON: 'request',
  });
  expect(NO_RUN.tasks).toEqual([]);
});
