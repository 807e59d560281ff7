import { describe, expect, it } from 'vitest';
import { type LiveTools, prefixesFor, showLiveRun } from '../../../src/cli/runs/live-run.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { RunRecord, TaskRecord } from '../../../src/core/run.ts';
import type { RunVerbs } from '../../../src/pipeline/runs/run-verbs.ts';
import { failureOf } from '../../support/failures.ts';
import { CREATED, runOf, taskOf } from '../../support/run-record.ts';
import { growingLog, logsOf, pieceOf, proceeds } from '../../support/run-verbs.ts';
import { listen, stillClock, type Telling, type Told } from '../command-tools.ts';

const WAITING = runOf({ status: 'waiting', startedAt: null, finishedAt: null, exitCode: null, tasks: [] });
const notBegun = (name: string, more: Partial<TaskRecord> = {}) =>
  taskOf({ name, status: 'waiting', startedAt: null, finishedAt: null, exitCode: null, tries: 0, ...more });
const begun = (name: string, more: Partial<TaskRecord> = {}) =>
  taskOf({ name, status: 'running', finishedAt: null, exitCode: null, ...more });
const running = (...tasks: readonly TaskRecord[]) =>
  runOf({ status: 'running', finishedAt: null, exitCode: null, tasks });

function toolsOf(
  told: Told,
  verbs: Partial<Pick<RunVerbs, 'log' | 'findRun'>> = {},
  signal = new AbortController().signal,
): LiveTools {
  const findRun = async () => {
    throw new Failure('internal', 'nobody looks for a run here');
  };
  return { app: { log: logsOf({}), findRun, ...verbs }, output: told.output, clock: stillClock, signal, job: null };
}

/** Shows a run that proceeds like this. */
async function shown(
  runs: readonly RunRecord[],
  logs: Parameters<typeof logsOf>[0] = {},
  telling: Telling = {},
  which: 'usual' | 'exit-code' = 'usual',
) {
  const told = listen(telling);
  const { exitStatus: status } = await showLiveRun(proceeds(...runs), which, toolsOf(told, { log: logsOf(logs) }));
  return { told, status };
}

const STORY = [WAITING, running(notBegun('suite')), running(begun('suite')), runOf()];

describe('a run of one task', () => {
  it('puts what it prints on stdout as it is, and what happens on stderr', async () => {
    const { told, status } = await shown(STORY, { suite: [pieceOf('one\n'), pieceOf('\u001b[2Jtwo', 1, 'stderr')] });
    expect(told.stdout()).toBe('one\n\u001b[2Jtwo');
    expect(told.stderr().split('\n')).toEqual([
      'run 3f2a81c0 of core-beta: New core in beta (1235)',
      'suite started',
      'suite ended in 1m',
      'run 3f2a81c0 of core-beta: success in 1m',
      '',
    ]);
    expect(status).toBe(0);
  });

  it('tells how a task failed, what the run came to, and what to do next', async () => {
    const tasks = [taskOf({ status: 'failed', exitCode: 3 })];
    const failed = runOf({ status: 'failed', exitCode: 3, tasks, attempt: 2 });
    const { told, status } = await shown([running(begun('suite')), failed]);
    expect(told.stderr().split('\n').slice(2)).toEqual([
      'suite failed with 3 after 1m',
      'run 3f2a81c0 of core-beta: failed (3) in 1m',
      'spread-cron logs 3f2a81c0 --task suite shows what it printed',
      'spread-cron retry 3f2a81c0 runs it again',
      '',
    ]);
    expect(status).toBe(1);
    expect((await shown([failed], {}, {}, 'exit-code')).status).toBe(3);
  });

  it('says only how it ended where it is to be quiet', async () => {
    const { told } = await shown(STORY, { suite: [pieceOf('one\n')] }, { level: 'quiet' });
    expect([told.stdout(), told.stderr()]).toEqual(['run 3f2a81c0 of core-beta: success in 1m\n', '']);
  });

  it('tells that it is tried again, and shows what every try printed once', async () => {
    const told = listen();
    const log = growingLog();
    log.put(pieceOf('first try\n'));
    const app = toolsOf(told, { log: logsOf({ suite: log }) });
    const { exitStatus: status } = await showLiveRun(
      async (onRun) => {
        onRun(running(begun('suite')));
        log.put(pieceOf('second try\n'));
        onRun(running(begun('suite', { tries: 2 })));
        log.close();
        onRun(runOf({ tasks: [taskOf({ tries: 2 })] }));
        return runOf({ tasks: [taskOf({ tries: 2 })] });
      },
      'usual',
      app,
    );
    expect([told.stdout(), status]).toEqual(['first try\nsecond try\n', 0]);
    expect(told.stderr()).toContain('suite is tried again, try 2\n');
  });

  it('is shown also where it was over before anybody looked', async () => {
    const { told } = await shown([runOf()], { suite: [pieceOf('quick\n')] });
    expect(told.stdout()).toBe('quick\n');
  });
});

