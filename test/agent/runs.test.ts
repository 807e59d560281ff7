import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/run.ts';
import { failureOf } from '../support/failures.ts';
import { addCommit, git, installHook, tipOf } from '../support/git-origin.ts';
import { processesMentioning } from '../support/processes.ts';
import { finished, makeRunWorld, type RunWorld, requestOf } from '../support/run-world.ts';

const NEVER = new AbortController().signal;
const NOW = { names: [], all: 'due', write: 'write', onOutcome: () => {}, onPlan: () => {} } as const;

let world: RunWorld;

beforeEach(async () => {
  world = await makeRunWorld();
});

afterEach(async () => {
  await world.close();
});

/** A task that says its value and goes on until there is a file `go`. */
const waits = () =>
  `tasks: { suite: { script: ['echo "$SC_RESOURCE $SC_VALUE" >> ${world.path}/began', 'while test ! -e ${world.path}/go; do sleep 0.05; done'] } }`;
/** A task that says its value. */
const says = () => `tasks: { suite: { script: ['echo "$SC_RESOURCE $SC_VALUE" >> ${world.path}/ran'] } }`;
const go = () => writeFileSync(join(world.path, 'go'), '');
const isRunning = ({ status, tasks }: RunRecord) =>
  status === 'running' && tasks.some((task) => task.status === 'running');

describe('an agent with a runner', () => {
  it('adopts what is there when it is enabled for the first time, and runs what comes then, once', async () => {
    world.addResource('core', says());
    const old = world.addChange('core', '1');
    world.setValue('core', '1');
    const agent = world.startAgent(await world.open());
    await agent.rests(1);
    expect(world.notes(old)).toMatchObject([{ status: 'adopted' }]);
    expect(agent.told).toEqual([]);
    world.setValue('core', '2');
    const other = await world.open();
    await other.check(NOW, NEVER);
    const run = await agent.until(finished('core'));
    expect(run).toMatchObject({
      status: 'success',
      reason: 'change',
      attempt: 1,
      change: { value: '2', previous: '1' },
    });
    await other.check(NOW, NEVER);
    agent.stop();
    await agent.ended;
    expect(world.lines('ran')).toEqual(['core 2']);
    expect(world.notes(world.tip('core'))).toMatchObject([{ status: 'success', run: run.id, attempt: 1 }]);
  });

  it('runs the newest change that came while it was away, never one that skips CI, also of what is polled by hand', async () => {
    world.addResource('core', says());
    world.addResource('quiet', says());
    world.addResource('manual', says());
    const manual = `message: New manual\nmanual: true\nextract:\n  - file: ${world.path}/manual\nrun: { ${says()} }\n`;
    addCommit(world.origin, 'manual', { parent: tipOf(world.origin, 'main'), files: { 'resource.yaml': manual } });
    for (const name of ['core', 'quiet', 'manual']) world.addChange(name, '1');
    world.addChange('core', '2');
    world.addChange('quiet', '2', { message: 'New quiet (2)\n\n[skip ci]' });
    for (const name of ['core', 'quiet', 'manual']) world.setValue(name, '2');
    world.setValue('manual', '1');
    world.enable();
    const agent = world.startAgent(await world.open(), 'once');
    await agent.ended;
    expect([...world.lines('ran')].sort()).toEqual(['core 2', 'manual 1']);
  });

  it('runs every change that came while it was away where catch_up says so, the oldest first', async () => {
    world.addResource('core', says());
    const commits = ['1', '2', '3'].map((value) => world.addChange('core', value));
    world.setValue('core', '3');
    world.enable();
    await world.startAgent(await world.open('a', { settings: { 'runs.catch_up': 'every' } }), 'once').ended;
    expect(world.lines('ran')).toEqual(['core 1', 'core 2', 'core 3']);
    expect(commits.map((commit) => world.notes(commit).map(({ status }) => status))).toEqual(
      commits.map(() => ['success']),
    );
  });

  it('runs only what comes after its start where catch_up is none', async () => {
    world.addResource('core', says());
    const old = world.addChange('core', '1');
    world.setValue('core', '2');
    world.enable();
    await world.startAgent(await world.open('a', { settings: { 'runs.catch_up': 'none' } }), 'once').ended;
    expect(world.lines('ran')).toEqual(['core 2']);
    expect(world.notes(old)).toMatchObject([{ status: 'adopted' }]);
  });

  it('starts nothing where more than a burst is due at its start, counting only what has something to run', async () => {
    for (const name of ['one', 'two', 'three']) {
      world.addResource(name, says());
      world.addChange(name, '1');
      world.setValue(name, '1');
    }
    for (const name of ['x', 'y', 'z']) {
      world.addResource(name, 'env: { A: b }');
      world.addChange(name, '1');
      world.setValue(name, '1');
    }
    world.enable();
    await world.startAgent(await world.open('a', { settings: { 'runs.burst': 2 } }), 'once').ended;
    expect(world.lines('ran')).toEqual([]);
    expect(world.said.join('\n')).toContain('3 changes are due, more than runs.burst (2)');
    await world.startAgent(await world.open('b', { settings: { 'runs.burst': 3 } }), 'once').ended;
    expect([...world.lines('ran')].sort()).toEqual(['one 1', 'three 1', 'two 1']);
  });

  it('keeps the results of a history that was rewritten', async () => {
    world.addResource('core', says());
    world.addChange('core', '1');
    world.setValue('core', '1');
    world.enable();
    const first = await world.open();
    await world.startAgent(first, 'once').ended;
    expect(world.lines('ran')).toEqual(['core 1']);
    const date = git(world.origin, ['log', '-1', '--format=%aI', 'core']);
    const definition = git(world.origin, ['show', 'core:resource.yaml']);
    const parent = addCommit(world.origin, 'core', {
      parent: tipOf(world.origin, 'main'),
      files: { 'resource.yaml': `${definition}\n# rewritten\n` },
    });
    const commit = addCommit(world.origin, 'core', { parent, message: 'New core (1)', date });
    await world.startAgent(await world.open(), 'once').ended;
    expect(world.lines('ran')).toEqual(['core 1']);
    expect(world.notes(commit)).toEqual([]);
  });

  it('begins with the remote away: nothing starts before it was looked at, and then nothing old', async () => {
    world.addResource('core', says());
    world.addChange('core', '1');
    world.setValue('core', '1');
    const away = join(world.path, 'away.git');
    renameSync(world.origin, away);
    const agent = world.startAgent(await world.open('a', { settings: { interval: '1s' } }));
    await agent.rests(1);
    renameSync(away, world.origin);
    const other = await world.open();
    await other.check(NOW, NEVER);
    agent.stop();
    await agent.ended;
    expect(world.lines('ran')).toEqual([]);
    expect(world.notes(world.tip('core'))).toMatchObject([{ status: 'adopted' }]);
  });

  it('writes a result once, and again at the next start where the remote did not take it', async () => {
    world.addResource('core', says());
    const commit = world.addChange('core', '1');
    world.setValue('core', '1');
    world.enable();
    installHook(world.origin, 'update', 'case "$1" in refs/notes/*) exit 1;; esac');
    await world.startAgent(await world.open(), 'once').ended;
    expect(world.notes(commit)).toEqual([]);
    expect(world.said.join('\n')).toContain('is not on the remote yet');
    installHook(world.origin, 'update', 'exit 0');
    await world.startAgent(await world.open(), 'once').ended;
    const [note, ...more] = world.notes(commit);
    expect(note).toMatchObject({ status: 'success', attempt: 1 });
    expect(more).toEqual([]);
    expect(world.lines('ran')).toEqual(['core 1']);
  });
});

