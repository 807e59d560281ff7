import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionsJob } from '../../../src/cli/actions/job.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { CheckOutcome } from '../../../src/core/outcome.ts';
import { CHANGE, CREATED, runOf, taskOf } from '../../support/run-record.ts';
import { listen, NOW, stillClock } from '../command-tools.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-actions-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const written = (name: string) => readFileSync(join(directory, name), 'utf8');

function job(more: Readonly<Record<string, string>> = {}, redact = (text: string) => text) {
  const told = listen();
  const environment = {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
    GITHUB_OUTPUT: join(directory, 'outputs'),
    ...more,
  };
  return { told, job: actionsJob(environment, { output: told.output, clock: stillClock, redact }) };
}

const outcome = (different: Partial<CheckOutcome>): CheckOutcome => ({
  resource: 'app',
  branch: 'app',
  outcome: 'unchanged',
  message: 'New app',
  value: '2.0',
  previous: '2.0',
  commit: '5e1c309dae7f45e0f39b1bf3ac3cd9db12e7d689',
  pushed: false,
  error: null,
  failing_since: null,
  duration_ms: 3,
  ...different,
});

const CHANGED = outcome({ outcome: 'changed', previous: '1.0', pushed: true });
const FAILING = outcome({
  resource: 'page',
  outcome: 'failed',
  value: null,
  error: { reason: 'no-match', message: 'nothing matches <b>', step: '2 json' },
  failing_since: '2026-11-21T17:00:00.000Z',
  failures: 3,
});

describe('a round in a job', () => {
  it('has a summary of its news, annotations of what fails, and outputs', async () => {
    const { told, job: one } = job();
    await one.checked([CHANGED, FAILING, outcome({ resource: 'quiet' })], null);
    expect(written('summary.md').split('\n')).toEqual([
      '### 3 checked\\: 1 changed, 1 unchanged, 1 failed',
      '',
      '| Outcome | Resource | Change | Before | Commit |',
      '| --- | --- | --- | --- | --- |',
      '| changed | app | New app \\(2.0\\) | was 1.0 | 5e1c309 |',
      expect.stringMatching(/^\| failed \| page \| .*nothing matches &lt;b\\> .*\|$/),
      '',
    ]);
    expect(told.stderr()).toBe(
      '::error title=page fails::nothing matches <b> at step 2 json, since 2026-11-21T17:00:00.000Z\n',
    );
    expect(written('outputs')).toBe('changed=1\nfailed=1\n');
  });

  it('that could not reach the remote says so', async () => {
    const { told, job: one } = job();
    await one.checked([], new Failure('remote-unreachable', 'the remote cannot be reached'));
    expect(written('summary.md')).toContain('**the remote cannot be reached**');
    expect(told.stderr()).toBe('::error title=spread-cron::the remote cannot be reached\n');
  });

  it('of a schedule says how late it began', async () => {
    const event = join(directory, 'event.json');
    writeFileSync(event, JSON.stringify({ schedule: '53 * * * *' }));
    const { job: one } = job({ GITHUB_EVENT_NAME: 'schedule', GITHUB_EVENT_PATH: event });
    await one.checked([], null);
    // it is 18:00
    expect(new Date(NOW).toISOString()).toContain('T18:00:00');
    expect(written('summary.md')).toContain('Begun 7m after its time (`53 * * * *`).');
  });

  it.each([
    ['that was begun by hand', { GITHUB_EVENT_NAME: 'workflow_dispatch' }],
    ['of a schedule that nobody understands', { GITHUB_EVENT_NAME: 'schedule', GITHUB_EVENT_PATH: 'EVENT' }],
  ])('%s says nothing of that', async (_what, environment) => {
    const event = join(directory, 'event.json');
    writeFileSync(event, JSON.stringify({ schedule: 'whenever' }));
    const path = 'GITHUB_EVENT_PATH' in environment ? { GITHUB_EVENT_PATH: event } : {};
    await job({ ...environment, ...path }).job.checked([CHANGED], null);
    expect(written('summary.md')).not.toContain('Begun');
  });

  it('with a crowd of news shows the first of them, and says how many are left', async () => {
    const crowd = Array.from({ length: 250 }, (_, index) => ({ ...CHANGED, resource: `app-${index}` }));
    await job().job.checked(crowd, null);
    expect(written('summary.md')).toContain('| changed | app\\-199 |');
    expect(written('summary.md')).toContain('and 50 more');
  });
});

describe('a run in a job', () => {
  const tasks = [
    taskOf({ name: 'build', finishedAt: CREATED + 11_000 }),
    taskOf({ name: 'suite', status: 'failed', exitCode: 3, startedAt: CREATED + 11_000, dependsOn: ['build'] }),
  ];
  const FAILED = runOf({ status: 'failed', exitCode: 3, tasks });

  it('has its tasks in a table and as a picture, the last words of what failed, an annotation and outputs', async () => {
    const { told, job: one } = job();
    const asked: string[] = [];
    await one.ran(FAILED, async (task) => {
      asked.push(task);
      return `${Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n')}\n\u001b[31mred\u001b[0m\n`;
    });
    const summary = written('summary.md');
    expect(summary).toContain('### core\\-beta\\: failed \\(3\\) in 1m');
    expect(summary).toContain(`New core in beta \\(1235\\) ${CHANGE.commit}`);
    expect(summary).toContain('| build | success | 10.0s | 1 |\n| suite | failed \\(3\\) | 50.0s | 1 |');
    expect(summary).toMatch(/```text\nbuild {2}.*━.*\nsuite {2}.*━.*\n```/);
    expect(summary).toContain('The end of what suite printed:\n\n```text\nline 21\n');
    expect(summary).toContain('\n\\e[31mred\\e[0m\n```');
    expect(asked).toEqual(['suite']);
    expect(told.stderr()).toBe(
      '::error title=core-beta%3A failed::New core in beta (1235): suite failed with 3 after 50.0s\n',
    );
    expect(written('outputs')).toBe('run=3f2a81c04d2e\nstatus=failed\nexit_code=3\n');
  });

  it('without a change is told by what failed alone', async () => {
    const { told, job: one } = job();
    await one.ran({ ...FAILED, change: null, note: null }, async () => '');
    expect(told.stderr()).toBe('::error title=core-beta%3A failed::suite failed with 3 after 50.0s\n');
  });

  it('that succeeded is nobody’s error', async () => {
    const { told, job: one } = job();
    await one.ran(runOf(), async () => 'unasked');
    expect(told.stderr()).toBe('');
    expect(written('summary.md')).not.toContain('unasked');
    expect(written('outputs')).toContain('status=success\nexit_code=0\n');
  });

  it('shows no secret that it knows', async () => {
    const { job: one } = job({}, (text) => text.replaceAll('hunter2', '***'));
    await one.ran(FAILED, async () => 'the password is hunter2\n');
    expect(written('summary.md')).toContain('the password is ***');
  });

  it('needs neither page nor outputs', async () => {
    const { told, job: one } = job({ GITHUB_STEP_SUMMARY: '', GITHUB_OUTPUT: '' });
    await one.ran(FAILED, async () => '');
    expect(told.stderr()).toContain('::error');
  });
});
