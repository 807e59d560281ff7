import { describe, expect, it } from 'vitest';
import type { AgentHooks, AgentLife } from '../../../src/agent/serve.ts';
import type { App } from '../../../src/app.ts';
import { agentHooks, runAgent } from '../../../src/cli/commands/agent.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { Snapshot } from '../../../src/state/snapshot.ts';
import { runOf, taskOf } from '../../support/run-record.ts';
import { appWith, listen, outcomeOf, type Telling, toolsWith } from '../command-tools.ts';

/** Apps that poll until they are stopped, and tell when each begins, ends and is closed. */
function pollingApps(openings: readonly ('opens' | Failure)[]) {
  const events: string[] = [];
  const waiting = new Map<string, () => void>();
  const happened = (event: string) => {
    events.push(event);
    waiting.get(event)?.();
  };
  let opened = 0;
  return {
    events,
    until: (event: string) =>
      new Promise<void>((resolve) => {
        if (events.includes(event)) resolve();
        waiting.set(event, resolve);
      }),
    async open(): Promise<App> {
      const opening = openings[opened];
      opened += 1;
      if (opening instanceof Failure) throw opening;
      const name = String(opened);
      return appWith({
        url: `https://git.example.com/${name}`,
        async agent(_hooks: AgentHooks, { stop, handOver = stop }: AgentLife) {
          const signal = AbortSignal.any([stop, handOver]);
          happened(`poll ${name}`);
          if (!signal.aborted)
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          happened(`end ${name}`);
        },
        close: async () => happened(`close ${name}`),
      });
    },
  };
}

function running(openings: readonly ('opens' | Failure)[], telling: Telling = {}) {
  const told = listen(telling);
  const apps = pollingApps(openings);
  const stop = new AbortController();
  let reload = () => {};
  let unsubscribed = false;
  const ended = runAgent(
    apps.open,
    { ...toolsWith({}, told), signal: stop.signal },
    {
      onReload: (callback) => {
        reload = callback;
        return () => {
          unsubscribed = true;
        };
      },
    },
  );
  return { told, apps, stop, ended, reload: () => reload(), unsubscribed: () => unsubscribed };
}

describe('agent', () => {
  it('polls until it is stopped, and ends in order', async () => {
    const { apps, stop, ended, told, unsubscribed } = running(['opens']);
    await apps.until('poll 1');
    stop.abort();
    expect(await ended).toBe(0);
    expect(apps.events).toEqual(['poll 1', 'end 1', 'close 1']);
    expect(told.stderr()).toBe('polling https://git.example.com/1\n');
    expect(unsubscribed()).toBe(true);
  });

  it('says on a terminal what one more Ctrl-C does', async () => {
    const { apps, stop, ended, told } = running(['opens'], { terminal: 80 });
    await apps.until('poll 1');
    stop.abort();
    await ended;
    expect(told.stderr()).toContain('stopping; once more to cancel what runs\n');
  });

  it('starts again with what the configuration says now', async () => {
    const { apps, stop, ended, told, reload } = running(['opens', 'opens']);
    await apps.until('poll 1');
    reload();
    await apps.until('poll 2');
    stop.abort();
    await ended;
    expect(apps.events).toEqual(['poll 1', 'end 1', 'close 1', 'poll 2', 'end 2', 'close 2']);
    expect(told.stderr()).toContain('configuration read again, polling https://git.example.com/2');
  });

  it('goes on with the old configuration where the new one is broken', async () => {
    const { apps, stop, ended, told, reload } = running([
      'opens',
      new Failure('configuration', 'unknown key', { key: 'intervall' }),
      'opens',
    ]);
    await apps.until('poll 1');
    reload();
    reload();
    await apps.until('poll 3');
    stop.abort();
    await ended;
    expect(told.stderr()).toContain('the new configuration is not used: unknown key (key intervall)');
    expect(apps.events).toEqual(['poll 1', 'end 1', 'close 1', 'poll 3', 'end 3', 'close 3']);
  });

  it('closes what a reload opened while it was being stopped', async () => {
    const { apps, stop, ended, reload } = running(['opens', 'opens']);
    await apps.until('poll 1');
    stop.abort();
    reload();
    await ended;
    expect(apps.events).toContain('close 1');
    expect(apps.events).toContain('close 2');
    expect(apps.events).not.toContain('poll 2');
  });

  it('does not begin with a configuration that is broken', async () => {
    const { ended } = running([new Failure('configuration', 'unknown key')]);
    await expect(ended).rejects.toThrow('unknown key');
  });
});

