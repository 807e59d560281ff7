import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords } from '../../../src/record/open-records.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { failureOf } from '../../support/failures.ts';
import { addCommit, git } from '../../support/git-origin.ts';
import { makeRunWorld, type RunWorld, requestOf } from '../../support/run-world.ts';

const NEVER = new AbortController().signal;

let world: RunWorld;

beforeEach(async () => {
  world = await makeRunWorld();
});

afterEach(async () => {
  await world.close();
});

/** A task that writes its environment into a file, line by line. */
const showing = (file: string) => `tasks: { suite: { script: ['env >> ${world.path}/${file}'] } }`;

function variablesIn(name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    world.lines(name).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

function ours(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => /^SC_/.test(name)));
}

describe('the variables of a task', () => {
  it('tell the change, the run, and how the runs before it ended', async () => {
    world.addResource('core', `tasks: { suite: { script: ['env > ${world.path}/env-$SC_ATTEMPT', './judge'] } }`, {
      judge: { executable: '#!/bin/sh\nexit $JUDGED\n' },
    });
    const first = world.addChange('core', '1');
    const app = await world.open();
    const green = await world.run(app, 'core', { variables: { JUDGED: '0' } });
    const red = await world.run(app, 'core', { variables: { JUDGED: '4' } });
    const second = world.addChange('core', '2');
    const run = await world.run(app, 'core', { variables: { JUDGED: '0' } });
    expect([green, red, run].map(({ status, attempt, change }) => [status, attempt, change?.commit])).toEqual([
      ['success', 1, first],
      ['failed', 2, first],
      ['success', 1, second],
    ]);
    const before = {
      SC_PREVIOUS_RUN_ID: red.id,
      SC_PREVIOUS_STATUS: 'failed',
      SC_PREVIOUS_EXIT_CODE: '4',
      SC_PREVIOUS_VALUE: '1',
    };
    const variables = variablesIn('env-1');
    expect(ours(variables)).toEqual({
      SC_RESOURCE: 'core',
      SC_BRANCH: 'core',
      SC_MESSAGE: 'New core',
      SC_VALUE: '2',
      SC_COMMIT: second,
      SC_RUN_ID: run.id,
      SC_ATTEMPT: '1',
      SC_TASK: 'suite',
      SC_REASON: 'request',
      SC_WORKSPACE: expect.stringContaining(run.id),
      ...before,
      SC_PREVIOUS_STARTED: expect.stringMatching(/^\d{4}-.*Z$/),
      SC_PREVIOUS_FINISHED: expect.stringMatching(/^\d{4}-.*Z$/),
      SC_PREVIOUS_BAD_RUN_ID: red.id,
      SC_PREVIOUS_BAD_STATUS: 'failed',
      SC_PREVIOUS_BAD_EXIT_CODE: '4',
      SC_PREVIOUS_BAD_VALUE: '1',
      SC_PREVIOUS_BAD_STARTED: expect.any(String),
      SC_PREVIOUS_BAD_FINISHED: expect.any(String),
      SC_PREVIOUS_GOOD_RUN_ID: green.id,
      SC_PREVIOUS_GOOD_STATUS: 'success',
      SC_PREVIOUS_GOOD_EXIT_CODE: '0',
      SC_PREVIOUS_GOOD_VALUE: '1',
      SC_PREVIOUS_GOOD_STARTED: expect.any(String),
      SC_PREVIOUS_GOOD_FINISHED: expect.any(String),
    });
    expect(variables).toMatchObject({ CI: 'true', SPREAD_CRON: 'true', JUDGED: '0', GITHUB_SHA: second });
    expect(variables).not.toHaveProperty('SPREAD_CRON_REPOSITORY');
  });

  it('hold the value before the change, whatever is in it', async () => {
    const value = `7' "$(touch x)\``;
    world.addResource('core', showing('env'));
    world.addChange('core', value);
    world.addChange('core', '8');
    await world.run(await world.open(), 'core');
    expect(variablesIn('env')).toMatchObject({ SC_VALUE: '8', SC_PREVIOUS_VALUE: value });
  });
});

describe('run variables', () => {
  it('are kept with the run, and in the note only where the definition says that they are public', async () => {
    world.addResource('core', `public_variables: [MODE]\n${showing('env')}`);
    const commit = world.addChange('core', '1');
    const run = await world.run(await world.open(), 'core', { variables: { MODE: 'quick', TOKEN: 'private-thing' } });
    expect(run.variables).toEqual({ MODE: 'quick', TOKEN: 'private-thing' });
    expect(variablesIn('env')).toMatchObject({ MODE: 'quick', TOKEN: 'private-thing' });
    expect(world.notes(commit)).toMatchObject([{ run: run.id, status: 'success', variables: { MODE: 'quick' } }]);
    expect(git(world.origin, ['notes', '--ref=spread-cron', 'show', commit])).not.toContain('private-thing');
  });

  it.each(['PATH', 'LD_PRELOAD', 'SC_VALUE'])('that would change how things run are refused: %s', async (name) => {
    world.addResource('core', showing('env'));
    const app = await world.open();
    expect((await failureOf(world.run(app, 'core', { variables: { [name]: 'x' } }))).reason).toBe('usage');
    expect(await app.runs({ limit: 10 })).toEqual([]);
  });
});

