import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openForge } from '../../../src/forge/open-forge.ts';
import { createShowStatus, jobPage } from '../../../src/pipeline/runs/commit-status.ts';
import { type GitHubStandIn, startGitHub } from '../../support/github.ts';
import { httpClient } from '../../support/http-client.ts';
import { CHANGE, runOf } from '../../support/run-record.ts';

let github: GitHubStandIn;
const warnings: string[] = [];
const { client: http } = httpClient();

beforeAll(async () => {
  github = await startGitHub();
  github.tokens.set('token', ['statuses: write']);
});
afterAll(() => github.close());
beforeEach(() => {
  github.told.length = 0;
  warnings.length = 0;
});

const show = (page: string | null = null, forge = github.api) =>
  createShowStatus({
    forge: async () =>
      openForge({ url: 'https://git.example.com/team/resources.git', api: forge, token: 'token', http }),
    log: { warn: (line) => warnings.push(line) },
    page,
  });

describe('the status of a change commit', () => {
  it('is pending while the run is under way, then how it ended; never the other way round', async () => {
    const one = show('https://git.example.com/team/resources/actions/runs/7');
    await Promise.all([
      one(runOf({ status: 'running', finishedAt: null, exitCode: null })),
      one(runOf({ status: 'failed', exitCode: 3, attempt: 2 })),
    ]);
    const common = {
      context: 'spread-cron/core-beta',
      target_url: 'https://git.example.com/team/resources/actions/runs/7',
    };
    expect(github.told).toEqual([
      {
        method: 'POST',
        path: `/statuses/${CHANGE.commit}`,
        body: { ...common, state: 'pending', description: 'running' },
      },
      {
        method: 'POST',
        path: `/statuses/${CHANGE.commit}`,
        body: { ...common, state: 'failure', description: 'failed with 3, attempt 2' },
      },
    ]);
  });

  it.each([
    ['success', 'success'],
    ['timed-out', 'failure'],
    ['cancelled', 'error'],
    ['lost', 'error'],
  ] as const)('of a run that ended with %s is %s', async (status, state) => {
    await show()(runOf({ status }));
    expect(github.told.map(({ body }) => body.state)).toEqual([state]);
  });

  it('is of changes alone', async () => {
    await show()(runOf({ change: null }));
    expect([github.told, warnings]).toEqual([[], []]);
  });

  it('that the forge does not take is a warning, and stops nothing', async () => {
    github.answerNext(403, {}, '{"message":"Resource not accessible by integration"}');
    await show()(runOf());
    expect(warnings.join()).toMatch(
      /warning: run 3f2a81c04d2e \(core-beta\) is not shown on its commit: .*statuses: write/,
    );
  });
});

describe('the page of a job', () => {
  it('is where the job can be watched', () => {
    const job = {
      GITHUB_SERVER_URL: 'https://git.example.com',
      GITHUB_REPOSITORY: 'team/resources',
      GITHUB_RUN_ID: '7',
    };
    expect(jobPage({ ...job, GITHUB_ACTIONS: 'true' })).toBe('https://git.example.com/team/resources/actions/runs/7');
    expect(jobPage(job)).toBeNull();
  });
});
