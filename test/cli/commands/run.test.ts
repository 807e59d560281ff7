import { describe, expect, it } from 'vitest';
import { readVariables, runRun } from '../../../src/cli/commands/run.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import type { RunPlan } from '../../../src/core/run-plan.ts';
import type { ChangeStanding, RunRequest, RunVerbs } from '../../../src/pipeline/runs/run-verbs.ts';
import { failureOf } from '../../support/failures.ts';
import { CHANGE, runOf } from '../../support/run-record.ts';
import { logsOf, pieceOf, proceeds } from '../../support/run-verbs.ts';
import { listen, type Telling, toolsWith } from '../command-tools.ts';

const PLAN: RunPlan = {
  resource: 'core-beta',
  change: { ...CHANGE, value: '12\u001b[2J' },
  attempt: 2,
  reason: 'request',
  files: { kind: 'commit', commit: 'd'.repeat(40), directory: 'branches/core-beta' },
  prepare: [
    {
      kind: 'clone',
      target: {
        repository: 'https://git.example.com/suite.git',
        ref: 'master',
        depth: 1,
        filter: 'blob:none',
        sparse: ['tests'],
        submodules: true,
        lfs: false,
      },
    },
    { kind: 'overlay', directory: 'custom', except: ['env.sh'] },
    { kind: 'patch', file: 'fix.patch' },
    { kind: 'action', script: './actions.sh' },
  ],
  source: 'custom/env.sh',
  secretFiles: { 'sa.json': { secret: 'ACCOUNT', mode: 0o400 } },
  env: { CHANNEL: 'beta', TOKEN: '${secret:STORE_TOKEN}' },
  variables: { MODE: 'quick' },
  automatic: { CI: 'true', SC_VALUE: '12\u001b[2J' },
  jenkins: true,
  directory: 'target',
  tasks: [
    {
      name: 'build',
      script: ['make\nmake install'],
      dependsOn: [],
      allowFailure: false,
      env: {},
      timeout: null,
      retries: 0,
      when: 'success',
    },
    {
      name: 'suite',
      script: ['spread -v'],
      dependsOn: ['build'],
      allowFailure: true,
      env: { DEBUG: '1' },
      timeout: 600_000,
      retries: 2,
      when: 'always',
    },
  ],
  onError: { script: ['./tell'], env: {} },
  parallel: 2,
  continueAfterFailure: true,
  timeout: 7_200_000,
  grace: 30_000,
  sandbox: 'bubblewrap',
  removeWorkspace: 'on-success',
  queue: {
    concurrency: 1,
    groups: ['lab'],
    limit: null,
    strategy: 'append',
    partitionLimit: null,
    startDelay: 0,
    startWithin: null,
  },
};

/** Runs the command with a run that proceeds like this; what was asked for. */
async function asked(
  options: Parameters<typeof runRun>[1],
  telling: Telling = {},
  ends = runOf(),
  verbs: Partial<RunVerbs> = {},
) {
  const told = listen(telling);
  const requests: RunRequest[] = [];
  const run = (request: RunRequest, onRun: (run: RunRecord) => void) => {
    requests.push(request);
    return proceeds(ends)(onRun);
  };
  const plan = async (request: RunRequest) => {
    requests.push(request);
    return PLAN;
  };
  const status = await runRun(
    'core',
    options,
    toolsWith({ run, plan, log: logsOf({ suite: [pieceOf('x\n')] }), ...verbs }, told),
  );
  return { told, status, requests };
}

