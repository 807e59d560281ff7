import { describe, expect, it } from 'vitest';
import { changesWorkflow, pollWorkflow } from '../../src/cli/scaffold/workflows.ts';
import { parseWorkflow } from '../../src/definition/workflow-file.ts';

const PATH = '.github/workflows/x.yml';

async function read(text: string) {
  const parsed = await parseWorkflow(PATH, Buffer.from(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

const NOTHING = { path: PATH, push: null, inputs: null, events: null, schedules: [] };
const ALL = { branches: null, branchesIgnore: null, tagsOnly: false, byPaths: false };

describe('what begins a workflow', () => {
  it.each([
    ['a word', 'on: push', { push: ALL }],
    ['a list', 'on: [push, workflow_dispatch]', { push: ALL, inputs: [] }],
    ['a map without values', 'on:\n  push:\n  workflow_dispatch:', { push: ALL, inputs: [] }],
    ['branches', 'on: {push: {branches: ["core-*"]}}', { push: { ...ALL, branches: ['core-*'] } }],
    ['one branch', 'on: {push: {branches-ignore: main}}', { push: { ...ALL, branchesIgnore: ['main'] } }],
    ['tags alone', 'on: {push: {tags: [v*]}}', { push: { ...ALL, tagsOnly: true } }],
    ['tags and branches', 'on: {push: {tags: [v*], branches: [a]}}', { push: { ...ALL, branches: ['a'] } }],
    ['paths', 'on: {push: {paths-ignore: [docs/**]}}', { push: { ...ALL, byPaths: true } }],
    ['inputs', 'on: {workflow_dispatch: {inputs: {branch: {}, commit: {}}}}', { inputs: ['branch', 'commit'] }],
    ['any event', 'on: repository_dispatch', { events: [] }],
    ['events of a type', 'on: {repository_dispatch: {types: [new-value]}}', { events: ['new-value'] }],
    ['a schedule', 'on: {schedule: [{cron: "7 * * * *"}]}', { schedules: ['7 * * * *'] }],
    ['other events', 'on: [pull_request]', {}],
    ['nothing', 'jobs: {}', {}],
    ['a list at the root', '- on: push', {}],
    ['what is no filter', 'on: {push: {branches: {a: b}}}', { push: ALL }],
  ])('is read from %s', async (_form, text, expected) => {
    expect(await read(text)).toEqual({ ...NOTHING, ...expected });
  });

  it('is not known of a file that is no YAML', async () => {
    expect(await parseWorkflow(PATH, Buffer.from('on: ['))).toMatchObject({ ok: false });
  });

  it('is what init means', async () => {
    expect(await read(changesWorkflow('push', '1.0.0'))).toMatchObject({
      push: { ...ALL, branchesIgnore: ['main'] },
      inputs: [],
    });
    expect(await read(changesWorkflow('dispatch', '1.0.0'))).toMatchObject({
      push: null,
      inputs: ['branch', 'commit'],
    });
    expect(await read(pollWorkflow('1.0.0', 0))).toMatchObject({ push: null, schedules: ['2,17,32,47 * * * *'] });
  });
});