describe('a run of a resource', () => {
  it('is for the change that the beginning of its commit names', async () => {
    world.addResource('core', showing('env'));
    const first = world.addChange('core', '1');
    world.addChange('core', '2');
    const app = await world.open();
    const run = await world.run(app, 'core', { commit: first.slice(0, 9).toUpperCase() });
    expect(run.change).toMatchObject({ commit: first, value: '1', previous: null });
    expect(world.notes(first)).toMatchObject([{ run: run.id, attempt: 1 }]);
    const failure = await failureOf(world.run(app, 'core', { commit: '0'.repeat(12) }));
    expect(failure).toMatchObject({ reason: 'not-found', details: { name: 'core' } });
  });

  it('is found by its branch too', async () => {
    world.addResource('core', showing('env'));
    addCommit(world.origin, 'main', { files: { 'spread-cron.yaml': 'branch_prefix: co\n' } });
    world.addChange('core', '1');
    const run = await world.run(await world.open(), 'core');
    expect(run).toMatchObject({ resource: 're', status: 'success', change: { value: '1' } });
  });

  it('that is due is that of the change: claimed first, and made once', async () => {
    world.addResource('core', showing('env'));
    const commit = world.addChange('core', '1');
    const [one, other] = [await world.open(), await world.open('elsewhere')];
    const request = requestOf('core', { when: 'due' });
    expect(await one.standing(request, NEVER)).toMatchObject({ standing: 'open', change: { commit, value: '1' } });
    const [run, given] = await Promise.all([
      world.run(one, 'core', { when: 'due' }),
      world.run(other, 'core', { when: 'due' }),
    ]);
    const ran = [run, given].filter(({ status }) => status === 'success');
    expect(ran).toMatchObject([{ reason: 'change', attempt: 1 }]);
    expect([run, given].find(({ status }) => status !== 'success')).toMatchObject({
      status: 'cancelled',
      startedAt: null,
      error: { reason: 'refused' },
    });
    expect(world.notes(commit)).toHaveLength(1);
    expect(await one.standing(request, NEVER)).toMatchObject({ standing: 'done' });
    expect(world.lines('env').filter((line) => line === 'SC_REASON=change')).toHaveLength(1);
  });

  it('needs no change: it is for none then, and no note is written', async () => {
    world.addResource('core', showing('env'));
    const run = await world.run(await world.open(), 'core', { note: 'rehearsal' });
    expect(run).toMatchObject({ status: 'success', change: null, user: 'ada', note: 'rehearsal', reason: 'request' });
    expect(variablesIn('env')).not.toHaveProperty('SC_COMMIT');
    expect(git(world.origin, ['for-each-ref', 'refs/notes'])).toBe('');
  });

  it('is refused where there is nothing to run, and a slip of the pen is told', async () => {
    world.addResource('core', 'env: { A: b }');
    const app = await world.open();
    expect(await failureOf(world.run(app, 'core'))).toMatchObject({ reason: 'definition' });
    expect(await failureOf(world.run(app, 'cor'))).toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('no'),
    });
  });

  it('is tried again as the next attempt, with its variables, for the same change', async () => {
    world.addResource('core', `tasks: { suite: { script: ['test -e ${world.path}/mended'] } }`);
    const commit = world.addChange('core', '1');
    const app = await world.open();
    const red = await world.run(app, 'core', { variables: { MODE: 'quick' }, note: 'mine' });
    world.addChange('core', '2');
    writeFileSync(join(world.path, 'mended'), '');
    const green = await app.retry(red.id.slice(0, 6), () => {}, NEVER);
    expect(red).toMatchObject({ status: 'failed', attempt: 1 });
    expect(green).toMatchObject({
      status: 'success',
      attempt: 2,
      reason: 'retry',
      variables: { MODE: 'quick' },
      change: { commit, value: '1' },
      definition: red.definition,
    });
    expect(world.notes(commit).map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'failed'],
      [2, 'success'],
    ]);
    expect(await app.findRun('core')).toMatchObject({ id: green.id });
    expect(await app.findRun('core~1')).toMatchObject({ id: red.id });
    expect(await failureOf(app.findRun('core~2'))).toMatchObject({ reason: 'not-found', details: { recorded: 2 } });
  });

  it('is tried again where the process that carried it out was killed, and kept as lost', async () => {
    world.addResource('core', "tasks: { suite: { script: ['true'] } }");
    world.addChange('core', '1');
    const app = await world.open();
    const ended = await world.run(app, 'core');
    const [name = ''] = readdirSync(world.path, { recursive: true, encoding: 'utf8' }).filter((one) =>
      one.endsWith('runs.db'),
    );
    const log = { info: () => {}, warn: () => {}, debug: () => {} };
    const path = join(world.path, name);
    const records = await openRecords({ path, log, clock: systemClock, program: '0' });
    const process = { pid: 2 ** 22 + 1, started: 'never' };
    const killed = { ...ended, id: 'f'.repeat(12), attempt: 2, status: 'running', finishedAt: null, process } as const;
    await records.save(killed);
    expect(await app.findRun(killed.id)).toMatchObject({ status: 'lost' });
    expect(await app.retry(killed.id, () => {}, NEVER)).toMatchObject({ status: 'success', attempt: 3 });
    expect(await app.findRun(killed.id)).toMatchObject({ status: 'lost' });
    await records.close();
  });

  it('that ended cannot be cancelled, and one that is not there is not found', async () => {
    world.addResource('core', showing('env'));
    const app = await world.open();
    const { id } = await world.run(app, 'core');
    expect(await failureOf(app.cancel(id, NEVER))).toMatchObject({ reason: 'refused', details: { status: 'success' } });
    expect(await failureOf(app.cancel('coer', NEVER))).toMatchObject({
      reason: 'not-found',
      details: { did_you_mean: 'core' },
    });
  });
});

