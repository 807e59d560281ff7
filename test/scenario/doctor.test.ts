// The examination by the built command line: of a repository of the classic agent, in either layout, that somebody comes
// with; of workflows that have drifted apart; of a token that is not enough.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changesWorkflow } from '../../src/cli/scaffold/workflows.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { addCommit, type CommitOptions, git, tipOf } from '../support/git-origin.ts';
import type { GitServer } from '../support/git-server.ts';
import type { GitHubStandIn } from '../support/github.ts';
import { type HostedOrigin, startHostedOrigin } from '../support/hosted-origin.ts';
import { run } from '../support/terminal.ts';

let hosted: HostedOrigin;
let home: string;
let origin: string;
let server: GitServer;
let github: GitHubStandIn;

beforeEach(async () => {
  hosted = await startHostedOrigin();
  ({ home, origin, server, github } = hosted);
});

afterEach(() => hosted.close());

async function doctor(words: readonly string[] = [], more: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = await run(['doctor', ...words], {
    directory: home,
    env: { ...hosted.env, ...more },
  });
  return { status, stdout, stderr };
}

async function findings(...given: Parameters<typeof doctor>): Promise<readonly Finding[]> {
  const { stdout } = await doctor([...(given[0] ?? []), '--json'], given[1]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Finding);
}

const about = (found: readonly Finding[], level: Finding['level']) =>
  found.filter((finding) => finding.level === level).map(({ message, items }) => [message, ...items].join(' | '));

/** A workflow as real branches have it: it reacts to every branch but the default one. */
const OLD_WORKFLOW = 'on:\n  push:\n    branches-ignore: [main]\njobs: {}\n';

type Files = NonNullable<CommitOptions['files']>;

function classicRepository(layout: 'branch' | 'central'): void {
  const definitions: Readonly<Record<string, string>> = {
    'core-edge': `message="New core snap in edge"\npattern_extractor="echo 1234"\n`,
    nightly: `message="Nightly"\nmanual="true"\npattern_extractor="date +%F"\n`,
    broken: 'message="New broken"\npattern_extractor="echo $(("\n',
    gone: `message="New gone"\npattern_extractor="exit 3"\n`,
  };
  const workflow: Files = { '.github/workflows/spread.yml': OLD_WORKFLOW };
  const file = layout === 'branch' ? 'options' : 'trigger';
  const central = Object.entries(definitions).map(([name, text]) => [`branches/${name}/${file}`, text]);
  addCommit(origin, 'main', {
    files: { ...workflow, ...(layout === 'central' ? (Object.fromEntries(central) as Files) : {}) },
  });
  for (const [name, text] of Object.entries(definitions)) {
    const files = layout === 'branch' ? { files: { ...workflow, [file]: text } } : {};
    addCommit(origin, name, { parent: tipOf(origin, 'main'), message: `Watch ${name}`, ...files });
  }
  addCommit(origin, 'core-edge', { message: 'New core snap in edge (1233)' });
  addCommit(origin, 'my-feature', { parent: tipOf(origin, 'main') });
}

describe.each(['branch', 'central'] as const)('a classic repository in the %s layout', (layout) => {
  beforeEach(() => classicRepository(layout));

  it('needs no conversion; what it holds is listed, with what does not work and what to run next', async () => {
    const { status, stdout, stderr } = await doctor();
    expect(status).toBe(1);
    const where = layout === 'branch' ? '3 defined on their branch' : '3 defined on the default branch';
    expect(stdout).toContain(`3 resources: 3 classic; ${where}; 1 manual, never polled\n`);
    expect(stdout).toContain('core-edge: 1233, since ');
    expect(stdout).toContain('nightly: nothing recorded yet\n');
    expect(stdout).toMatch(/problem {2}1 definition cannot be used\n +broken: not a shell file .*double quote/);
    expect(stdout).toMatch(/1 branch holds no definition and is left alone\n +my-feature\n/);
    expect(stdout).toContain('there is nothing to convert\n           → spread-cron check --dry-run shows');
    expect(stdout).toContain('a pushed change begins a workflow on 3 branches\n');
    expect(stderr).toBe('1 problem, 0 warnings\n');
  });

  it('says with --try which extractors no longer work, and runs them only then', async () => {
    expect(about(await findings(['--try']), 'problem').join('\n')).toMatch(/1 extraction fails \| gone: /);
    expect(about(await findings(), 'problem').join('\n')).not.toContain('gone');
  });
});

