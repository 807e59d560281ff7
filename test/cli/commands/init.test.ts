import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type InitOptions, runInit } from '../../../src/cli/commands/init.ts';
import { failureOf } from '../../support/failures.ts';
import { git, temporaryDirectory } from '../../support/git-origin.ts';
import { listen, stillClock } from '../command-tools.ts';

const { path: standing, remove } = temporaryDirectory();
afterAll(remove);
const IDENTITY = { name: 'spread-cron', email: 'spread-cron@localhost' };

async function made(directory: string, options: InitOptions = {}, format: 'human' | 'json' = 'human') {
  const told = listen({ format });
  const code = await runInit(
    { directory, options, standing, identity: IDENTITY, version: '1.2.3' },
    { output: told.output, clock: stillClock },
  );
  return { told, code };
}

describe('init', () => {
  it('makes a repository and says what comes next', async () => {
    const { told, code } = await made('resources');
    expect(told.stdout()).toBe('made resources with 4 files on main\n');
    expect(told.stderr().split('\n')).toEqual([
      'next:',
      '  cd resources && git push -u URL main',
      '  spread-cron start example --repository URL',
      '',
    ]);
    expect(code).toBe(0);
    expect(git(join(standing, 'resources'), ['ls-files']).split('\n')).toEqual([
      '.github/workflows/changes.yml',
      'README.md',
      'branches/example/resource.yaml',
      'spread-cron.yaml',
    ]);
  });

  it('adds the origin; a path is meant from where one stands', async () => {
    const { told } = await made('with-origin', { remote: 'origin.git' });
    expect(git(join(standing, 'with-origin'), ['remote', 'get-url', 'origin'])).toBe(join(standing, 'origin.git'));
    expect(told.stderr()).toContain('git push -u origin main\n  spread-cron start example\n');
  });

  it('gives an object with --json', async () => {
    const { told } = await made('json', { remote: 'https://git.example.com/a.git' }, 'json');
    expect(told.objects()).toMatchObject([
      { directory: join(standing, 'json'), branch: 'main', remote: 'https://git.example.com/a.git' },
    ]);
  });

  it('refuses a directory in which its files are already', async () => {
    mkdirSync(join(standing, 'full'));
    writeFileSync(join(standing, 'full/README.md'), 'mine');
    expect((await failureOf(made('full'))).reason).toBe('refused');
  });
});

interface Step {
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string; readonly 'cancel-in-progress'?: boolean };
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes': number }>>;
}

describe('the workflows of a new repository', () => {
  const workflowIn = (directory: string, name: string) =>
    parse(readFileSync(join(standing, directory, '.github/workflows', name), 'utf8')) as Workflow;
  const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

  it('carry out pushed changes where an agent elsewhere polls', async () => {
    await made('pushed', { github: 'push' });
    const { on, concurrency } = workflowIn('pushed', 'changes.yml');
    expect(on).toEqual({ push: { 'branches-ignore': ['main'] }, workflow_dispatch: null });
    expect(concurrency.group).toBe('spread-cron-${{ github.ref_name }}');
    expect(readFileSync(join(standing, 'pushed/spread-cron.yaml'), 'utf8')).toContain('\ntrigger: push ');
    expect(readdirSync(join(standing, 'pushed/.github/workflows'))).toEqual(['changes.yml']);
  });

  it('poll, and begin the other one, where that is wanted', async () => {
    const { told } = await made('polled', { github: 'poll' });
    expect(told.stdout()).toBe('made polled with 5 files on main\n');
    const changes = workflowIn('polled', 'changes.yml');
    expect(Object.keys(changes.on)).toEqual(['workflow_dispatch']);
    expect(changes.concurrency.group).toBe('spread-cron-${{ inputs.branch }}');
    const poll = workflowIn('polled', 'poll.yml');
    // a group of its own, also where a resource is called "poll"
    expect(poll.concurrency.group).toBe('spread-cron poll');
    // the clock stands at 18:00
    expect(poll.on.schedule).toEqual([{ cron: '2,17,32,47 * * * *' }]);
    expect(poll.permissions).toEqual({ contents: 'write', actions: 'write' });
    expect(readFileSync(join(standing, 'polled/spread-cron.yaml'), 'utf8')).toContain('\ntrigger: dispatch ');
  });

  it('are left out where nobody wants them', async () => {
    const { told } = await made('plain', { github: false });
    expect(told.stdout()).toBe('made plain with 3 files on main\n');
    expect(existsSync(join(standing, 'plain/.github'))).toBe(false);
  });

  it.each([
    ['push', 'changes.yml'],
    ['poll', 'changes.yml'],
    ['poll', 'poll.yml'],
  ] as const)('hold to what keeps them safe: with %s, %s', async (github, name) => {
    const directory = `safe-${github}-${name}`;
    await made(directory, { github });
    const workflow = workflowIn(directory, name);
    for (const { run = '' } of stepsOf(workflow)) expect(run).not.toContain('${{');
    for (const { uses } of stepsOf(workflow)) if (uses !== undefined) expect(uses).toMatch(/^[\w/-]+@[0-9a-f]{40}$/);
    expect(Object.keys(workflow.permissions)).not.toContain('write-all');
    expect(workflow.concurrency['cancel-in-progress'] ?? false).toBe(false);
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(JSON.stringify(workflow.on)).not.toContain('paths');
    expect(stepsOf(workflow).map(({ run }) => run)).toContainEqual(expect.stringContaining('spread-cron@1.2.3'));
  });
});
