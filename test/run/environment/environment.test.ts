// The environment of a task: which layer wins, what the program says, and that other people's text is never looked into.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { taskEnvironment } from '../../../src/run/environment/environment.ts';
import { environmentInput, planOf, TARGET } from '../../support/run-plans.ts';
import { CHANGE, CREATED, runOf } from '../../support/run-record.ts';

const environment = (different: Parameters<typeof environmentInput>[0] = {}) =>
  taskEnvironment(environmentInput(different));

describe('the layers', () => {
  it('are this process, the agent, dotenv files, the resource, the task, run variables and the program', () => {
    const layers = {
      base: { A: 'base', B: 'base', C: 'base', D: 'base', E: 'base', F: 'base', CI: 'base' },
      agent: { B: 'agent', C: 'agent', D: 'agent', E: 'agent', F: 'agent' },
      files: { C: 'files', D: 'files', E: 'files', F: 'files' },
    };
    const plan = planOf(
      { env: { D: 'resource', E: 'resource', F: 'resource' } },
      { variables: { F: 'run', CI: 'run' } },
    );
    const task = { name: 'suite', env: { E: 'task', F: 'task' } };
    expect(environment({ layers, plan, task })).toMatchObject({
      A: 'base',
      B: 'agent',
      C: 'files',
      D: 'resource',
      E: 'task',
      F: 'run',
      CI: 'true',
    });
  });

  it('give each variable the value of the highest layer that has it', () => {
    const variables = fc.dictionary(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'), fc.string());
    fc.assert(
      fc.property(
        fc.tuple(variables, variables, variables, variables, variables, variables),
        ([base, agent, files, env, own, given]) => {
          const made = environment({
            layers: { base, agent, files },
            plan: planOf({ env }, { variables: withoutNul(given) }),
            task: { name: 'suite', env: own },
          });
          const lowestFirst = [base, agent, files, env, own, withoutNul(given)];
          for (const name of ['A', 'B', 'C', 'D', 'E', 'F'])
            expect(made[name]).toBe(lowestFirst.findLast((layer) => Object.hasOwn(layer, name))?.[name]);
        },
      ),
    );
  });

  it('of one pipeline and of one task reach each task as they should', () => {
    const layers = { base: { GLOBAL_VAR: 'from process' }, agent: {}, files: {} };
    const plan = planOf({ env: { MY_VAR: 'from pipeline', OTHER_VAR: 'from pipeline' } });
    const seen = (env: Readonly<Record<string, string>>) => {
      const { MY_VAR, OTHER_VAR, GLOBAL_VAR } = environment({ layers, plan, task: { name: 'a', env } });
      return [MY_VAR, OTHER_VAR, GLOBAL_VAR].join();
    };
    expect(seen({})).toBe('from pipeline,from pipeline,from process');
    expect(seen({ MY_VAR: 'from task' })).toBe('from task,from pipeline,from process');
  });

  it('below hold none of the variables that are ours: a run may have been started by another one', () => {
    const outer = { SC_PREVIOUS_VALUE: 'outer', SC_TARGET: 'outer', SC_FAILED_TASK: 'outer', SC_RUN_ID: 'outer' };
    const change = { ...CHANGE, previous: null };
    const made = environment({
      layers: { base: outer, agent: outer, files: outer },
      plan: planOf({}, { change }),
    });
    expect(made.SC_RUN_ID).toBe('3f2a81c04d2e');
    expect(Object.values(made)).not.toContain('outer');
  });
});

describe('what the program says', () => {
  it('is the run, its change, its places and the variables of CI services', () => {
    expect(environment({ plan: planOf({ target: TARGET }) })).toEqual({
      CI: 'true',
      SPREAD_CRON: 'true',
      SC_RESOURCE: 'core-beta',
      SC_BRANCH: 'core-beta',
      SC_MESSAGE: 'New core in beta',
      SC_VALUE: '1235',
      SC_PREVIOUS_VALUE: '1234',
      SC_COMMIT: CHANGE.commit,
      SC_RUN_ID: '3f2a81c04d2e',
      SC_ATTEMPT: '1',
      SC_REASON: 'change',
      SC_TASK: 'suite',
      SC_WORKSPACE: '/w',
      SC_TARGET: '/w/checkout/d/target',
      PROJECT_PATH: '/w/checkout',
      BRANCH_PATH: '/w/checkout/d',
      GITHUB_REF: 'refs/heads/core-beta',
      GITHUB_SHA: CHANGE.commit,
    });
  });

  it('names no target where none is cloned, and no change where there is none', () => {
    const made = environment({ plan: planOf({}, { change: null }) });
    expect(Object.keys(made).sort()).toEqual([
      'BRANCH_PATH',
      'CI',
      'PROJECT_PATH',
      'SC_ATTEMPT',
      'SC_REASON',
      'SC_RESOURCE',
      'SC_RUN_ID',
      'SC_TASK',
      'SC_WORKSPACE',
      'SPREAD_CRON',
    ]);
  });

  it('includes the last run, the last good one and the last bad one, as far as they are known', () => {
    const bad = runOf({ id: 'b', status: 'failed', exitCode: 3, change: { ...CHANGE, value: '1233' } });
    const last = runOf({ id: 'l', status: 'lost', exitCode: null, finishedAt: null, change: null });
    const made = environment({ previous: { last, good: null, bad } });
    const previous = Object.entries(made).filter(([name]) => name.startsWith('SC_PREVIOUS_'));
    expect(Object.fromEntries(previous)).toEqual({
      SC_PREVIOUS_VALUE: '1234',
      SC_PREVIOUS_RUN_ID: 'l',
      SC_PREVIOUS_STATUS: 'lost',
      SC_PREVIOUS_STARTED: new Date(CREATED + 1000).toISOString(),
      SC_PREVIOUS_BAD_RUN_ID: 'b',
      SC_PREVIOUS_BAD_STATUS: 'failed',
      SC_PREVIOUS_BAD_EXIT_CODE: '3',
      SC_PREVIOUS_BAD_STARTED: new Date(CREATED + 1000).toISOString(),
      SC_PREVIOUS_BAD_FINISHED: new Date(CREATED + 61_000).toISOString(),
      SC_PREVIOUS_BAD_VALUE: '1233',
    });
  });

  it('takes the value before from the last run where the change has none', () => {
    const plan = planOf({}, { change: { ...CHANGE, previous: null } });
    expect(environment({ plan, previous: { last: runOf(), good: null, bad: null } }).SC_PREVIOUS_VALUE).toBe('1235');
  });

  it('includes the task that failed, its logs as files', () => {
    const failed = { name: 'b', exitCode: 42, error: null, stdout: '/w/b.out', stderr: '/w/b.err' };
    const made = environment({ failed, task: { name: 'on_error', env: {} } });
    expect(made).toMatchObject({
      SC_TASK: 'on_error',
      SC_FAILED_TASK: 'b',
      SC_FAILED_EXIT_CODE: '42',
      SC_FAILED_STDOUT: '/w/b.out',
      SC_FAILED_STDERR: '/w/b.err',
    });
    expect(made).not.toHaveProperty('SC_FAILED_ERROR');
  });

  it('includes the variables of Jenkins where they are asked for', () => {
    const plan = planOf({ jenkins: true }, { resource: 'team/core' });
    expect(environment({ plan })).toMatchObject({
      BUILD_NUMBER: '3f2a81c04d2e',
      BUILD_ID: '3f2a81c04d2e',
      BUILD_TAG: 'spread-cron-team-core-3f2a81c04d2e',
      BUILD_URL: 'file:///w/',
      JOB_NAME: 'team/core',
      JOB_BASE_NAME: 'core',
      WORKSPACE: '/w',
      GIT_COMMIT: CHANGE.commit,
      GIT_BRANCH: 'core-beta',
    });
    expect(environment()).not.toHaveProperty('BUILD_ID');
    expect(environment({ plan: planOf({ jenkins: true }, { change: null }) })).not.toHaveProperty('GIT_COMMIT');
  });
});

describe('a secret', () => {
  const resolveSecrets = (text: string) => text.replaceAll('${secret:A}', 'hunter2');

  it('is resolved where a definition says so', () => {
    const plan = planOf({ env: { TOKEN: 'x ${secret:A}' } });
    const task = { name: 'suite', env: { OWN: '${secret:A}' } };
    expect(environment({ plan, task, resolveSecrets })).toMatchObject({ TOKEN: 'x hunter2', OWN: 'hunter2' });
  });

  it('is never resolved in a value, a message or a run variable: those are other people’s text', () => {
    const text = '${secret:A}';
    const change = { ...CHANGE, value: text, message: text, previous: text, branch: text };
    const plan = planOf({ jenkins: true }, { change, variables: { GIVEN: text }, resource: text });
    const last = runOf({ change });
    const made = environment({
      plan,
      layers: { base: { BASE: text }, agent: { AGENT: text }, files: { FILE: text } },
      previous: { last, good: last, bad: last },
      failed: { name: text, exitCode: 1, error: text, stdout: text, stderr: text },
      resolveSecrets,
    });
    expect(JSON.stringify(made)).not.toContain('hunter2');
  });

  it('of a variable that the task replaces is not asked for', () => {
    const refuse = (text: string) => {
      if (text.includes('${secret:')) throw new Failure('refused', 'not for this resource');
      return text;
    };
    const plan = planOf({ env: { TOKEN: '${secret:A}' } });
    expect(environment({ plan, task: { name: 'a', env: { TOKEN: '' } }, resolveSecrets: refuse }).TOKEN).toBe('');
    expect(() => environment({ plan, resolveSecrets: refuse })).toThrow('not for this resource');
  });
});

function withoutNul(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value.replaceAll('\0', '')]));
}
