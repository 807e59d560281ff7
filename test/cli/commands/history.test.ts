import { describe, expect, it } from 'vitest';
import { runHistory } from '../../../src/cli/commands/history.ts';
import type { Result } from '../../../src/core/result.ts';
import type { HistoryWithResults } from '../../../src/state/history.ts';
import { failureOf } from '../../support/failures.ts';
import { listen, NOW, type Telling, toolsWith } from '../command-tools.ts';

const entryOf = (position: number): HistoryWithResults => ({
  value: String(2000 - position),
  message: 'New core',
  commit: position.toString(16).padStart(40, 'a'),
  observedAt: NOW - (position + 1) * 3_600_000,
  extractor: null,
  skipped: position === 1,
  results: [],
});

async function shown(entries: number, telling: Telling, count?: string) {
  const told = listen(telling);
  let walked = 0;
  async function* history() {
    for (let position = 0; position < entries; position++) {
      walked += 1;
      yield entryOf(position);
    }
  }
  const code = await runHistory('core', { count }, toolsWith({ history }, told));
  return { told, code, walked };
}

describe('history', () => {
  it('tells commit, time, value and message, newest first', async () => {
    const { told, code } = await shown(2, {});
    expect(told.stdout().split('\n')).toEqual([
      'COMMIT   OBSERVED (UTC)            VALUE  MESSAGE',
      'aaaaaaa  2026-11-21 17:00  1h ago  2000   New core',
      'aaaaaaa  2026-11-21 16:00  2h ago  1999   New core [skipped by CI]',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('gives objects with --json', async () => {
    expect((await shown(1, { format: 'json' })).told.objects()).toEqual([
      {
        resource: 'core',
        value: '2000',
        message: 'New core',
        commit: `${'a'.repeat(39)}0`,
        observed_at: '2026-11-21T17:00:00.000Z',
        skipped: false,
        results: [],
      },
    ]);
  });

  it('shows beside each value how the latest run for it ended, and how many there were', async () => {
    const result: Result = {
      run: '3f2a81c04d2e',
      attempt: 2,
      status: 'failed',
      agent: 'a1',
      startedAt: NOW - 62_000,
      finishedAt: NOW,
      exitCode: 3,
      definition: null,
      tasks: { suite: 'failed' },
      variables: {},
      change: null,
      remark: null,
    };
    const results = [{ ...result, attempt: 1, status: 'lost' as const, finishedAt: null, exitCode: null }, result];
    const entries = [
      { ...entryOf(0), results },
      {
        ...entryOf(2),
        results: [{ ...result, run: '', attempt: 0, status: 'adopted' as const, startedAt: null, exitCode: null }],
      },
      { ...entryOf(3), results: [] },
    ];
    async function* history() {
      yield* entries;
    }
    const [people, programs] = [listen(), listen({ format: 'json' })];
    for (const told of [people, programs]) await runHistory('core', {}, toolsWith({ history }, told));
    expect(people.stdout().split('\n')).toEqual([
      'COMMIT   OBSERVED (UTC)            VALUE  RESULT                  TIME   MESSAGE',
      'aaaaaaa  2026-11-21 17:00  1h ago  2000   failed (3), 2 attempts  1m 2s  New core',
      'aaaaaaa  2026-11-21 15:00  3h ago  1998   adopted                        New core',
      'aaaaaaa  2026-11-21 14:00  4h ago  1997                                  New core',
      '',
    ]);
    expect(programs.objects()[1]).toMatchObject({ results: [{ run: null, attempt: null, status: 'adopted' }] });
    expect(programs.objects()[0]).toMatchObject({
      results: [
        { attempt: 1, status: 'lost', duration_ms: null, exit_code: null, finished_at: null },
        {
          run: '3f2a81c04d2e',
          attempt: 2,
          status: 'failed',
          duration_ms: 62_000,
          exit_code: 3,
          tasks: { suite: 'failed' },
        },
      ],
    });
  });

  it('walks no further than it is asked to', async () => {
    const { told, walked } = await shown(10_000, {}, '3');
    expect(told.stdout().split('\n')).toHaveLength(5);
    expect(walked).toBe(4);
    expect(told.stderr()).toBe('');
  });

  it('shows a screenful on a terminal and says how to see more', async () => {
    const { told } = await shown(100, { terminal: 100 });
    expect(told.stdout().split('\n')).toHaveLength(32);
    expect(told.stderr()).toBe('older values: -n COUNT, or -n all\n');
  });

  it('shows all where there is no terminal, or where that is asked for', async () => {
    expect((await shown(450, {})).told.stdout().split('\n')).toHaveLength(452);
    expect((await shown(450, { terminal: 100 }, 'all')).told.stdout().split('\n')).toHaveLength(452);
  });

  it('says so where there is nothing', async () => {
    const { told } = await shown(0, {});
    expect([told.stdout(), told.stderr()]).toEqual(['', 'no value is recorded yet\n']);
  });

  it.each(['-1', 'x', '1.5', ''])('refuses a count of %j', async (count) => {
    expect((await failureOf(shown(1, {}, count))).reason).toBe('usage');
  });
});
