import { describe, expect, it } from 'vitest';
import { runCancel } from '../../../src/cli/commands/cancel.ts';
import { runRetry } from '../../../src/cli/commands/retry.ts';
import { runRuns } from '../../../src/cli/commands/runs.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import type { RunQuery } from '../../../src/record/records.ts';
import { failureOf } from '../../support/failures.ts';
import { CHANGE, CREATED, runOf } from '../../support/run-record.ts';
import { logsOf, proceeds } from '../../support/run-verbs.ts';
import { listen, type Telling, toolsWith } from '../command-tools.ts';

const idOf = (position: number) => position.toString(16).padStart(12, '0');

/** Records as a database keeps them, newest first. */
function recordsOf(all: readonly RunRecord[]) {
  const queries: RunQuery[] = [];
  return {
    queries,
    runs: async (query: RunQuery) => {
      queries.push(query);
      const from = query.before === undefined ? 0 : all.findIndex(({ id }) => id === query.before) + 1;
      return all.slice(from, from + query.limit);
    },
  };
}

async function shown(all: readonly RunRecord[], telling: Telling, options: Parameters<typeof runRuns>[1] = {}) {
  const told = listen(telling);
  const records = recordsOf(all);
  const status = await runRuns(['core-*'], options, toolsWith({ runs: records.runs }, told));
  return { told, status, queries: records.queries };
}

const MANY = Array.from({ length: 450 }, (_, position) => runOf({ id: idOf(position) }));

describe('runs', () => {
  it('is a table of what ran, newest first', async () => {
    const { told, status, queries } = await shown(
      [
        runOf({ status: 'waiting', startedAt: null, finishedAt: null, exitCode: null }),
        runOf({
          id: 'abcdef012345',
          status: 'failed',
          exitCode: 3,
          attempt: 2,
          reason: 'request',
          user: 'ada',
          note: 'once\u001b[2J more',
          change: { ...CHANGE, value: '1\u001b[31m' },
        }),
      ],
      {},
    );
    expect(told.stdout().split('\n')).toEqual([
      'RUN       RESOURCE   VALUE    STATUS   EXIT  STARTED      TIME  ATTEMPT  REASON',
      '3f2a81c0  core-beta  1235     waiting        1h ago',
      'abcdef01  core-beta  1\\e[31m  failed   3     59m 59s ago  1m    2        request by ada: once\\e[2J more',
      '',
    ]);
    expect(status).toBe(0);
    expect(queries).toEqual([{ names: ['core-*'], statuses: undefined, limit: 200, before: undefined }]);
  });

  it('gives objects with --json, of all runs, page by page', async () => {
    const { told, queries } = await shown(MANY, { format: 'json' });
    expect(told.objects()).toHaveLength(450);
    expect((told.objects() as { run: string }[]).map(({ run }) => run)).toEqual(MANY.map(({ id }) => id));
    expect(queries).toHaveLength(3);
  });

  it.each([
    ['a screenful on a terminal', { terminal: 120 }, {}, 31, 'older runs: -n COUNT, or -n all\n'],
    ['as many as asked for', {}, { count: '3' }, 4, ''],
    ['across pages', {}, { count: '250' }, 251, ''],
    ['all where that is asked for', { terminal: 120 }, { count: 'all' }, 451, ''],
    ['exactly as many as there are', {}, { count: '450' }, 451, ''],
  ])('shows %s', async (_what, telling, options, lines, said) => {
    const { told } = await shown(MANY, telling, options);
    expect(told.stdout().trimEnd().split('\n')).toHaveLength(lines);
    expect(told.stderr()).toBe(said);
  });

  it('asks for the wanted statuses, and refuses others', async () => {
    const { queries, told } = await shown([], {}, { status: ['failed', 'lost'] });
    expect(queries[0]?.statuses).toEqual(['failed', 'lost']);
    expect(told.stderr()).toBe('no such run\n');
    expect((await failureOf(shown([], {}, { status: ['broken'] }))).reason).toBe('usage');
  });

  it('fits a narrow terminal', async () => {
    const long = runOf({ resource: 'r'.repeat(60), change: { ...CHANGE, value: 'v'.repeat(60) } });
    const { told } = await shown([long], { terminal: 72 });
    for (const line of told.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(72);
  });
});

describe('cancel', () => {
  it.each([
    ['a waiting run is cancelled', 'cancelled', 'cancelled   run 3f2a81c0 of core-beta\n', ''],
    [
      'a running one is asked to end',
      'running',
      'ending      run 3f2a81c0 of core-beta\n',
      'its processes have been asked to end: spread-cron show 3f2a81c0 shows how it ended\n',
    ],
  ] as const)('%s', async (_what, status, stdout, stderr) => {
    const told = listen();
    const asked: string[] = [];
    const cancel = async (reference: string) => {
      asked.push(reference);
      return runOf({ status });
    };
    expect(await runCancel('core~1', toolsWith({ cancel }, told))).toBe(0);
    expect([told.stdout(), told.stderr(), asked]).toEqual([stdout, stderr, ['core~1']]);
  });

  it('gives the run with --json', async () => {
    const told = listen({ format: 'json' });
    await runCancel('core', toolsWith({ cancel: async () => runOf({ status: 'cancelled' }) }, told));
    expect(told.objects()).toMatchObject([{ run: '3f2a81c04d2e', status: 'cancelled' }]);
  });
});

describe('retry', () => {
  it('shows the next attempt as run does', async () => {
    const told = listen();
    const asked: string[] = [];
    const retry = (reference: string, onRun: (run: RunRecord) => void) => {
      asked.push(reference);
      return proceeds(runOf({ attempt: 2, status: 'failed', exitCode: 7, createdAt: CREATED }))(onRun);
    };
    const tools = toolsWith({ retry, log: logsOf({}) }, told);
    expect(await runRetry('core', { exitCode: true }, tools)).toBe(7);
    expect(told.stderr()).toContain('run 3f2a81c0 of core-beta: New core in beta (1235), attempt 2\n');
    expect(asked).toEqual(['core']);
  });
});
