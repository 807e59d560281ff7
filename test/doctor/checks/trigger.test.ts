import { describe, expect, it } from 'vitest';
import type { Workflow } from '../../../src/core/workflow.ts';
import { type BranchWorkflows, type TriggerFacts, triggerFindings } from '../../../src/doctor/checks/trigger.ts';

const PATH = '.github/workflows/changes.yml';
const QUIET: Workflow = { path: PATH, push: null, inputs: null, events: null, schedules: [] };
const PUSHED: Workflow = {
  ...QUIET,
  push: { branches: null, branchesIgnore: ['main'], tagsOnly: false, byPaths: false },
};
const BY_PATHS: Workflow = {
  ...QUIET,
  push: { branches: null, branchesIgnore: null, tagsOnly: false, byPaths: true },
};
const DISPATCHED: Workflow = { ...QUIET, inputs: ['branch', 'commit'] };

const branch = (name: string, workflow: Workflow | null, sameAsDefault = true): BranchWorkflows => ({
  branch: name,
  workflows: workflow === null ? [] : [workflow],
  sameAsDefault,
});

function found(facts: Partial<TriggerFacts>) {
  return triggerFindings({
    trigger: { kind: 'push' },
    workflows: [PUSHED],
    branches: [branch('a', PUSHED), branch('b', PUSHED)],
    runner: 'none',
    agents: 'one',
    ...facts,
  }).map(({ level, message, items, remedy }) => ({ level, message, items: items.join(' '), remedy: remedy ?? '' }));
}

const byDispatch = { kind: 'dispatch', workflow: 'changes.yml', event: 'spread-cron' } as const;

describe('with the trigger push', () => {
  it('all is well where a workflow begins on every branch', () => {
    expect(found({})).toEqual([
      { level: 'ok', message: 'a pushed change begins a workflow on 2 branches', items: '', remedy: '' },
    ]);
  });

  it('branches whose workflow differs are a surprise to come, which --fix mends', () => {
    expect(found({ branches: [branch('a', PUSHED), branch('b', PUSHED, false)] })).toEqual([
      {
        level: 'warning',
        message: expect.stringContaining('differ'),
        items: 'b',
        remedy: expect.stringContaining('doctor --fix'),
      },
    ]);
  });

  it('branches whose workflows are their own stay as they are where those of the default branch would not begin there', () => {
    const branches = [branch('a', PUSHED, false), branch('b', PUSHED, false)];
    for (const workflows of [[], [QUIET]])
      expect(found({ branches, workflows })).toEqual([
        { level: 'ok', message: 'a pushed change begins a workflow on 2 branches', items: '', remedy: '' },
        { level: 'note', message: expect.stringContaining('their own'), items: 'a b', remedy: '' },
      ]);
  });

  it('branches on which nothing begins are a problem, which --fix mends where the default branch knows better', () => {
    const branches = [branch('a', PUSHED), branch('b', null, false), branch('c', QUIET, false)];
    expect(found({ branches })).toEqual([
      {
        level: 'problem',
        message: 'a pushed change begins no workflow on these branches',
        items: 'b c',
        remedy: expect.stringContaining('--fix'),
      },
    ]);
    expect(found({ branches, workflows: [QUIET] })[0]?.remedy).toContain('spread-cron init');
  });

  it('of branches on which nothing begins, --fix is named for those alone that it mends', () => {
    const onlyB: Workflow = {
      ...PUSHED,
      push: { branches: ['b'], branchesIgnore: null, tagsOnly: false, byPaths: false },
    };
    const branches = [branch('b', null, false), branch('c', null, false)];
    expect(found({ branches, workflows: [onlyB] })).toMatchObject([
      { level: 'problem', items: 'b', remedy: expect.stringContaining('--fix') },
      { level: 'problem', items: 'c', remedy: expect.stringContaining('spread-cron init') },
    ]);
  });

  it('filters of paths are a problem of their own', () => {
    expect(found({ branches: [branch('a', BY_PATHS)] })).toEqual([
      {
        level: 'problem',
        message: expect.stringContaining('filter by paths'),
        items: 'a',
        remedy: expect.stringContaining('paths-ignore'),
      },
    ]);
  });

  it('no workflows at all are fine where this agent runs things, and told where nobody does', () => {
    const none = { workflows: [], branches: [branch('a', null)] };
    expect(found({ ...none, runner: 'local' })).toMatchObject([
      { level: 'ok', message: expect.stringContaining('runner of this agent') },
    ]);
    expect(found(none)).toMatchObject([{ level: 'note', message: expect.stringContaining('no workflows') }]);
  });
});

describe('with the trigger dispatch', () => {
  const quiet = { trigger: byDispatch, branches: [branch('a', DISPATCHED)] };

  it('all is well where the workflow takes what it is given', () => {
    expect(found({ ...quiet, workflows: [DISPATCHED] })).toEqual([
      { level: 'ok', message: 'each change dispatches changes.yml', items: '', remedy: '' },
    ]);
  });

  it.each([
    [
      'that is not there',
      [],
      'the default branch has no workflow .github/workflows/changes.yml, which is to be dispatched',
    ],
    ['that cannot be dispatched', [QUIET], '.github/workflows/changes.yml cannot be dispatched'],
    [
      'that lacks an input',
      [{ ...QUIET, inputs: ['branch'] }],
      '.github/workflows/changes.yml lacks inputs that it is dispatched with: commit',
    ],
  ])('a workflow %s is a problem', (_what, workflows, message) => {
    expect(found({ ...quiet, workflows })).toMatchObject([{ level: 'problem', message: message }]);
  });

  it('an event that nobody listens to is a problem', () => {
    const trigger = { ...byDispatch, workflow: null, event: 'new-value' };
    expect(found({ ...quiet, trigger, workflows: [{ ...QUIET, events: ['other'] }] })).toMatchObject([
      { level: 'problem', message: 'no workflow of the default branch listens to the event new-value' },
    ]);
    expect(found({ ...quiet, trigger, workflows: [{ ...QUIET, events: [] }] })).toMatchObject([
      { level: 'ok', message: 'each change dispatches the event new-value' },
    ]);
  });

  it('workflows that pushes begin as well would carry changes out twice', () => {
    expect(found({ ...quiet, workflows: [DISPATCHED], branches: [branch('a', PUSHED)] })).toMatchObject([
      { level: 'problem', message: expect.stringContaining('twice'), items: 'a' },
    ]);
  });
});

describe('a runner of our own beside CI', () => {
  it('carries changes out twice, unless they are claimed', () => {
    expect(found({ runner: 'local' }).at(-1)).toMatchObject({
      level: 'problem',
      message: expect.stringContaining('twice'),
    });
    expect(found({ runner: 'local', agents: 'many' }).at(-1)).toMatchObject({
      level: 'note',
      message: expect.stringContaining('claims'),
    });
    expect(found({ runner: 'local', trigger: byDispatch, workflows: [DISPATCHED], branches: [] }).at(-1)).toMatchObject(
      { level: 'problem' },
    );
  });
});
