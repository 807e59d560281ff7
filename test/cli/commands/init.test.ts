import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runInit } from '../../../src/cli/commands/init.ts';
import { failureOf } from '../../support/failures.ts';
import { git, temporaryDirectory } from '../../support/git-origin.ts';
import { listen, stillClock } from '../command-tools.ts';

const { path: standing, remove } = temporaryDirectory();
afterAll(remove);
const IDENTITY = { name: 'spread-cron', email: 'spread-cron@localhost' };

async function made(directory: string, remote?: string, format: 'human' | 'json' = 'human') {
  const told = listen({ format });
  const code = await runInit(
    { directory, options: { remote }, standing, identity: IDENTITY },
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
    const { told } = await made('with-origin', 'origin.git');
    expect(git(join(standing, 'with-origin'), ['remote', 'get-url', 'origin'])).toBe(join(standing, 'origin.git'));
    expect(told.stderr()).toContain('git push -u origin main\n  spread-cron start example\n');
  });

  it('gives an object with --json', async () => {
    const { told } = await made('json', 'https://git.example.com/a.git', 'json');
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

describe('the workflow of a new repository', () => {
  interface Step {
    readonly env?: Readonly<Record<string, string>>;
    readonly run?: string;
  }
  it('takes what comes from outside through the environment only', async () => {
    await made('workflow');
    const text = readFileSync(join(standing, 'workflow/.github/workflows/changes.yml'), 'utf8');
    const workflow = parse(text) as {
      on: { push: unknown };
      jobs: { change: { steps: readonly Step[] } };
    };
    expect(workflow.on.push).toEqual({ 'branches-ignore': ['main'] });
    const { steps } = workflow.jobs.change;
    expect(steps[0]?.env?.COMMIT_MESSAGE).toBe('${{ github.event.head_commit.message }}');
    for (const step of steps) expect(step.run).not.toContain('${{');
  });
});
