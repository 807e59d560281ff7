import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { unknownResource } from '../../../src/core/chain.ts';
import { Failure } from '../../../src/core/failure.ts';
import { stepType } from '../../../src/extract/registry.ts';
import { watchedResources } from '../../../src/extract/sources/result.ts';
import type { ChangeResults, StepContext } from '../../../src/extract/step.ts';
import { describeStep, failureOf, runStep } from '../../contract/step.ts';
import { httpClient } from '../../support/http-client.ts';
import { stepContext } from '../../support/step-context.ts';
import { startWebServer } from '../../support/web.ts';

const web = await startWebServer();
const { client } = httpClient();
afterAll(() => web.close());

type Status = ChangeResults['results'][number]['status'];
const commit = (value: string) => value.padStart(40, 'c');
const change = (value: string, ...statuses: readonly Status[]): ChangeResults => ({
  commit: commit(value),
  value,
  results: statuses.map((status, position) => ({ run: `${value}-${position + 1}`, attempt: position + 1, status })),
});

/** Newest first. */
const world: Readonly<Record<string, readonly ChangeResults[]>> = {
  page: [change('7'), change('6'), change('5'), change('4'), change('3')],
  beta: [
    change('7', 'running'),
    change('6', 'failed', 'success', 'cancelled'),
    change('5', 'success', 'timed-out'),
    change('4', 'success'),
    change('3', 'adopted'),
  ],
  edge: [change('6', 'failed'), change('5', 'success'), change('4', 'success'), change('6', 'success')],
  idle: [change('1', 'cancelled'), change('0', 'lost')],
  empty: [],
};

/** How far each resource was read. */
let taken: Record<string, number> = {};
const results: StepContext['results'] = async (name, signal) => {
  signal.throwIfAborted();
  const changes = world[name];
  if (changes === undefined) throw unknownResource(name, Object.keys(world));
  return (async function* () {
    for (const one of changes) {
      taken[name] = (taken[name] ?? 0) + 1;
      yield one;
    }
  })();
};

describeStep('result', {
  context: () => ({ results }),
  examples: [
    {
      name: 'the value of the last change that succeeded, by its newest attempt that ended',
      written: { result: 'beta' },
      output: '6',
    },
    { name: 'the commit of the change', written: { result: 'beta', give: 'change' }, output: commit('6') },
    { name: 'the id of the run', written: { result: 'beta', give: 'run' }, output: '6-2' },
    { name: 'the last that failed, or took too long', written: { result: 'beta', status: 'failed' }, output: '5' },
    { name: 'the last that ended either way', written: { result: 'beta', status: 'any', give: 'run' }, output: '6-2' },
    { name: 'a value that succeeded elsewhere', written: { result: 'page', passed: 'beta' }, output: '6' },
    { name: 'a value that succeeded in both', written: { result: 'page', passed: ['beta', 'edge'] }, output: '4' },
    {
      name: 'a value that succeeded here and there',
      written: { result: 'edge', passed: ['edge', 'beta'] },
      output: '4',
    },
    {
      name: 'nothing where no run of it ended so far',
      written: { result: 'page' },
      output: { kind: 'nothing', why: 'no ended run with status success of page so far' },
    },
    {
      name: 'nothing where runs said nothing',
      written: { result: 'idle', status: 'any' },
      output: { kind: 'nothing', why: 'no ended run of idle so far' },
    },
    {
      name: 'nothing where no value succeeded elsewhere',
      written: { result: 'page', passed: ['beta', 'empty'] },
      output: { kind: 'nothing', why: 'no value of page so far, none that succeeded in beta and empty' },
    },
    {
      name: 'no id of a run where there was none',
      written: { result: 'page', passed: 'beta', give: 'run' },
      output: { kind: 'nothing', why: 'no ended run of page so far, none that succeeded in beta' },
    },
  ],
  refused: [
    { name: 'a name with blanks', written: { result: 'core beta' }, message: /not the name of a resource/ },
    { name: 'another status', written: { result: 'beta', status: 'green' }, message: /status/ },
    { name: 'nothing in passed', written: { result: 'beta', passed: [] }, message: /passed/ },
    {
      name: 'a failure that passed',
      written: { result: 'beta', passed: ['beta'], status: 'failed' },
      message: /it must succeed/,
    },
    { name: 'the value of workflow runs', written: { result: { github: 'a/b' }, give: 'value' }, message: /no value/ },
    { name: 'workflow runs that passed', written: { result: { github: 'a/b' }, passed: 'beta' }, message: /only with/ },
    {
      name: 'a token in the definition',
      written: { result: { github: 'a/b', token: 'ghp_1' } },
      message: /secret:NAME/,
    },
    { name: 'a path for a repository', written: { result: { github: 'a/..' } }, message: /OWNER/ },
    { name: 'a path for a workflow', written: { result: { github: 'a/b', workflow: '../x' } }, message: /file/ },
    {
      name: 'a secret for a host',
      written: { result: { github: 'a/b', api: 'https://${secret:HOST}/' } },
      message: /not the URL/,
    },
  ],
  failures: [
    {
      name: 'a resource that does not exist',
      written: { result: 'bete' },
      reason: 'definition',
      message: /no resource/,
    },
    { name: 'one that does not exist in passed', written: { result: 'page', passed: 'pge' }, reason: 'definition' },
  ],
});