describe('several agents with a runner', () => {
  it('run one change exactly once, and leave no claim behind', async () => {
    addCommit(world.origin, 'main', { files: { 'spread-cron.yaml': 'agents: many\n' } });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) {
      world.addResource(name, says());
      world.addChange(name, '1');
      world.setValue(name, '1');
    }
    world.enable();
    const agents = await Promise.all(
      ['one', 'two', 'three'].map(async (name) => world.startAgent(await world.open(name), 'once')),
    );
    await Promise.all(agents.map(({ ended }) => ended));
    expect([...world.lines('ran')].sort()).toEqual(names.map((name) => `${name} 1`));
    for (const name of names) expect(world.notes(world.tip(name))).toMatchObject([{ status: 'success', attempt: 1 }]);
    expect(world.claims()).toBe('');
  });

  it('try again later where a change cannot be claimed, and never tell that it failed', async () => {
    addCommit(world.origin, 'main', { files: { 'spread-cron.yaml': 'agents: many\n' } });
    world.addResource('core', says());
    const commit = world.addChange('core', '1');
    world.setValue('core', '1');
    world.enable();
    installHook(world.origin, 'update', 'case "$1" in refs/spread-cron/*) exit 1;; esac');
    const agent = world.startAgent(await world.open());
    await agent.rests(1);
    await world.says('is given up');
    expect(world.notes(commit)).toEqual([]);
    installHook(world.origin, 'update', 'exit 0');
    await (await world.open()).check(NOW, NEVER);
    expect(await agent.until(finished('core'))).toMatchObject({ status: 'success', attempt: 1 });
    agent.stop();
    await agent.ended;
    expect(world.notes(commit)).toMatchObject([{ status: 'success', attempt: 1 }]);
  });
});

