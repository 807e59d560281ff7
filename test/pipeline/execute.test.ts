import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import type { RunRecord, RunStatus, TaskRecord } from '../../src/core/run.ts';
import { git, makeOrigin } from '../support/git-origin.ts';
import { processesMentioning } from '../support/processes.ts';
import { makeRunWorld, type RunWorld, requestOf } from '../support/run-world.ts';
import { startWebServer } from '../support/web.ts';

const NEVER = new AbortController().signal;

let world: RunWorld;

beforeEach(async () => {
  world = await makeRunWorld();
});

afterEach(async () => {
  await world.close();
});

function statusesOf(run: RunRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(run.tasks.map(({ name, status }: TaskRecord) => [name, status]));
}

async function logOf(app: App, run: RunRecord, task: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of app.log(run.id, task, {}, NEVER)) pieces.push(piece.bytes);
  return Buffer.concat(pieces).toString();
}

/** Runs until `when` first holds, and cancels it then; how it ended. */
async function cancelledWhen(app: App, target: string, when: (run: RunRecord) => boolean): Promise<RunRecord> {
  const cancel = new AbortController();
  return app.run(requestOf(target), (run) => when(run) && cancel.abort(), cancel.signal);
}

const isTaskRunning = (name: string) => (run: RunRecord) =>
  run.tasks.some((task) => task.name === name && task.status === 'running');

describe('a run', () => {
  it('ends with success, the tasks in their order, and leaves no workspace', async () => {
    world.addResource(
      'core',
      `tasks:\n  b: { script: [echo b >> ${world.path}/out], depends_on: [a] }\n  a: { script: ['echo a >> ${world.path}/out; pwd > ${world.path}/where'] }`,
    );
    const app = await world.open();
    const run = await world.run(app, 'core');
    expect(run).toMatchObject({
      status: 'success',
      exitCode: 0,
      error: null,
      workspace: null,
      change: null,
      attempt: 1,
    });
    expect(world.lines('out')).toEqual(['a', 'b']);
    expect(existsSync(world.lines('where')[0] ?? '')).toBe(false);
    expect(await app.findRun('core')).toEqual(run);
  });

  it('fails in the step prepare where the target cannot be cloned, and its tasks are skipped', async () => {
    world.addResource(
      'core',
      `target: { repository: 'file://${world.path}/nowhere.git' }\ntasks: { suite: { script: [test 1] } }\non_error: { script: [touch ${world.path}/told] }`,
    );
    const run = await world.run(await world.open(), 'core');
    expect(run).toMatchObject({ status: 'failed', exitCode: null, workspace: null, error: { step: 'prepare' } });
    expect(statusesOf(run)).toEqual({ prepare: 'failed', suite: 'skipped' });
    expect(run.error?.message).toMatch(/nowhere/);
  });

  it('is timed out when its own time is up, while it prepares or while a task runs', async () => {
    world.addResource(
      'slow',
      'timeout: 1s\ntasks:\n  suite: { script: [sleep 60] }\n  later: { script: [test 1], depends_on: [suite] }',
    );
    const web = await startWebServer();
    // takes the request and never answers
    web.on('/target.git/info/refs', () => {});
    world.addResource(
      'deaf',
      `timeout: 1s\ntarget: { repository: '${web.url}/target.git' }\ntasks: { suite: { script: [test 1] } }`,
    );
    const app = await world.open();
    const [slow, deaf] = await Promise.all([world.run(app, 'slow'), world.run(await world.open('b'), 'deaf')]);
    await web.close();
    expect(slow).toMatchObject({ status: 'timed-out', error: { reason: 'timed-out' } });
    expect(statusesOf(slow)).toEqual({ suite: 'cancelled', later: 'skipped' });
    expect(deaf).toMatchObject({ status: 'timed-out', error: { reason: 'timed-out', step: 'prepare' } });
    expect(statusesOf(deaf)).toEqual({ prepare: 'timed-out', suite: 'skipped' });
  });

  it('is cancelled while it prepares', async () => {
    const web = await startWebServer();
    const asked = new Promise<void>((resolve) => web.on('/target.git/info/refs', () => resolve()));
    world.addResource(
      'core',
      `target: { repository: '${web.url}/target.git' }\ntasks: { suite: { script: [test 1] } }`,
    );
    const app = await world.open();
    const cancel = new AbortController();
    const running = app.run(requestOf('core'), () => {}, cancel.signal);
    await asked;
    cancel.abort();
    const run = await running;
    await web.close();
    expect(run).toMatchObject({ status: 'cancelled', error: null, workspace: null });
    expect(statusesOf(run)).toEqual({ prepare: 'cancelled', suite: 'skipped' });
  });

  it('is cancelled while a task runs, with everything that the task started', async () => {
    world.addResource(
      'core',
      `tasks:\n  suite: { script: ['sleep 300 &', 'echo begun', wait] }\n  later: { script: [test 1], depends_on: [suite] }`,
    );
    const app = await world.open();
    const cancel = new AbortController();
    const begun: RunRecord[] = [];
    const run = await app.run(
      requestOf('core'),
      (now) => {
        if (!isTaskRunning('suite')(now) || begun.push(now) > 1) return;
        untilPrinted(app, now, 'begun').then(
          () => cancel.abort(),
          () => cancel.abort(),
        );
      },
      cancel.signal,
    );
    expect(run).toMatchObject({ status: 'cancelled', error: null });
    expect(statusesOf(run)).toEqual({ suite: 'cancelled', later: 'skipped' });
    expect(processesMentioning(run.id)).toEqual([]);
  });

  it('stays cancelled where that is asked for the moment it is told that it waits', async () => {
    world.addResource('core', 'start_delay: 1h\ntasks: { suite: { script: [test 1] } }');
    const app = await world.open();
    const run = await cancelledWhen(app, 'core', ({ status }) => status === 'waiting');
    expect(run).toMatchObject({ status: 'cancelled', startedAt: null, tasks: [] });
    expect(await app.findRun(run.id)).toMatchObject({ status: 'cancelled' });
  });

  it('fails with the exit code of the first task that failed, and on_error is told of it', async () => {
    world.addResource(
      'core',
      `tasks:\n  a: { script: ['echo good', 'echo bad >&2', exit 3] }\n  b: { script: [test 1], depends_on: [a] }\n` +
        `on_error: { script: ['echo "$SC_FAILED_TASK $SC_FAILED_EXIT_CODE" > ${world.path}/told', 'cat "$SC_FAILED_STDOUT" "$SC_FAILED_STDERR" >> ${world.path}/told'] }`,
    );
    const run = await world.run(await world.open(), 'core');
    expect(run).toMatchObject({ status: 'failed', exitCode: 3, error: null });
    expect(statusesOf(run)).toEqual({ a: 'failed', b: 'skipped', on_error: 'success' });
    expect(world.lines('told')).toEqual(['a 3', 'good', 'bad']);
  });

  it('is failed, and none of its tasks begin, where its workspace cannot be made', async () => {
    world.addResource('core', `tasks: { suite: { script: [touch ${world.path}/ran] } }`);
    const app = await world.open();
    await world.run(app, 'core');
    const [state = ''] = readdirSync(join(world.path, 'a', 'state'));
    const workspaces = join(world.path, 'a', 'state', state, 'workspaces');
    rmSync(workspaces, { recursive: true });
    rmSync(join(world.path, 'ran'));
    // in the way of every directory below it
    writeFileSync(workspaces, '');
    const run = await world.run(app, 'core');
    expect(run).toMatchObject({ status: 'failed', workspace: null, error: { step: null } });
    expect(run.error?.message).toContain('workspace');
    expect(statusesOf(run)).toEqual({ suite: 'skipped' });
    expect(world.lines('ran')).toEqual([]);
  });
});

