import { describe, expect, it } from 'vitest';
import type { LivePulse } from '../../../src/agent/live-agent.ts';
import { runPing } from '../../../src/cli/commands/ping.ts';
import { Failure } from '../../../src/core/failure.ts';
import { failureOf } from '../../support/failures.ts';
import { listen, NOW, type Telling, toolsWith } from '../command-tools.ts';

const PULSE: LivePulse = {
  pid: 7,
  lastRoundAt: NOW - 120_000,
  remoteFailure: null,
  late: false,
  running: 1,
  waiting: 0,
};

async function ping(pulse: LivePulse | null, telling: Telling = {}) {
  const told = listen(telling);
  return { code: await runPing(toolsWith({ ping: async () => pulse }, told)), told };
}

describe('ping', () => {
  it('says that the agent lives, and what it does', async () => {
    const { code, told } = await ping(PULSE);
    expect([code, told.stdout(), told.stderr()]).toEqual([
      0,
      'the agent (process 7) lives: last round 2m ago, 1 running, 0 waiting\n',
      '',
    ]);
    expect((await ping({ ...PULSE, lastRoundAt: null })).told.stdout()).toContain('no round so far');
    expect((await ping(PULSE, { level: 'quiet' })).told.stdout()).toBe('');
  });

  it('succeeds where only the remote is away: to start the agent again would not help', async () => {
    const { code, told } = await ping({ ...PULSE, remoteFailure: new Failure('remote-unreachable', 'no route') });
    expect([code, told.stderr()]).toEqual([0, 'the remote fails: no route\n']);
  });

  it('fails where nothing moves, and says what to do', async () => {
    const { code, told } = await ping({ ...PULSE, late: true });
    expect(code).toBe(1);
    expect(told.stderr()).toBe(
      'error: nothing has moved for long: look at the log of the agent, then start it again\n',
    );
  });

  it('fails where there is no agent, and says how to start one', async () => {
    const failure = await failureOf(ping(null));
    expect(failure).toMatchObject({ reason: 'unreachable', exitCode: 1 });
    expect(failure.message).toContain('start it with spread-cron agent');
  });

  it('gives an object with --json', async () => {
    const away = new Failure('remote-unreachable', 'no route');
    const { told } = await ping({ ...PULSE, remoteFailure: away }, { format: 'json' });
    expect(told.objects()).toEqual([
      {
        repository: 'https://git.example.com/resources.git',
        pid: 7,
        last_round_at: '2026-11-21T17:58:00.000Z',
        error: { reason: 'remote-unreachable', message: 'no route', step: null },
        late: false,
        running: 1,
        waiting: 0,
      },
    ]);
  });
});