describe('a run of a file', () => {
  it('needs no repository, and is kept with who asked, why, and its variables', async () => {
    const directory = join(world.path, 'somewhere');
    mkdirSync(directory);
    const file = join(directory, 'nightly.yaml');
    writeFileSync(join(directory, 'beside'), 'here');
    writeFileSync(
      file,
      `run: { tasks: { suite: { script: ['cat beside > ${world.path}/seen', 'echo $MODE >> ${world.path}/seen'] } } }\n`,
    );
    const app = await world.open('alone', { url: null });
    const request = requestOf(file, { variables: { MODE: 'quick' }, note: 'to see' });
    expect(await app.plan(request, NEVER)).toMatchObject({ resource: 'nightly', change: null });
    const run = await app.run(request, () => {}, NEVER);
    expect(run).toMatchObject({
      resource: 'nightly',
      status: 'success',
      change: null,
      definition: file,
      user: 'ada',
      note: 'to see',
      variables: { MODE: 'quick' },
    });
    expect(world.lines('seen')).toEqual(['herequick']);
    expect(await app.retry('nightly', () => {}, NEVER)).toMatchObject({
      attempt: 2,
      reason: 'retry',
      status: 'success',
    });
    expect(await app.runs({ limit: 10 })).toMatchObject([{ attempt: 2 }, { attempt: 1 }]);
    expect(await failureOf(app.run({ ...request, commit: 'abcd' }, () => {}, NEVER))).toMatchObject({
      reason: 'usage',
    });
  });

  it('works beside a repository whose remote is away', async () => {
    const file = join(world.path, 'nightly.yaml');
    writeFileSync(file, `run: { tasks: { suite: { script: ['echo ran > ${world.path}/seen'] } } }\n`);
    const app = await world.open('away', { url: `${world.path}/gone.git` });
    expect(await world.run(app, file)).toMatchObject({ status: 'success' });
  });
});

describe('a queue', () => {
  it('with no place refuses a run while one runs', async () => {
    world.addResource(
      'core',
      `queue_limit: 0\ntasks: { suite: { script: ['while test ! -e ${world.path}/go; do sleep 0.05; done'] } }`,
    );
    const app = await world.open();
    let begun: () => void = () => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const first = app.run(requestOf('core'), ({ status }) => status === 'running' && begun(), NEVER);
    await running;
    expect(await failureOf(world.run(app, 'core'))).toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('queue_limit'),
    });
    writeFileSync(join(world.path, 'go'), '');
    expect(await first).toMatchObject({ status: 'success' });
    expect(await app.runs({ limit: 10 })).toHaveLength(1);
  });

  it('tells of a run that another took the place of, who that is', async () => {
    world.addResource(
      'core',
      `queue_strategy: replace\nqueue_limit: 1\ntasks: { suite: { script: ['while test ! -e ${world.path}/go; do sleep 0.05; done'] } }`,
    );
    const commit = world.addChange('core', '1');
    const app = await world.open();
    const accepted = async () => {
      let tell: (id: string) => void = () => {};
      const id = new Promise<string>((resolve) => {
        tell = resolve;
      });
      const ended = app.run(requestOf('core'), (run) => tell(run.id), NEVER);
      return { id: await id, ended };
    };
    const first = await accepted();
    const second = await accepted();
    const third = await accepted();
    writeFileSync(join(world.path, 'go'), '');
    expect(await second.ended).toMatchObject({ status: 'superseded', supersededBy: third.id, startedAt: null });
    expect(await first.ended).toMatchObject({ status: 'success' });
    expect(await third.ended).toMatchObject({ status: 'success' });
    expect(await app.findRun(second.id)).toMatchObject({ status: 'superseded', supersededBy: third.id });
    expect(world.notes(commit).map(({ run, status }) => [run, status])).toEqual(
      expect.arrayContaining([
        [first.id, 'success'],
        [second.id, 'superseded'],
        [third.id, 'success'],
      ]),
    );
  });
});