describe('result', () => {
  beforeEach(() => {
    taken = {};
  });

  it('reads histories no further than it needs', async () => {
    const context = stepContext({ results });
    await runStep({ result: 'beta' }, '', context);
    expect(taken).toEqual({ beta: 2 });
    taken = {};
    await runStep({ result: 'page', passed: ['edge'] }, '', context);
    expect(taken).toEqual({ page: 3, edge: 4 });
  });

  it('looks at the last thousand changes and no further', async () => {
    let read = 0;
    const endless: StepContext['results'] = async () =>
      (async function* () {
        for (;;) yield change(String(read++), 'failed');
      })();
    expect(await runStep({ result: 'beta' }, '', stepContext({ results: endless }))).toMatchObject({ kind: 'nothing' });
    expect(read).toBe(1000);
  });

  it('tells which resources it watches', () => {
    const specs = [{ result: 'page', passed: ['beta', 'page'] }, { result: { github: 'a/b' } }].map((written) => ({
      kind: 'result',
      options: stepType('result').schema.parse(written),
    }));
    expect(watchedResources([...specs, { kind: 'json', options: { json: '$' } }])).toEqual(['page', 'beta']);
  });
});

describe('result of workflow runs', () => {
  beforeEach(() => web.reset());
  const sha = 'a'.repeat(40);
  const context = () =>
    stepContext({
      http: client,
      resolveSecrets: (text, host) => {
        if (host !== `127.0.0.1:${web.port}`) throw new Failure('refused', 'not for this host', { host });
        return text.replace('${secret:TOKEN}', 't0ken');
      },
    });
  const list = (runs: readonly unknown[]) => JSON.stringify({ total_count: runs.length, workflow_runs: runs });
  const written = (more: object = {}, github: object = {}) => ({
    result: { github: 'octo/project', api: `${web.url}/api/v3/`, ...github },
    ...more,
  });

  it('gives the commit of the last one that succeeded on a branch', async () => {
    web.reply('/api/v3/repos/octo/project/actions/runs', 200, {}, list([{ id: 42, head_sha: sha, run_number: 7 }]));
    const options = written({}, { branch: 'release/1.x_&_more', token: '${secret:TOKEN}' });
    expect(await runStep(options, '', context())).toEqual({ kind: 'text', text: sha });
    const [request] = web.seen;
    expect(request?.path).toBe(
      '/api/v3/repos/octo/project/actions/runs?branch=release%2F1.x_%26_more&status=success&per_page=1',
    );
    expect(request?.headers).toMatchObject({ authorization: 'Bearer t0ken', accept: 'application/vnd.github+json' });
  });

  it('gives the id of the last run of a workflow, however it ended', async () => {
    web.reply('/api/v3/repos/octo/project/actions/workflows/ci.yml/runs', 200, {}, list([{ id: 42, head_sha: sha }]));
    const options = written({ give: 'run', status: 'any' }, { workflow: 'ci.yml' });
    expect(await runStep(options, '', context())).toEqual({ kind: 'text', text: '42' });
    expect(web.seen[0]?.path).toMatch(/\?status=completed&per_page=1$/);
    expect(web.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('gives nothing where there is none so far', async () => {
    web.reply('/api/v3/repos/octo/project/actions/runs', 200, {}, list([]));
    expect(await runStep(written({ status: 'failed' }, { branch: 'main' }), '', context())).toEqual({
      kind: 'nothing',
      why: 'no workflow run on main of octo/project ended with status failed so far',
    });
  });

  it('fails where the repository is not there, or the answer is another one', async () => {
    const failure = await failureOf(written(), '', context());
    expect([failure.reason, failure.details.status]).toEqual(['http-status', 404]);
    expect(failure.message).toMatch(/for a private project set token/);
    for (const body of ['<html>', '{"workflow_runs":[{"id":1,"head_sha":"main"}]}', '[]']) {
      web.reply('/api/v3/repos/octo/project/actions/runs', 200, {}, body);
      expect((await failureOf(written(), '', context())).reason).toBe('not-parsable');
    }
  });

  it('sends a secret only where it may go', async () => {
    const elsewhere = written({}, { api: 'https://elsewhere.example.com', token: '${secret:TOKEN}' });
    expect((await failureOf(elsewhere, '', context())).reason).toBe('refused');
    expect(web.seen).toEqual([]);
  });
});
