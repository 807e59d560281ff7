import { describe, expect, it } from 'vitest';
import { runShow } from '../../../src/cli/commands/show.ts';
import { timelineLines } from '../../../src/cli/runs/timeline.ts';
import { renderLine } from '../../../src/cli/terminal/style.ts';
import type { RunRecord } from '../../../src/core/run.ts';
import { CREATED, runOf, taskOf } from '../../support/run-record.ts';
import { listen, NOW, type Telling, toolsWith } from '../command-tools.ts';

async function shown(run: RunRecord, telling: Telling = {}) {
  const told = listen(telling);
  const status = await runShow('core', toolsWith({ findRun: async () => run }, told));
  return { told, status };
}

const at = (second: number) => CREATED + 1000 + second * 1000;
const TASKS = [
  taskOf({ name: 'prepare', startedAt: at(0), finishedAt: at(15) }),
  taskOf({ name: 'build', startedAt: at(15), finishedAt: at(30), dependsOn: ['prepare'] }),
  taskOf({ name: 'test', startedAt: at(30), finishedAt: at(60), status: 'failed', exitCode: 3, tries: 2 }),
  taskOf({ name: 'report', startedAt: null, finishedAt: null, status: 'skipped', exitCode: null, tries: 0 }),
];

describe('show', () => {
  it('tells everything of a run: what it was for, how it ended, its tasks along its time, and what to do', async () => {
    const run = runOf({
      status: 'failed',
      exitCode: 3,
      attempt: 2,
      reason: 'request',
      user: 'ada',
      note: 'rehearsal',
      variables: { MODE: 'quick', LEVEL: '2' },
      partition: 'p1',
      error: { reason: 'unreachable', message: 'the mirror\u001b[2J is away', step: 'test' },
      overlaid: { 'spread.yaml': 'b'.repeat(40), 'new.yaml': null },
      workspace: '/state/runs/3f2a81c04d2e',
      tasks: TASKS,
    });
    const { told, status } = await shown(run);
    expect(told.stdout().split('\n')).toEqual([
      'run         3f2a81c04d2e   attempt 2',
      'resource    core-beta',
      'change      New core in beta (1235)   was 1234   4f2a9c1',
      'status      failed (3)',
      'reason      request by ada: rehearsal',
      'variables   MODE=quick',
      '            LEVEL=2',
      'partition   p1',
      'created     2026-11-21 17:00   1h ago',
      'started     2026-11-21 17:00   59m 59s ago',
      'finished    2026-11-21 17:01   58m 59s ago',
      'time        1m',
      'error       test: the mirror\\e[2J is away',
      '',
      `prepare  success              15.0s  ${'━'.repeat(10)}`,
      `build    success              15.0s  ${'·'.repeat(10)}${'━'.repeat(10)}`,
      `test     failed (3), 2 tries  30.0s  ${'·'.repeat(20)}${'━'.repeat(20)}`,
      'report   skipped',
      '',
      'laid over',
      '  spread.yaml   replaced bbbbbbb',
      '  new.yaml   new',
      '',
      'workspace   /state/runs/3f2a81c04d2e',
      '',
      'what to do  spread-cron logs 3f2a81c0 --task test shows what it printed',
      '            spread-cron retry 3f2a81c0 runs it again',
      '',
    ]);
    expect(status).toBe(0);
  });

  it('of a run that is well says where its log is', async () => {
    const { told } = await shown(runOf());
    expect(told.stdout()).not.toContain('what to do');
    expect(told.stderr()).toBe('spread-cron logs 3f2a81c0 shows what it printed\n');
  });

  it('of a run that waits has no times of its own yet', async () => {
    const { told } = await shown(
      runOf({ status: 'waiting', change: null, startedAt: null, finishedAt: null, exitCode: null, tasks: [] }),
    );
    expect(told.stdout().split('\n')).toEqual([
      'run         3f2a81c04d2e',
      'resource    core-beta',
      'status      waiting',
      'created     2026-11-21 17:00   1h ago',
      '',
      'what to do  spread-cron cancel 3f2a81c0 takes it out of the queue',
      '',
    ]);
  });

  it('lists some files of a great overlay, and counts the others', async () => {
    const overlaid = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`f${index}`, null]));
    expect((await shown(runOf({ overlaid }))).told.stdout()).toContain('\n  … 5 more\n');
  });

  it('gives the run with --json', async () => {
    const { told } = await shown(runOf(), { format: 'json' });
    expect(told.objects()).toMatchObject([{ run: '3f2a81c04d2e', tasks: [{ name: 'suite' }] }]);
  });
});

describe('the timeline', () => {
  it.each([40, 60, 100])('fits a terminal of %i columns', (width) => {
    const tasks = [...TASKS, taskOf({ name: `${'wide-name-'.repeat(6)}\u001b[2J` })];
    for (const line of timelineLines(runOf({ tasks }), NOW, width))
      expect(renderLine(line, 'plain').length).toBeLessThanOrEqual(width);
  });

  it('grows while a run goes on, and shows also what took no time', () => {
    const tasks = [
      taskOf({ name: 'a', startedAt: at(0), finishedAt: at(0) }),
      taskOf({ name: 'b', startedAt: at(0), finishedAt: null, status: 'running', exitCode: null }),
    ];
    const run = runOf({ status: 'running', finishedAt: null, tasks });
    const bars = timelineLines(run, at(60), null).map((line) => renderLine(line, 'plain').replace(/[^━]/g, '').length);
    expect(bars).toEqual([1, 40]);
  });

  it('stands where clocks went backwards', () => {
    const tasks = [taskOf({ startedAt: at(60), finishedAt: at(0) })];
    expect(renderLine(timelineLines(runOf({ tasks }), NOW, null)[0] ?? '', 'plain')).toContain('━');
  });
});