describe('workflows that have drifted apart', () => {
  beforeEach(() => {
    const definition = (name: string): Files => ({
      'resource.yaml': `message: New ${name}\nextract: [{ clock: day }]\n`,
    });
    addCommit(origin, 'main', { files: { '.github/workflows/changes.yml': changesWorkflow('push', '1.0.0') } });
    const branches: Readonly<Record<string, Files>> = {
      current: { '.github/workflows/changes.yml': changesWorkflow('push', '1.0.0') },
      old: { '.github/workflows/spread.yml': OLD_WORKFLOW, 'run-checks': { executable: '#!/bin/sh\n' } },
      without: {},
      filtered: { '.github/workflows/x.yml': 'on:\n  push:\n    paths: [src/**]\njobs: {}\n' },
    };
    for (const [name, files] of Object.entries(branches))
      addCommit(origin, name, { parent: null, files: { ...definition(name), ...files } });
  });

  it('are told, and brought up to date in commits that CI skips', async () => {
    const before = await findings();
    expect(about(before, 'problem')).toEqual([
      expect.stringMatching(/^workflows filter by paths.* \| filtered$/),
      'a pushed change begins no workflow on these branches | without',
    ]);
    expect(about(before, 'warning')).toEqual([
      expect.stringMatching(/differ from those of the default branch.* \| old$/),
    ]);

    const { status, stdout, stderr } = await doctor(['--fix']);
    expect(stdout).toContain('updated   filtered\nupdated   old\nupdated   without\n');
    expect(stderr).toContain(`workflows of ${server.url}/team/resources\n`);
    expect(status).toBe(0);
    const files = (branch: string) => git(origin, ['ls-tree', '-r', '--format=%(objectmode) %(path)', branch]);
    expect(files('old').split('\n')).toEqual([
      '100644 .github/workflows/changes.yml',
      '100644 resource.yaml',
      '100755 run-checks',
    ]);
    expect(git(origin, ['log', '-1', '--format=%B', 'old'])).toBe('Bring the workflows up to date\n\n[skip ci]\n');
    expect(git(origin, ['rev-list', '--count', 'current'])).toBe('1');
    expect(about(await findings(), 'problem')).toEqual([]);
    expect((await doctor(['--fix'])).stderr).toContain('the workflows of all branches are those of the default branch');
  });

  it('stay as they are where the remote refuses, with what it said', async () => {
    const hook = join(origin, 'hooks/update');
    mkdirSync(join(origin, 'hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\ncase "$1" in */old) echo "no workflow scope" >&2; exit 1;; esac\n', {
      mode: 0o755,
    });
    const { status, stdout } = await doctor(['--fix']);
    expect(stdout).toMatch(/^refused {3}old {3}.*hook/m);
    expect(stdout).toContain('updated   without\n');
    expect(status).toBe(5);
  });
});

describe('workflows that the default branch has no better ones for', () => {
  const definition: Files = { 'resource.yaml': 'message: New app\nextract: [{ clock: day }]\n' };
  const dispatch: Files = { 'spread-cron.yaml': 'trigger: dispatch\n' };

  it.each<readonly [what: string, files: Files]>([
    ['that has none', { 'README.md': 'ours\n' }],
    ['whose own begin on no change of them', { '.github/workflows/lint.yml': 'on:\n  push:\n    branches: [main]\n' }],
    ['that has none to dispatch', dispatch],
  ])('are left alone by --fix beside a default branch %s', async (_what, files) => {
    addCommit(origin, 'main', { files });
    addCommit(origin, 'app', { parent: null, files: { ...definition, '.github/workflows/spread.yml': OLD_WORKFLOW } });
    const before = tipOf(origin, 'app');
    const { stdout, stderr } = await doctor(['--fix']);
    expect(stdout).toContain('left alone app   the default branch has no workflow for its changes\n');
    expect(stderr).not.toContain('are those of the default branch');
    expect(tipOf(origin, 'app')).toBe(before);
  });
});

describe('a repository on GitHub', () => {
  const env = () => ({ SPREAD_CRON_FORGE_API: github.api, SPREAD_CRON_CREDENTIALS_TOKEN: 'ghs_job' });

  beforeEach(() => {
    addCommit(origin, 'main', {
      files: {
        '.github/workflows/changes.yml': changesWorkflow('push', '1.0.0'),
        'branches/app/resource.yaml': 'message: New app\nextract: [{ clock: day }]\n',
      },
    });
    addCommit(origin, 'app', { parent: tipOf(origin, 'main'), message: 'New app (1)' });
    github.tokens.set('ghs_job', ['contents: write', 'metadata: read']);
  });

  it('polled with the token of a job needs another trigger, and says so', async () => {
    github.workflows.set('changes.yml', 'active').set('poll.yml', 'disabled_inactivity');
    const found = await findings([], { ...env(), GITHUB_ACTIONS: 'true' });
    expect(about(found, 'problem')).toEqual([
      'what the token of a job pushes begins no workflow of GitHub',
      'GitHub has switched workflows off | .github/workflows/poll.yml: disabled inactivity',
    ]);
  });

  it('polled with a token that may not push is told which right it needs', async () => {
    github.tokens.set('ghs_job', ['metadata: read']);
    const found = await findings([], env());
    expect(found.find(({ level }) => level === 'problem')).toMatchObject({
      message: 'the token may not push to the repository',
      remedy: expect.stringContaining('contents: write'),
    });
  });

  it('whose token is wrong is told so, and by which key', async () => {
    github.tokens.clear();
    const [problem] = (await findings([], env())).filter(({ level }) => level === 'problem');
    expect(problem).toMatchObject({
      message: expect.stringContaining('GitHub does not accept the token'),
      remedy: expect.stringContaining('forge.token'),
    });
  });
});

it('a remote that cannot be reached is a problem with a remedy, and the machine is looked at all the same', async () => {
  const { status, stdout } = await doctor([], { SPREAD_CRON_REPOSITORY: 'http://127.0.0.1:9/team/resources' });
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /problem {2}http:\/\/127\.0\.0\.1:9\/team\/resources cannot be read: .*\n +→ look at the address/,
  );
  expect(stdout).toContain('state in ');
});

it('a clone that leaves results out is told what to add', async () => {
  addCommit(origin, 'main');
  git(home, ['clone', '-q', origin, 'clone']);
  const inClone = async () => {
    const { stdout } = await run(['doctor', '--json'], {
      directory: join(home, 'clone'),
      env: { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home },
    });
    return stdout;
  };
  expect(await inClone()).toContain('remote.origin.fetch');
  git(join(home, 'clone'), ['config', '--add', 'remote.origin.fetch', '+refs/notes/*:refs/notes/*']);
  expect(await inClone()).not.toContain('remote.origin.fetch');
});
