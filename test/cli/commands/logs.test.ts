import { describe, expect, it } from 'vitest';
import { type LogsOptions, runLogs } from '../../../src/cli/commands/logs.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import { failureOf } from '../../support/failures.ts';
import { CREATED, runOf, taskOf } from '../../support/run-record.ts';
import { growingLog, logsOf, pieceOf } from '../../support/run-verbs.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { listen, type Telling, toolsWith } from '../command-tools.ts';

const TASKS = [taskOf({ name: 'build' }), taskOf({ name: 'test', startedAt: CREATED + 2000 })];
const LOGS = {
  build: [pieceOf('b1\n', CREATED + 1000), pieceOf('b3\n', CREATED + 3000)],
  test: [pieceOf('t2\n', CREATED + 2000), pieceOf('t4\n', CREATED + 4000, 'stderr')],
};

async function shown(
  options: LogsOptions,
  telling: Telling = {},
  run: RunRecord = runOf({ tasks: TASKS }),
  logs = LOGS,
) {
  const told = listen(telling);
  const status = await runLogs('core', options, toolsWith({ findRun: async () => run, log: logsOf(logs) }, told));
  return { told, status };
}

describe('logs', () => {
  it('shows what all tasks printed, by time, and whose it is', async () => {
    const { told, status } = await shown({});
    expect(told.stdout()).toBe('build | b1\ntest  | t2\nbuild | b3\ntest  | t4\n');
    expect(status).toBe(0);
  });

  it.each([
    [{ task: ['test'] }, 't2\nt4\n'],
    [{ task: ['test'], stdout: true }, 't2\n'],
    [{ task: ['test'], stderr: true }, 't4\n'],
    [{ stderr: true }, 'test  | t4\n'],
    [{ task: ['test', 'build'], stdout: true }, 'build | b1\ntest  | t2\nbuild | b3\n'],
    [{ task: ['test'], stderr: true, timestamps: true }, '2026-11-21T17:00:04.000Z t4\n'],
  ])('with %j shows only that', async (options, text) => {
    expect((await shown(options)).told.stdout()).toBe(text);
  });

  it('of one task is as it was printed, byte by byte, also beside what prepared it', async () => {
    const tasks = [taskOf({ name: 'prepare' }), taskOf({ name: 'suite' })];
    const bytes = new Uint8Array([0, 255, 27, 91, 50, 74, 10, 13]);
    const { told } = await shown({}, {}, runOf({ tasks }), { suite: [pieceOf(bytes)] } as never);
    expect(Buffer.from(told.stdout(), 'latin1')).toEqual(Buffer.from(bytes));
  });

  it('of one task on a terminal is made fit for it', async () => {
    const { told } = await shown({}, { terminal: 80 }, runOf(), { suite: [pieceOf('a\u001b[2J\u0007\n')] } as never);
    expect(told.stdout()).toBe('a\\x07\n');
  });

  it('gives pieces as objects with --json, characters across pieces whole', async () => {
    const euro = Buffer.from('€');
    const logs = { suite: [pieceOf(euro.subarray(0, 2), CREATED), pieceOf(euro.subarray(2), CREATED + 1)] } as never;
    const { told } = await shown({}, { format: 'json' }, runOf(), logs);
    expect(told.objects()).toEqual([
      { run: '3f2a81c04d2e', task: 'suite', stream: 'stdout', at: '2026-11-21T17:00:00.001Z', text: '€' },
    ]);
  });

  it('says so where nothing was printed', async () => {
    const { told } = await shown({}, {}, runOf(), {} as never);
    expect([told.stdout(), told.stderr()]).toEqual(['', 'nothing was printed\n']);
  });

  it('refuses a task that the run does not have, and names the nearest', async () => {
    const failure = await failureOf(shown({ task: ['tset'] }));
    expect([failure.reason, failure.details]).toEqual(['not-found', { task: 'tset', did_you_mean: 'test' }]);
  });

  it('ends when nobody reads any more', async () => {
    const told = listen();
    const output = { ...told.output, closed: () => told.stdout() !== '' };
    const tools = { ...toolsWith({ findRun: async () => runOf({ tasks: TASKS }), log: logsOf(LOGS) }, told), output };
    await runLogs('core', {}, tools);
    expect(told.stdout()).toBe('build | b1\n');
  });
});

describe('logs -f', () => {
  it('goes on until the run ends, with tasks that begin later', async () => {
    const told = listen();
    const clock = createSteppedClock(CREATED);
    const [build, test] = [growingLog(), growingLog()];
    const running = (name: string, more = {}) =>
      taskOf({ name, status: 'running', finishedAt: null, exitCode: null, ...more });
    const waiting = taskOf({ name: 'test', status: 'waiting', startedAt: null, finishedAt: null, tries: 0 });
    let run = runOf({ status: 'running', finishedAt: null, tasks: [running('build'), waiting] });
    const tools = { ...toolsWith({ findRun: async () => run, log: logsOf({ build, test }) }, told), clock };
    build.put(pieceOf('b1\n'));
    const ended = runLogs('core', { follow: true }, tools);
    await clock.sleeping();
    build.put(pieceOf('b2\n'));
    build.close();
    run = { ...run, tasks: [taskOf({ name: 'build' }), running('test')] };
    clock.advance(500);
    await clock.sleeping();
    test.put(pieceOf('t1\n'));
    test.close();
    run = runOf({ tasks: [taskOf({ name: 'build' }), taskOf({ name: 'test' })] });
    const over = ended.then(() => 'over' as const);
    // time passes until the command has noticed that the run is over
    while ((await Promise.race([over, clock.sleeping().then(() => 'waits' as const)])) === 'waits') clock.advance(500);
    expect(told.stdout().split('\n').sort()).toEqual(['', 'build | b1', 'build | b2', 'test  | t1']);
    expect(await ended).toBe(0);
  });

  it('gives a log up that does not end with its run, once it has shown what is there', async () => {
    const told = listen();
    const clock = createSteppedClock(CREATED);
    const suite = growingLog();
    suite.put(pieceOf('one\n'));
    let run = runOf({ status: 'running', finishedAt: null, tasks: [taskOf({ status: 'running', finishedAt: null })] });
    const tools = { ...toolsWith({ findRun: async () => run, log: logsOf({ suite }) }, told), clock };
    const ended = runLogs('core', { follow: true }, tools);
    await clock.sleeping();
    run = runOf({ status: 'lost', tasks: [taskOf({ status: 'lost' })] });
    const over = ended.then(() => 'over' as const);
    while ((await Promise.race([over, clock.sleeping().then(() => 'waits' as const)])) === 'waits') clock.advance(500);
    expect(told.stdout()).toBe('one\n');
  });
});