describe('a live agent', () => {
  it('carries out what commands ask for: run, cancel, retry', async () => {
    world.addResource('core', waits());
    world.addChange('core', '1');
    const agent = world.startAgent(await world.open());
    await agent.rests(1);
    const other = await world.open();
    const heard: RunRecord[] = [];
    const asked = other.run(requestOf('core', { note: 'mine' }), (run) => void heard.push(run), NEVER);
    const { id } = await agent.until(isRunning);
    expect(await other.cancel(id.slice(0, 8), NEVER)).toMatchObject({ id });
    expect(await asked).toMatchObject({ id, status: 'cancelled', user: 'ada', note: 'mine' });
    expect(heard[0]).toMatchObject({ id, status: 'waiting' });
    expect(processesMentioning(id)).toEqual([]);
    go();
    const again = await other.retry('core', () => {}, NEVER);
    expect(again).toMatchObject({ status: 'success', attempt: 2, reason: 'retry' });
    expect(await failureOf(other.cancel(again.id, NEVER))).toMatchObject({ reason: 'refused' });
    expect(await failureOf(other.run(requestOf('nothing'), () => {}, NEVER))).toMatchObject({ reason: 'not-found' });
    expect(agent.told.some((run) => run.id === again.id)).toBe(true);
  });

  it('lets what runs end when it is told to stop, starts nothing new, and refuses what is asked for', async () => {
    world.addResource('core', waits());
    const agent = world.startAgent(await world.open());
    await agent.rests(1);
    const other = await world.open();
    const first = other.run(requestOf('core'), () => {}, NEVER);
    await agent.until(isRunning);
    const waiting = other.run(requestOf('core'), () => {}, NEVER).catch((error: unknown) => error);
    await agent.until(({ status, id }) => status === 'waiting' && id !== agent.told[0]?.id);
    agent.stop();
    expect(await failureOf(other.run(requestOf('core'), () => {}, NEVER))).toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('stopping'),
    });
    go();
    expect(await first).toMatchObject({ status: 'success' });
    await agent.ended;
    expect(agent.stopping).toEqual([{ running: 1, waiting: 1 }]);
    expect(await waiting).toMatchObject({ reason: 'cancelled' });
    expect(await other.runs({ statuses: ['waiting'], limit: 10 })).toHaveLength(1);
    expect(world.lines('began')).toHaveLength(1);
    // what waited is gone on with
    const next = world.startAgent(await world.open());
    expect(await next.until(finished('core'))).toMatchObject({ status: 'success', attempt: 1, reason: 'request' });
  });

  it('ends what runs when it is told so, and records that', async () => {
    world.addResource('core', waits());
    const commit = world.addChange('core', '1');
    world.setValue('core', '1');
    world.enable();
    const agent = world.startAgent(await world.open());
    const { id } = await agent.until(isRunning);
    agent.stop();
    agent.cancel();
    await agent.ended;
    expect(processesMentioning(id)).toEqual([]);
    expect(await (await world.open()).findRun(id)).toMatchObject({ status: 'cancelled', workspace: null });
    expect(world.notes(commit)).toMatchObject([{ run: id, status: 'cancelled' }]);
  });
});

describe('a chain', () => {
  /** A resource that watches the green runs of another. */
  function watching(name: string, watched: string): void {
    const definition = `message: New ${name}\nextract: [{ result: ${watched} }]\nrun: { ${says()} }\n`;
    addCommit(world.origin, name, { parent: tipOf(world.origin, 'main'), files: { 'resource.yaml': definition } });
  }

  it('fires at once in the agent that ran the first, and agent --once runs it to its end', async () => {
    world.addResource('core', says());
    watching('second', 'core');
    watching('third', 'second');
    world.addChange('core', '1');
    world.setValue('core', '1');
    world.enable();
    await world.startAgent(await world.open(), 'once').ended;
    expect(world.lines('ran')).toEqual(['core 1', 'second 1', 'third 1']);
  });

  it('in a circle is refused by validate, and fails the checks of everybody in it', async () => {
    watching('a', 'b');
    watching('b', 'a');
    world.enable();
    const app = await world.open();
    const agent = world.startAgent(app, 'once');
    await agent.ended;
    const outcomes = [...agent.outcomes].sort((one, other) => (one.resource < other.resource ? -1 : 1));
    expect(outcomes).toMatchObject([
      { resource: 'a', outcome: 'failed', error: { reason: 'definition', message: expect.stringContaining('circle') } },
      { resource: 'b', outcome: 'failed', error: { reason: 'definition' } },
    ]);
    const validated = await (await world.open()).validate([], NEVER);
    expect(JSON.stringify(validated)).toContain('a -> b -> a');
  });
});