describe('run', () => {
  it('asks for the newest change in the name of whoever runs it', async () => {
    const { requests, told, status } = await asked({});
    expect(requests).toEqual([
      {
        target: 'core',
        commit: null,
        variables: {},
        partition: '',
        user: 'ada',
        note: null,
        workspace: 'as-defined',
        when: 'asked',
      },
    ]);
    expect([told.stdout(), status]).toEqual(['x\n', 0]);
  });

  it('passes on what its flags say', async () => {
    const { requests } = await asked({
      change: '4f2a9c1',
      var: ['MODE=a=b', 'EMPTY=', 'LINES=1\n2'],
      partition: 'p1',
      reason: 'rehearsal',
      keep: true,
    });
    expect(requests).toMatchObject([
      {
        commit: '4f2a9c1',
        variables: { MODE: 'a=b', EMPTY: '', LINES: '1\n2' },
        partition: 'p1',
        note: 'rehearsal',
        workspace: 'keep',
      },
    ]);
  });

  it('has the exit status 1 for a run that failed, or that of the suite', async () => {
    const failed = runOf({ status: 'failed', exitCode: 42 });
    expect((await asked({}, {}, failed)).status).toBe(1);
    expect((await asked({ exitCode: true }, {}, failed)).status).toBe(42);
    expect((await asked({ exitCode: true }, { format: 'json' }, failed)).status).toBe(42);
  });

  describe('where it is due', () => {
    const standsAs = (standing: ChangeStanding['standing'], change: ChangeStanding['change'] = CHANGE) => ({
      standing: async () => ({ change, standing }),
    });

    it.each(['open', 'lost'] as const)('runs what is %s, as the change that it is', async (standing) => {
      const { requests, status } = await asked({ ifDue: true }, {}, runOf({ status: 'failed' }), standsAs(standing));
      expect([requests[0]?.when, status]).toEqual(['due', 1]);
    });

    it.each([
      ['done', 'core 1235: not due, it has a result'],
      ['taken', 'core 1235: not due, another agent runs it'],
      ['skipped', 'core 1235: not due, its commit says that CI skips it'],
    ] as const)('leaves alone what is %s, and says so', async (standing, line) => {
      const { told, requests, status } = await asked({ ifDue: true }, {}, runOf(), standsAs(standing));
      expect([requests, told.stderr(), status]).toEqual([[], `${line}\n`, 0]);
      const json = await asked({ ifDue: true }, { format: 'json' }, runOf(), standsAs(standing));
      expect(json.told.objects()).toEqual([{ resource: 'core', commit: CHANGE.commit, run: null, why: standing }]);
    });

    it('leaves a resource alone of which nothing is recorded', async () => {
      const { told } = await asked({ ifDue: true }, {}, runOf(), standsAs('done', null));
      expect(told.stderr()).toBe('core: not due, nothing is recorded yet\n');
    });

    it('fails nobody where another agent was faster', async () => {
      const error = { reason: 'refused', message: 'another agent runs this change', step: null } as const;
      const given = runOf({ status: 'cancelled', startedAt: null, finishedAt: null, error, tasks: [] });
      expect((await asked({ ifDue: true }, {}, given, standsAs('open'))).status).toBe(0);
      expect((await asked({}, {}, given)).status).toBe(1);
    });
  });

  it.each(['MODE', '=x', '1A=x', 'A-B=x', ''])('refuses the variable %j', async (text) => {
    expect((await failureOf((async () => readVariables([text]))())).reason).toBe('usage');
  });

  it('does not repeat the value of a variable that it refuses', async () => {
    const failure = await failureOf((async () => readVariables(['MY-TOKEN=hunter2']))());
    expect(JSON.stringify(failure.details)).not.toContain('hunter2');
  });
});

describe('run --plan', () => {
  it('prints what would be done, secrets by name', async () => {
    const { told, status } = await asked({ plan: true });
    expect(told.stdout().split('\n')).toEqual([
      'resource    core-beta   attempt 2',
      'change      New core in beta (12\\e[2J)   4f2a9c1',
      'files       branches/core-beta of commit ddddddd',
      'first       clone https://git.example.com/suite.git at master into target/ (depth 1, filter blob:none, only tests, with submodules)',
      '            lay custom over target/, less env.sh',
      '            apply fix.patch',
      '            run ./actions.sh',
      'sourced     custom/env.sh',
      'secrets     ACCOUNT as sa.json (mode 0400)',
      'environment CHANNEL=beta',
      '            TOKEN=${secret:STORE_TOKEN}',
      'variables   MODE=quick',
      'by itself   CI=true',
      '            SC_VALUE=12\\e[2J',
      '            the variables of Jenkins too',
      'tasks       in target/, 2 at a time, going on after failures',
      '  build',
      '    $ make',
      '    $ make install',
      '  suite   after build, when always, may fail, 2 retries, at most 10m',
      '    DEBUG=1',
      '    $ spread -v',
      '  on_error   after a failure',
      '    $ ./tell',
      'at most     2h, and 30s to end',
      'sandbox     bubblewrap',
      'workspace   is removed after success',
      '',
    ]);
    expect(status).toBe(0);
  });

  it('is one object with --json', async () => {
    const { told } = await asked({ plan: true }, { format: 'json' });
    expect(told.objects()).toMatchObject([
      {
        resource: 'core-beta',
        commit: CHANGE.commit,
        files: { commit: 'd'.repeat(40), directory: 'branches/core-beta' },
        env: { TOKEN: '${secret:STORE_TOKEN}' },
        tasks: [
          { name: 'build', depends_on: [] },
          {
            name: 'suite',
            depends_on: ['build'],
            allow_failure: true,
            timeout_ms: 600_000,
            retries: 2,
            when: 'always',
          },
        ],
        timeout_ms: 7_200_000,
        queue: { concurrency: 1, concurrency_groups: ['lab'], queue_strategy: 'append' },
      },
    ]);
  });
});