describe('secrets of a run', () => {
  it('reach tasks and files, and nothing that is kept', async () => {
    const value = 'hunter2-and-more';
    const settings = { secrets: { TOKEN: { env: 'MY_TOKEN', resources: ['core'] } } };
    world.addResource(
      'core',
      "env: { TOKEN: '${secret:TOKEN}' }\nfiles: { sa.json: { secret: TOKEN } }\n" +
        `tasks: { suite: { script: ['echo "it is $TOKEN"', 'test "$TOKEN" = "$(cat "$BRANCH_PATH/sa.json")"', 'echo $BRANCH_PATH > ${world.path}/where', exit 7] } }\non_error: { script: ['cat "$SC_FAILED_STDOUT"'] }`,
    );
    world.addChange('core', '1');
    const app = await world.open('a', { settings, environment: { MY_TOKEN: value } });
    const run = await world.run(app, 'core', { workspace: 'keep' });
    expect(run).toMatchObject({ status: 'failed', exitCode: 7 });
    expect(await logOf(app, run, 'suite')).toBe('it is ***\n');
    expect(await logOf(app, run, 'on_error')).toBe('it is ***\n');
    expect(existsSync(join(world.lines('where')[0] ?? '', 'sa.json'))).toBe(false);
    expect(JSON.stringify(run)).not.toContain(value);
    expect(git(world.origin, ['notes', '--ref=spread-cron', 'show', world.tip('core')])).not.toContain(value);
  });

  it('are refused to a resource that is not listed: the task is not started, and the log has no value', async () => {
    const settings = { secrets: { TOKEN: { env: 'MY_TOKEN', resources: ['other'] } } };
    world.addResource('core', "env: { TOKEN: '${secret:TOKEN}' }\ntasks: { suite: { script: ['echo $TOKEN'] } }");
    const app = await world.open('a', { settings, environment: { MY_TOKEN: 'hunter2-and-more' } });
    const run = await world.run(app, 'core');
    expect(run).toMatchObject({ status: 'failed', exitCode: null });
    expect(run.tasks).toMatchObject([{ status: 'failed', error: expect.stringContaining('TOKEN') }]);
  });
});

describe('the target of a run', () => {
  it('is cloned at the ref that the value names, and tasks begin there', async () => {
    const target = makeOrigin(join(world.path, 'target.git'));
    const tree = git(target, ['mktree'], `100644 blob ${git(target, ['hash-object', '-w', '--stdin'], 'x')}\tfile\n`);
    const commit = git(target, ['commit-tree', tree, '-m', 'x']);
    git(target, ['update-ref', 'refs/tags/v7', commit]);
    git(target, ['update-ref', 'refs/heads/main', commit]);
    world.addResource(
      'core',
      `target: { repository: 'file://${target}', ref: 'v\${value}' }\ntasks: { suite: { script: ['cp file ${world.path}/copied; test "$PWD" = "$SC_TARGET"'] } }`,
    );
    world.addChange('core', '7');
    const run = await world.run(await world.open(), 'core');
    expect(run).toMatchObject({ status: 'success' satisfies RunStatus, change: { value: '7', previous: null } });
    expect(statusesOf(run)).toEqual({ prepare: 'success', suite: 'success' });
    expect(world.lines('copied')).toEqual(['x']);
  });
});

/** Resolves when the log of a task holds the text. */
async function untilPrinted(app: App, run: RunRecord, text: string): Promise<void> {
  let printed = '';
  for await (const piece of app.log(run.id, 'suite', { follow: true }, NEVER)) {
    printed += Buffer.from(piece.bytes).toString();
    if (printed.includes(text)) return;
  }
}