describe('a run of several tasks', () => {
  it('says whose a line is where they run side by side', async () => {
    const tasks = [taskOf({ name: 'build' }), taskOf({ name: 'lint' })];
    const { told } = await shown([runOf({ tasks })], { build: [pieceOf('b\n')], lint: [pieceOf('l\n')] });
    expect(told.stdout().split('\n').sort()).toEqual(['', 'build | b', 'lint  | l']);
  });

  it('does not where each waits for the one before', async () => {
    const tasks = [taskOf({ name: 'build' }), taskOf({ name: 'test', dependsOn: ['build'] })];
    const { told } = await shown([runOf({ tasks })], { build: [pieceOf('b\n')], test: [pieceOf('t\n')] });
    expect(told.stdout().split('\n').sort()).toEqual(['', 'b', 't']);
  });

  it.each([
    ['one', [notBegun('a')], null],
    ['prepare before one', [notBegun('prepare'), notBegun('a')], null],
    ['a chain', [notBegun('a'), notBegun('b', { dependsOn: ['a'] }), notBegun('c', { dependsOn: ['b'] })], null],
    [
      'a fork',
      [notBegun('a'), notBegun('b', { dependsOn: ['a'] }), notBegun('c', { dependsOn: ['a'] })],
      ['a', 'b', 'c'],
    ],
  ])('%s', (_what, tasks, names) => {
    expect(prefixesFor(tasks)).toEqual(names);
  });
});

describe('a run on a terminal', () => {
  it('shows which task runs since when and the line it has begun, and takes that away', async () => {
    const told = listen({ terminal: 100 });
    const log = growingLog();
    log.put(pieceOf('Receiving: 10%\rReceiving: 45%\r', 0, 'stderr'));
    await showLiveRun(
      async (onRun) => {
        onRun(running(begun('prepare', { startedAt: CREATED })));
        for (let turns = 0; turns < 20; turns++) await Promise.resolve();
        log.close();
        return runOf({ tasks: [taskOf({ name: 'prepare' })] });
      },
      'usual',
      toolsOf(told, { log: logsOf({ prepare: log }) }),
    );
    expect(told.stderr()).toContain('looking at what to run');
    expect(told.stderr()).toContain('prepare 1h');
    expect(told.stderr()).toContain('prepare 1h: Receiving: 45%');
    expect(told.stdout()).toBe('Receiving: 45%\n');
    expect(told.stderr().split('\n').at(-2)).toMatch(/success in 1m$/);
  });
});

describe('a run with --json', () => {
  it('is one object for every change, the last one the finished run', async () => {
    const { told, status } = await shown([...STORY, runOf()], { suite: [pieceOf('one\n')] }, { format: 'json' });
    const objects = told.objects() as { status: string; exit_code: number | null }[];
    expect(objects.map((object) => object.status)).toEqual(['waiting', 'running', 'running', 'success']);
    expect(objects.at(-1)).toMatchObject({ run: '3f2a81c04d2e', exit_code: 0, duration_ms: 60_000 });
    expect(status).toBe(0);
  });
});

describe('a run that is not waited for to its end', () => {
  it('goes on where an agent carries it out, and says how to see and cancel it', async () => {
    const told = listen();
    const stop = new AbortController();
    const { exitStatus: status } = await showLiveRun(
      async (onRun) => {
        onRun(running(begun('suite')));
        stop.abort();
        return running(begun('suite'));
      },
      'usual',
      toolsOf(told, { log: logsOf({ suite: growingLog() }) }, stop.signal),
    );
    expect(told.stderr().split('\n').slice(2)).toEqual([
      'run 3f2a81c0 goes on: the agent carries it out',
      'spread-cron logs -f 3f2a81c0 shows what it prints',
      'spread-cron cancel 3f2a81c0 ends it',
      '',
    ]);
    expect(status).toBe(1);
  });

  it.each([
    ['that was cancelled here is told so', runOf({ status: 'cancelled', exitCode: 130 }), 'cancelled (130) in 1m'],
    ['that nobody ended goes on', running(begun('suite')), 'goes on'],
  ])('and is looked up when the wait was given up: one %s', async (_what, found, text) => {
    const told = listen();
    const stop = new AbortController();
    const begin = async (onRun: (run: RunRecord) => void) => {
      onRun(running(begun('suite')));
      stop.abort();
      throw new Failure('cancelled', 'cancelled');
    };
    await showLiveRun(begin, 'usual', toolsOf(told, { findRun: async () => found }, stop.signal));
    expect(told.stderr()).toContain(text);
  });

  it('is an error where it could not begin, or where who carried it out is gone', async () => {
    const refused = new Failure('refused', 'the queue is full');
    const begin = async () => {
      throw refused;
    };
    expect(await failureOf(showLiveRun(begin, 'usual', toolsOf(listen())))).toBe(refused);
    const gone = new Failure('cancelled', 'the agent stopped');
    const lost = async (onRun: (run: RunRecord) => void) => {
      onRun(running(begun('suite')));
      throw gone;
    };
    const tools = toolsOf(listen(), { log: logsOf({ suite: growingLog() }) });
    expect(await failureOf(showLiveRun(lost, 'usual', tools))).toBe(gone);
  });
});
