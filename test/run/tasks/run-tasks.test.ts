import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { isFinished } from '../../../src/core/run.ts';
import type { TaskDefinition } from '../../../src/core/run-definition.ts';
import { sortTasks } from '../../../src/run/plan/task-order.ts';
import { runTasks, type TaskGraph } from '../../../src/run/tasks/run-tasks.ts';
import { createStage, graphOf, type Stage, statuses, task } from '../../support/task-stage.ts';

const never = () => new AbortController().signal;

const ON_ERROR = { script: ['./tell'], env: { LEVEL: 'high' } };

/** The statuses of a graph that was carried out on this stage. */
async function played(tasks: readonly TaskDefinition[], stage: Stage, more: Partial<TaskGraph> = {}) {
  const end = await runTasks(graphOf(tasks, more), stage.tools, never());
  return { status: end.status, exitCode: end.exitCode, tasks: statuses(end.tasks) };
}

describe('tasks', () => {
  it('start when what they depend on has ended, as many as are ready', async () => {
    const stage = createStage({ b: ['held'], c: ['held'] });
    const end = runTasks(
      graphOf([task('a'), task('b', ['a']), task('c', ['a']), task('d', ['b', 'c'])]),
      stage.tools,
      never(),
    );
    await Promise.all([stage.held('b'), stage.held('c')]);
    expect(stage.started).toEqual(['a', 'b', 'c']);
    stage.end('c', 0);
    stage.end('b', 0);
    expect(await end).toMatchObject({ status: 'success', exitCode: 0 });
    expect(stage.started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('have a start and an end time, an exit code and one try', async () => {
    const stage = createStage();
    const begin = stage.clock.now();
    const end = await runTasks(graphOf([task('a')]), stage.tools, never());
    expect(end.tasks).toEqual([
      { name: 'a', status: 'success', startedAt: begin, finishedAt: begin + 1_000, exitCode: 0, tries: 1, error: null },
    ]);
  });

  it('without a script join others, and nothing is started for them', async () => {
    const stage = createStage();
    const tasks = [task('a'), task('b'), task('c'), task('join', ['a', 'b', 'c'], { script: [] }), task('d', ['join'])];
    expect(await played(tasks, stage)).toMatchObject({ status: 'success', tasks: { join: 'success', d: 'success' } });
    expect(stage.started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that are none at all succeed', async () => {
    expect(await played([], createStage())).toEqual({ status: 'success', exitCode: 0, tasks: {} });
  });

  it('run side by side within the bound, in the order of the graph', async () => {
    const stage = createStage();
    const tasks = ['a', 'b', 'c', 'd', 'e'].map((name) => task(name));
    expect(await played(tasks, stage, { parallel: 2 })).toMatchObject({ status: 'success' });
    expect(stage.mostAtOnce()).toBe(2);
    expect(stage.started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it.each([
    ['zeta, alpha', [task('zeta'), task('alpha')], 'alpha zeta'],
    ['b after a', [task('b', ['a']), task('a')], 'a b'],
    [
      'the archive of an export',
      [task('build_archive', ['site_export']), task('site_export', ['prepare_directory']), task('prepare_directory')],
      'prepare_directory site_export build_archive',
    ],
    [
      'seven tasks',
      [
        task('a'),
        task('b', ['a', 'e']),
        task('c', ['d', 'b']),
        task('d', ['a']),
        task('e', ['a']),
        task('f', ['b', 'e']),
        task('g', ['c', 'f']),
      ],
      'a d e b c f g',
    ],
  ])('one at a time start in the order of the plan: %s', async (_, tasks, order) => {
    const stage = createStage();
    await played(sortTasks(tasks), stage, { parallel: 1 });
    expect(stage.started.join(' ')).toBe(order);
  });

  it('are told of in the order of the graph, as running before they are started', async () => {
    const stage = createStage();
    await played([task('b'), task('a', ['b'])], stage);
    expect(stage.told).toEqual([
      { b: 'running', a: 'waiting' },
      { b: 'success', a: 'running' },
      { b: 'success', a: 'success' },
    ]);
    expect(stage.told.map((states) => Object.keys(states))).toEqual([
      ['b', 'a'],
      ['b', 'a'],
      ['b', 'a'],
    ]);
  });

  it('that wait for each other or for what is missing are refused', async () => {
    const circle = graphOf([task('a', ['b']), task('b', ['a'])]);
    await expect(runTasks(circle, createStage().tools, never())).rejects.toMatchObject({ reason: 'definition' });
    const missing = graphOf([task('a', ['b'])]);
    await expect(runTasks(missing, createStage().tools, never())).rejects.toMatchObject({ reason: 'definition' });
  });

  it('that cannot be started have failed, with the error', async () => {
    const stage = createStage({ a: [{ kind: 'not-started', error: 'no such directory' }] });
    const end = await runTasks(graphOf([task('a')]), stage.tools, never());
    expect(end).toMatchObject({ status: 'failed', exitCode: null });
    expect(end.tasks[0]).toMatchObject({ status: 'failed', exitCode: null, error: 'no such directory' });
  });

  it('whose start throws have failed, with what it threw', async () => {
    const start = () => Promise.reject(new Failure('not-writable', 'the log cannot be written', { path: '/full' }));
    const end = await runTasks(graphOf([task('a')]), { ...createStage().tools, start }, never());
    expect(end.tasks[0]).toMatchObject({ status: 'failed', error: 'the log cannot be written (path /full)' });
  });

  it('are ended and awaited where nobody can be told of them', async () => {
    const stage = createStage({ a: ['held'], b: ['held'] });
    let told = 0;
    const onChange = () => {
      told++;
      if (told === 2) throw new Error('disk full');
    };
    const end = runTasks(graphOf([task('a'), task('b'), task('c')]), { ...stage.tools, onChange }, never());
    await expect(end).rejects.toThrow('disk full');
    expect(() => stage.end('a', 0)).toThrow('no try of a is held');
  });
});

describe('a failure', () => {
  it('cancels running siblings and skips the rest: err beside a long ok', async () => {
    const stage = createStage({ ok: ['held'], err: ['held'] });
    const end = runTasks(graphOf([task('err'), task('ok'), task('after', ['ok'])]), stage.tools, never());
    await Promise.all([stage.held('ok'), stage.held('err')]);
    stage.end('err', 1);
    const { status, exitCode, tasks } = await end;
    expect({ status, exitCode }).toEqual({ status: 'failed', exitCode: 1 });
    expect(statuses(tasks)).toEqual({ err: 'failed', ok: 'cancelled', after: 'skipped' });
    expect(tasks[1]).toMatchObject({ exitCode: 130, error: null });
  });

  it.each([
    ['a sibling that traps the signal and fails', { kind: 'exited', code: 3 }],
    ['a sibling that traps the signal and succeeds', { kind: 'exited', code: 0 }],
    ['a sibling whose time was up meanwhile', { kind: 'timed-out', code: 137 }],
  ] as const)('leaves %s cancelled', async (_, end) => {
    const stage = createStage({ ok: ['held'], err: ['held'] }, { ok: end });
    const run = runTasks(graphOf([task('ok', [], { retries: 5 }), task('err')]), stage.tools, never());
    await Promise.all([stage.held('ok'), stage.held('err')]);
    stage.end('err', 9);
    expect(await run).toMatchObject({ status: 'failed', exitCode: 9, tasks: [{ status: 'cancelled', tries: 1 }, {}] });
  });

  it('does not change what ended by itself at the same time', async () => {
    const stage = createStage({ a: ['held'], b: ['held'], c: ['held'] });
    const run = runTasks(graphOf([task('a'), task('b'), task('c')]), stage.tools, never());
    await Promise.all([stage.held('a'), stage.held('b'), stage.held('c')]);
    stage.end('b', 2);
    stage.end('a', 1);
    stage.end('c', 0);
    const { exitCode, tasks } = await run;
    expect(exitCode).toBe(2);
    expect(statuses(tasks)).toEqual({ a: 'failed', b: 'failed', c: 'success' });
  });

  it('of a link of a chain skips the links after it', async () => {
    const tasks = [task('stage1'), task('stage2', ['stage1']), task('stage3', ['stage2']), task('stage4', ['stage3'])];
    expect((await played(tasks, createStage({ stage2: [1] }))).tasks).toEqual({
      stage1: 'success',
      stage2: 'failed',
      stage3: 'skipped',
      stage4: 'skipped',
    });
  });

  it('starts nothing more that was ready but had no slot', async () => {
    const stage = createStage({ err: [1] });
    const tasks = [task('err'), task('ready'), task('join', ['ready'])];
    expect((await played(tasks, stage, { parallel: 1 })).tasks).toEqual({
      err: 'failed',
      ready: 'skipped',
      join: 'skipped',
    });
    expect(stage.started).toEqual(['err']);
  });

  it('that is allowed fails neither the run nor what depends on it', async () => {
    const tasks = [task('lint', [], { allowFailure: true }), task('test', ['lint']), task('long')];
    expect(await played(tasks, createStage({ lint: [4] }))).toEqual({
      status: 'success',
      exitCode: 0,
      tasks: { lint: 'failed', test: 'success', long: 'success' },
    });
  });

  it('lets running and independent tasks go on where the graph says so', async () => {
    const stage = createStage({ ok: ['held'], err: ['held'] });
    const tasks = [
      task('err'),
      task('ok'),
      task('after-ok', ['ok']),
      task('after-err', ['err']),
      task('both', ['err', 'ok']),
    ];
    const end = runTasks(graphOf(tasks, { continueAfterFailure: true }), stage.tools, never());
    await Promise.all([stage.held('ok'), stage.held('err')]);
    stage.end('err', 1);
    stage.end('ok', 0);
    const { status, exitCode, tasks: states } = await end;
    expect({ status, exitCode }).toEqual({ status: 'failed', exitCode: 1 });
    expect(statuses(states)).toEqual({
      err: 'failed',
      ok: 'success',
      'after-ok': 'success',
      'after-err': 'skipped',
      both: 'skipped',
    });
  });

  it('gives the run the exit code of the task that failed first', async () => {
    const stage = createStage({ a: ['held'], b: ['held'] });
    const run = runTasks(graphOf([task('a'), task('b')], { continueAfterFailure: true }), stage.tools, never());
    await Promise.all([stage.held('a'), stage.held('b')]);
    stage.end('b', 7);
    stage.end('a', 8);
    expect(await run).toMatchObject({ status: 'failed', exitCode: 7 });
  });

  it('by time-out counts as one', async () => {
    const tasks = [task('slow'), task('after', ['slow'])];
    expect(await played(tasks, createStage({ slow: [{ kind: 'timed-out', code: 143 }] }))).toEqual({
      status: 'failed',
      exitCode: 143,
      tasks: { slow: 'timed-out', after: 'skipped' },
    });
  });
});

describe('retries', () => {
  it('start a failed or timed-out try again, counted', async () => {
    const stage = createStage({ flaky: [1, { kind: 'timed-out', code: 137 }, 0] });
    const end = await runTasks(graphOf([task('flaky', [], { retries: 2 })]), stage.tools, never());
    expect(end).toMatchObject({ status: 'success', tasks: [{ status: 'success', tries: 3, exitCode: 0 }] });
    expect(stage.contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(stage.told.map(({ flaky }) => flaky)).toEqual(['running', 'running', 'running', 'success']);
  });

  it('come to an end', async () => {
    const stage = createStage({ broken: [1, 2, 3] });
    const end = await runTasks(graphOf([task('broken', [], { retries: 2 })]), stage.tools, never());
    expect(end).toMatchObject({ status: 'failed', exitCode: 3, tasks: [{ status: 'failed', tries: 3 }] });
  });

  it('let siblings go on until none is left', async () => {
    const stage = createStage({ flaky: ['held', 'held'], ok: ['held'] });
    const run = runTasks(graphOf([task('flaky', [], { retries: 1 }), task('ok')]), stage.tools, never());
    await Promise.all([stage.held('flaky'), stage.held('ok')]);
    stage.end('flaky', 1);
    await stage.held('flaky');
    stage.end('ok', 0);
    stage.end('flaky', 0);
    expect(await run).toMatchObject({ status: 'success' });
  });

  it.each([
    ['after', ['flaky', 'err']],
    ['before', ['err', 'flaky']],
  ])("are not made where a sibling's failure comes %s the end of a try", async (_, order) => {
    const stage = createStage({ flaky: ['held'], err: ['held'] });
    const run = runTasks(graphOf([task('err'), task('flaky', [], { retries: 3 })]), stage.tools, never());
    await Promise.all([stage.held('flaky'), stage.held('err')]);
    for (const name of order) stage.end(name, 1);
    const { tasks } = await run;
    expect(statuses(tasks)).toEqual({ err: 'failed', flaky: 'cancelled' });
    expect(stage.started).toEqual(['err', 'flaky']);
  });
});

describe('when: failure and when: always', () => {
  const always = { when: 'always' } as const;
  const failure = { when: 'failure' } as const;

  it('run after a failure, told which task failed, when what they depend on has settled', async () => {
    const stage = createStage({ test: [42] });
    const tasks = [
      task('test'),
      task('clean', ['test'], always),
      task('tell', ['test'], failure),
      task('next', ['test']),
    ];
    expect(await played(tasks, stage)).toEqual({
      status: 'failed',
      exitCode: 42,
      tasks: { test: 'failed', clean: 'success', tell: 'success', next: 'skipped' },
    });
    expect(stage.contexts.map(({ failed }) => failed?.name ?? null)).toEqual([null, 'test', 'test']);
    expect(stage.contexts[1]?.failed).toMatchObject({ status: 'failed', exitCode: 42 });
  });

  it('without a failure: always runs, failure is skipped, and what depends on that too', async () => {
    const tasks = [
      task('test'),
      task('clean', ['test'], always),
      task('tell', ['test'], failure),
      task('after-tell', ['tell']),
      task('report', ['tell'], always),
    ];
    expect(await played(tasks, createStage())).toEqual({
      status: 'success',
      exitCode: 0,
      tasks: { test: 'success', clean: 'success', tell: 'skipped', 'after-tell': 'skipped', report: 'success' },
    });
  });

  it('failure hears of what failed at a distance, but not of what was only cancelled or allowed', async () => {
    const tasks = [
      task('lint', [], { allowFailure: true }),
      task('tell-lint', ['lint'], failure),
      task('build', ['lint']),
      task('test', ['build']),
      task('tell-test', ['test'], failure),
      task('docs', ['lint']),
      task('tell-docs', ['docs'], failure),
    ];
    const stage = createStage({ lint: [1], build: ['held'], docs: ['held'] });
    const run = runTasks(graphOf(tasks), stage.tools, never());
    await Promise.all([stage.held('build'), stage.held('docs')]);
    stage.end('build', 1);
    expect(statuses((await run).tasks)).toMatchObject({
      'tell-lint': 'skipped',
      test: 'skipped',
      'tell-test': 'success',
      docs: 'cancelled',
      'tell-docs': 'skipped',
    });
  });

  it('failure without dependencies comes after all others and asks whether any failed', async () => {
    const tasks = [task('tell', [], failure), task('a'), task('b'), task('after-tell', ['tell'], always)];
    const stage = createStage({ b: [1], a: [0] });
    expect((await played(tasks, stage, { continueAfterFailure: true })).tasks).toEqual({
      tell: 'success',
      a: 'success',
      b: 'failed',
      'after-tell': 'success',
    });
    expect(stage.started).toEqual(['a', 'b', 'tell', 'after-tell']);
    expect((await played(tasks, createStage())).tasks).toMatchObject({ tell: 'skipped', 'after-tell': 'success' });
    expect((await played([task('tell', [], failure)], createStage())).tasks).toEqual({ tell: 'skipped' });
  });

  it('that run already are not ended by a failure, and wait for siblings that are being ended', async () => {
    const stage = createStage({ watch: ['held'], err: ['held'], ok: ['held'] });
    const tasks = [task('watch', [], always), task('err'), task('ok'), task('clean', ['ok'], always)];
    const run = runTasks(graphOf(tasks), stage.tools, never());
    await Promise.all([stage.held('watch'), stage.held('err'), stage.held('ok')]);
    stage.end('err', 1);
    await stage.held('watch');
    stage.end('watch', 0);
    expect(statuses((await run).tasks)).toEqual({ watch: 'success', err: 'failed', ok: 'cancelled', clean: 'success' });
  });

  it('that fail make the run fail', async () => {
    const tasks = [task('test'), task('clean', ['test'], always)];
    expect(await played(tasks, createStage({ clean: [5] }))).toMatchObject({ status: 'failed', exitCode: 5 });
  });
});

describe('on_error', () => {
  it('runs after a failure as the last task, told which failed: b exits 42 and c depends on b', async () => {
    const stage = createStage({ b: [42] });
    const graph = graphOf([task('a'), task('b', ['a']), task('c', ['b'])], { onError: ON_ERROR });
    const end = await runTasks(graph, stage.tools, never());
    expect(end).toMatchObject({ status: 'failed', exitCode: 42 });
    expect(Object.entries(statuses(end.tasks))).toEqual([
      ['a', 'success'],
      ['b', 'failed'],
      ['c', 'skipped'],
      ['on_error', 'success'],
    ]);
    expect(stage.contexts.at(-1)?.failed).toMatchObject({ name: 'b', status: 'failed', exitCode: 42 });
    expect(stage.told.at(-1)).toEqual({ a: 'success', b: 'failed', c: 'skipped', on_error: 'success' });
  });

  it('that fails changes nothing of the result and is not handled again', async () => {
    const stage = createStage({ b: [42], on_error: [1] });
    expect(await played([task('b')], stage, { onError: ON_ERROR })).toEqual({
      status: 'failed',
      exitCode: 42,
      tasks: { b: 'failed', on_error: 'failed' },
    });
    expect(stage.started).toEqual(['b', 'on_error']);
  });

  it('runs after tasks for failures, and does not run after a success or an allowed failure', async () => {
    const tasks = [task('b'), task('tell', ['b'], { when: 'failure' })];
    const stage = createStage({ b: [1] });
    await played(tasks, stage, { onError: ON_ERROR });
    expect(stage.started).toEqual(['b', 'tell', 'on_error']);
    const allowed = [task('b', [], { allowFailure: true })];
    expect((await played(allowed, createStage({ b: [1] }), { onError: ON_ERROR })).tasks).toEqual({ b: 'failed' });
  });

  it.each([
    ['a cancel', undefined, 'cancelled'],
    ['the time-out of the run', new Failure('timed-out', 'the run took too long'), 'timed-out'],
  ])('does not run after %s', async (_, reason, status) => {
    const stage = createStage({ a: ['held'] });
    const stop = new AbortController();
    const tasks = [task('a'), task('clean', ['a'], { when: 'always' })];
    const run = runTasks(graphOf(tasks, { onError: ON_ERROR }), stage.tools, stop.signal);
    await stage.held('a');
    stop.abort(reason);
    const end = await run;
    expect(end).toMatchObject({ status, exitCode: null });
    expect(statuses(end.tasks)).toEqual({ a: 'cancelled', clean: 'skipped' });
    expect(stage.started).toEqual(['a']);
  });

  it('is ended by a cancel, and the run stays failed', async () => {
    const stage = createStage({ a: [3], on_error: ['held'] });
    const stop = new AbortController();
    const run = runTasks(graphOf([task('a')], { onError: ON_ERROR }), stage.tools, stop.signal);
    await stage.held('on_error');
    stop.abort();
    const end = await run;
    expect(end).toMatchObject({ status: 'failed', exitCode: 3 });
    expect(statuses(end.tasks)).toEqual({ a: 'failed', on_error: 'cancelled' });
  });
});

describe('a cancelled run', () => {
  it('has its running task cancelled, not failed, without an error: cancel of sleep 10', async () => {
    const stage = createStage({ sleep: ['held'] }, { sleep: { kind: 'exited', code: 1 } });
    const stop = new AbortController();
    const run = runTasks(graphOf([task('sleep', [], { retries: 3 })]), stage.tools, stop.signal);
    await stage.held('sleep');
    stop.abort();
    const end = await run;
    expect(end.status).toBe('cancelled');
    expect(end.tasks[0]).toMatchObject({ status: 'cancelled', error: null, tries: 1 });
  });

  it('skips all that has not started', async () => {
    const stage = createStage({ a: ['held'] });
    const stop = new AbortController();
    const run = runTasks(graphOf([task('a'), task('b'), task('c', ['a'])], { parallel: 1 }), stage.tools, stop.signal);
    await stage.held('a');
    stop.abort();
    expect(statuses((await run).tasks)).toEqual({ a: 'cancelled', b: 'skipped', c: 'skipped' });
  });

  it('starts nothing where it was cancelled before', async () => {
    const stage = createStage();
    const end = await runTasks(graphOf([task('a')], { onError: ON_ERROR }), stage.tools, AbortSignal.abort());
    expect(end).toMatchObject({ status: 'cancelled', exitCode: null, tasks: [{ status: 'skipped', tries: 0 }] });
    expect(stage.started).toEqual([]);
  });

  it('is one whose executor ended a task that nobody asked to end', async () => {
    const stage = createStage({ a: [{ kind: 'cancelled', code: 137 }] });
    expect(await played([task('a'), task('b', ['a'])], stage)).toEqual({
      status: 'cancelled',
      exitCode: null,
      tasks: { a: 'cancelled', b: 'skipped' },
    });
  });

  it('and its last task tell alike what happened, whenever the cancel comes', async () => {
    const told = new Set<string>();
    for (let turns = 0; turns < 12; turns++) {
      const stop = new AbortController();
      const start = async () => {
        void (async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          stop.abort();
        })();
        return { kind: 'exited', code: 0 } as const;
      };
      const end = await runTasks(graphOf([task('a')]), { ...createStage().tools, start }, stop.signal);
      expect(end.tasks[0]?.status).toBe(end.status);
      told.add(end.status);
    }
    expect([...told].sort()).toEqual(['cancelled', 'success']);
  });

  it('keeps the exit code of a task that had failed before', async () => {
    const stage = createStage({ a: ['held'], b: ['held'] });
    const stop = new AbortController();
    const graph = graphOf([task('a'), task('b')], { continueAfterFailure: true });
    const run = runTasks(graph, stage.tools, stop.signal);
    await Promise.all([stage.held('a'), stage.held('b')]);
    stage.end('a', 6);
    for (let told = 0; told < 2; told = stage.told.length) await Promise.resolve();
    stop.abort();
    expect(await run).toMatchObject({ status: 'cancelled', exitCode: 6 });
  });
});

describe('500 tasks', () => {
  const names = Array.from({ length: 500 }, (_, index) => `task-${index}`);
  const layer = (index: number) => names.slice(Math.floor(index / 50) * 50 - 50, Math.floor(index / 50) * 50);
  it.each([
    ['in a chain', names.map((name, index) => task(name, index === 0 ? [] : [`task-${index - 1}`]))],
    ['in a star', names.map((name, index) => task(name, index === 0 ? [] : ['task-0']))],
    ['in layers', names.map((name, index) => task(name, index < 50 ? [] : layer(index)))],
    [
      'without scripts',
      names.map((name, index) => task(name, index === 0 ? [] : [`task-${index - 1}`], { script: [] })),
    ],
  ])('%s run to the end, each once', async (_, tasks) => {
    const stage = createStage();
    const { status, tasks: states } = await played(tasks, stage, { parallel: 16 });
    expect(status).toBe('success');
    expect(new Set(Object.values(states))).toEqual(new Set(['success']));
    expect(new Set(stage.started).size).toBe(stage.started.length);
    expect(stage.told.length).toBeLessThanOrEqual(2 * tasks.length);
  });
});

describe('any graph', () => {
  const outcome = fc.constantFrom(0, 0, 0, 1, 'held' as const);
  const anyTask = fc.record({
    needs: fc.array(fc.nat(100), { maxLength: 3 }),
    when: fc.constantFrom('success' as const, 'success' as const, 'failure' as const, 'always' as const),
    allowFailure: fc.boolean(),
    retries: fc.nat(2),
    empty: fc.boolean(),
    ends: fc.array(outcome, { minLength: 1, maxLength: 3 }),
  });
  const anyGraph = fc.record({
    tasks: fc.array(anyTask, { maxLength: 12 }),
    parallel: fc.option(fc.integer({ min: 1, max: 4 })),
    continueAfterFailure: fc.boolean(),
    cancelAt: fc.option(fc.nat(15)),
  });

  it('ends with every task in a final state, none started before what it depends on, within the bound', async () => {
    await fc.assert(
      fc.asyncProperty(anyGraph, async ({ tasks: drawn, parallel, continueAfterFailure, cancelAt }) => {
        const tasks = drawn.map(({ needs, empty, ends: _, ...more }, index) => {
          const dependsOn = index === 0 ? [] : [...new Set(needs.map((need) => `t${need % index}`))];
          return task(`t${index}`, dependsOn, { ...more, ...(empty ? { script: [] } : {}) });
        });
        // what is held here ends a turn later
        const ends = Object.fromEntries(drawn.map(({ ends }, index) => [`t${index}`, ends]));
        const stage = createStage(ends);
        const stop = new AbortController();
        const settledBefore = (name: string) => {
          const now = stage.told.at(-1) ?? {};
          const needed = tasks.find((one) => one.name === name)?.dependsOn ?? [];
          return needed.every((need) => isFinished((now[need] ?? 'waiting') as 'waiting'));
        };
        let early = 0;
        const start: typeof stage.tools.start = async (definition, context, signal) => {
          if (!settledBefore(definition.name)) early++;
          if (stage.started.length === cancelAt) stop.abort();
          const ended = stage.tools.start(definition, context, signal);
          const held = ends[definition.name]?.[context.attempt - 1] ?? ends[definition.name]?.at(-1);
          if (held === 'held') {
            setImmediate(() => {
              if (!signal.aborted) stage.end(definition.name, 0);
            });
          }
          return ended;
        };
        const end = await runTasks(
          { tasks, onError: null, parallel, continueAfterFailure },
          { ...stage.tools, start },
          stop.signal,
        );
        expect(early).toBe(0);
        expect(end.tasks.every(({ status }) => isFinished(status))).toBe(true);
        expect(stage.mostAtOnce()).toBeLessThanOrEqual(parallel ?? tasks.length);
        const failures = end.tasks.filter(
          ({ status }, index) => status === 'failed' && tasks[index]?.allowFailure === false,
        );
        if (end.status === 'success') expect(failures).toEqual([]);
        if (end.status === 'failed') expect(failures.length).toBeGreaterThan(0);
        for (const { status, tries } of end.tasks) if (status === 'skipped') expect(tries).toBe(0);
        expect(stage.told.at(-1) ?? {}).toEqual(statuses(end.tasks));
        for (const [index, now] of stage.told.entries())
          for (const [name, before] of Object.entries(stage.told[index - 1] ?? {}))
            if (isFinished(before as 'waiting')) expect(now[name]).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});