describe('the narration of the agent', () => {
  const snapshotWith = (watched: number) =>
    ({ resources: Array.from({ length: watched }, () => ({ state: 'watched' })) }) as unknown as Snapshot;

  it('tells changes and transitions, not every check', () => {
    const told = listen();
    const hooks = agentHooks(toolsWith({}, told));
    hooks.onOutcome(outcomeOf());
    hooks.onOutcome(outcomeOf({ outcome: 'changed', value: '1235', pushed: true }));
    hooks.onOutcome(outcomeOf({ transition: 'recovered' }));
    expect(told.stdout().split('\n')).toEqual([
      'changed    core-beta  New core in beta (1235)  was 1234  4f2a9c1',
      'recovered  core-beta  1234',
      '',
    ]);
  });

  it('tells every check with --json', () => {
    const told = listen({ format: 'json' });
    agentHooks(toolsWith({}, told)).onOutcome(outcomeOf());
    expect(told.objects()).toEqual([outcomeOf()]);
  });

  it('tells that a run started, how it ended, and how to see why it failed', () => {
    const told = listen();
    const hooks = agentHooks(toolsWith({}, told));
    const waiting = runOf({ status: 'waiting', startedAt: null, finishedAt: null, exitCode: null, tasks: [] });
    const running = runOf({ status: 'running', finishedAt: null, exitCode: null, attempt: 2 });
    hooks.onRun({ ...waiting, id: 'other' });
    hooks.onRun(waiting);
    hooks.onRun(running);
    hooks.onRun({ ...running, workspace: '/somewhere' });
    hooks.onRun(runOf({ status: 'failed', exitCode: 3, tasks: [taskOf({ status: 'failed', exitCode: 3 })] }));
    hooks.onRun({ ...waiting, id: 'other', status: 'superseded', supersededBy: 'abcdef012345' });
    hooks.onRun(runOf({ id: 'third', change: null, resource: 'evil\u001b[2J' }));
    expect(told.stderr().split('\n')).toEqual([
      'run 3f2a81c0 of core-beta started: New core in beta (1235), attempt 2; 1 waits',
      'run 3f2a81c0 of core-beta: failed (3) in 1m in suite; 1 waits',
      'spread-cron logs 3f2a81c0 --task suite shows what it printed',
      'run other of core-beta was superseded by abcdef01',
      'run third of evil\\e[2J: success in 1m',
      '',
    ]);
    expect(told.stdout()).toBe('');
  });

  it('gives runs with --json whenever their status changes', () => {
    const told = listen({ format: 'json' });
    const { onRun } = agentHooks(toolsWith({}, told));
    const running = runOf({ status: 'running', finishedAt: null, exitCode: null });
    for (const run of [running, { ...running, workspace: '/somewhere' }, runOf()]) onRun(run);
    expect(told.objects()).toMatchObject([{ status: 'running' }, { status: 'success' }]);
  });

  it.each([
    [
      'SIGINT',
      'stop',
      '3 runs still running, 2 wait: Ctrl-C again cancels what runs; what waits is kept for the next start',
    ],
    [
      'SIGTERM',
      'cancel',
      '3 runs still running, 2 wait: what runs is cancelled, what waits is kept for the next start',
    ],
    ['SIGHUP', null, '3 runs still running, 2 wait: the configuration changes when what runs has ended'],
  ] as const)('says what is left after %s', (_signal, how, text) => {
    const told = listen();
    const [stop, cancel] = [new AbortController(), new AbortController()];
    if (how !== null) stop.abort();
    if (how === 'cancel') cancel.abort();
    const hooks = agentHooks({ ...toolsWith({}, told), signal: stop.signal, cancel: cancel.signal });
    hooks.onStopping({ running: 3, waiting: 2 });
    expect(told.stderr()).toBe(`${text}\n`);
  });

  it('tells once that the remote fails and once that it is back, and how much is watched when that changes', () => {
    const told = listen();
    const hooks = agentHooks(toolsWith({}, told));
    const failure = new Failure('remote-unreachable', 'the remote does not answer');
    hooks.onRound(snapshotWith(34), null);
    hooks.onRound(snapshotWith(34), null);
    hooks.onRound(null, failure);
    hooks.onRound(null, failure);
    hooks.onNews('core-beta: the branch is gone\u001b[2J');
    hooks.onRound(snapshotWith(1), null);
    expect(told.stderr().split('\n')).toEqual([
      'watching 34 resources',
      'the remote fails: the remote does not answer',
      'core-beta: the branch is gone\\e[2J',
      'the remote is back',
      'watching 1 resource',
      '',
    ]);
  });
});
