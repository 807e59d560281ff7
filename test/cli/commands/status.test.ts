import { describe, expect, it } from 'vitest';
import { countStates, runStatus } from '../../../src/cli/commands/status.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { StatusReport } from '../../../src/pipeline/show/show.ts';
import { listen, statusOf, type Telling, toolsWith } from '../command-tools.ts';

const FAILING = statusOf({
  resource: 'c',
  state: 'failing',
  error: { reason: 'no-match', message: 'nothing matches', step: '2 json' },
  failing_since: '2026-11-21T17:00:00.000Z',
  failures: 12,
  tags: ['store'],
});
const SCHEDULED = statusOf({ next_check: '2026-11-21T18:05:00.000Z', pending: '1235', unpushed: '1236' });
const NOT_STARTED = statusOf({ resource: 'd', state: 'not-started', value: null, observed_at: null, commit: null });
const REPORT: StatusReport = {
  lines: [FAILING, SCHEDULED, NOT_STARTED],
  noDefinition: 0,
  stale: null,
  remote: { failing_since: null, error: null },
};

async function shown(telling: Telling, report: Partial<StatusReport> = {}, tag?: string) {
  const told = listen(telling);
  const asked: (readonly string[])[] = [];
  const status = async (names: readonly string[]) => {
    asked.push(names);
    return { ...REPORT, ...report };
  };
  const code = await runStatus(['core-*'], { tag }, toolsWith({ status }, told));
  return { told, code, asked };
}

describe('status', () => {
  it('is a table with what is wrong and what is to come', async () => {
    const { told, code, asked } = await shown({});
    expect(told.stdout().split('\n')).toEqual([
      'STATE        RESOURCE   VALUE  CHANGED  NEXT   ERROR',
      'failing      c          1234   2h ago          2 json: nothing matches (12 times in 1h)',
      'ok           core-beta  1234   2h ago   in 5m  1235 awaits confirmation; 1236 not pushed yet',
      'not-started  d',
      '',
    ]);
    expect(told.stderr()).toBe('3 resources: 1 failing, 1 ok, 1 not-started\n');
    expect(code).toBe(0);
    expect(asked).toEqual([['core-*']]);
  });

  it('says due where the next check should have been', async () => {
    const late = statusOf({ next_check: '2026-11-21T17:59:00.000Z' });
    expect((await shown({}, { lines: [late] })).told.stdout()).toMatch(/2h ago {3}due$/m);
  });

  it('tells how the newest run ended, and what is due, waits and runs', async () => {
    const last = {
      status: 'failed',
      run: '3f2a81c04d2e',
      finished_at: '2026-11-21T17:30:00.000Z',
      exit_code: 3,
    } as const;
    const lines = [
      statusOf({ due: 2, running: 1, last_run: last }),
      statusOf({
        resource: 'd',
        waiting: 3,
        last_run: { ...last, status: 'success', exit_code: 0, finished_at: null },
      }),
    ];
    const { told } = await shown({}, { lines });
    expect(told.stdout().split('\n')).toEqual([
      'STATE  RESOURCE   VALUE  CHANGED  RESULT              RUNS',
      'ok     core-beta  1234   2h ago   failed (3) 30m ago  2 due, 1 running',
      'ok     d          1234   2h ago   success             3 waiting',
      '',
    ]);
    expect(told.stderr()).toBe('2 resources: 2 ok; runs: 2 due, 3 waiting, 1 running\n');
  });

  it('gives its objects as they are with --json', async () => {
    expect((await shown({ format: 'json' })).told.objects()).toEqual([FAILING, SCHEDULED, NOT_STARTED]);
  });

  it('shows only resources with the tag', async () => {
    const { told } = await shown({ format: 'json' }, {}, 'store');
    expect(told.objects()).toEqual([FAILING]);
  });

  it('fits a narrow terminal', async () => {
    const { told } = await shown({ terminal: 60 });
    for (const line of told.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(told.stdout()).toContain('…');
  });

  it('says that it is old, and why, also where it is to be quiet', async () => {
    const stale = new Failure('remote-unreachable', 'the remote does not answer');
    const remote = { failing_since: '2026-11-21T16:00:00.000Z', error: 'refused' };
    const { told, code } = await shown({ level: 'quiet' }, { stale, remote });
    expect(told.stderr().split('\n')).toEqual([
      'the remote could not be asked, this is its last known state: the remote does not answer',
      'the remote is failing since 2h: refused',
      '',
    ]);
    expect(code).toBe(0);
  });
});

describe('the counts', () => {
  it.each([
    [[], 0, '0 resources'],
    [[statusOf()], 1, '1 resource: 1 ok; 1 branch without a definition'],
    [[statusOf({ state: 'manual' }), FAILING], 3, '2 resources: 1 failing, 1 manual; 3 branches without a definition'],
  ])('%#', (lines, noDefinition, text) => {
    expect(countStates(lines, noDefinition)).toBe(text);
  });
});
