import { describe, expect, it } from 'vitest';
import { type AgentTools, createAgent } from '../../src/agent/agent.ts';
import { Failure } from '../../src/core/failure.ts';
import type { RoundResult, Selection } from '../../src/pipeline/round.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const LOOKED = {
  outcomes: [],
  snapshot: {} as never,
  remoteFailure: null,
  transition: null,
  remoteFailures: 0,
  remoteIsBack: false,
} satisfies RoundResult;

/** An agent whose rounds the test ends one by one. */
function remoteControlled(options: Partial<AgentTools> = {}) {
  const clock = createSteppedClock();
  const rounds: { readonly select: Selection; readonly at: number; readonly end: (result?: RoundResult) => void }[] =
    [];
  const waiting: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const heartbeats: number[] = [];
  const warnings: string[] = [];
  const agent = createAgent({
    clock,
    log: { warn: (line) => void warnings.push(line), info: () => {}, debug: () => {} },
    interval: 1000,
    jitter: 0,
    random: () => 0.5,
    nextScheduled: async () => null,
    rest: () => {},
    heartbeat: async () => void heartbeats.push(clock.now()),
    round: (select) =>
      new Promise((resolve) => {
        running += 1;
        most = Math.max(most, running);
        rounds.push({
          select,
          at: clock.now(),
          end(result = LOOKED) {
            running -= 1;
            resolve(result);
          },
        });
        waiting.shift()?.();
      }),
    ...options,
  });
  /** The n-th round, once it has begun. */
  async function begun(n: number) {
    while (rounds.length < n) await new Promise<void>((resolve) => waiting.push(resolve));
    const round = rounds[n - 1];
    if (round === undefined) throw new Error('no such round');
    return round;
  }
  return { agent, clock, rounds, begun, heartbeats, warnings, most: () => most };
}

describe('the agent', () => {
  it('begins at once, then keeps the interval from the beginning of one round to the next', async () => {
    const { agent, clock, begun } = remoteControlled();
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    (await begun(1)).end();
    await clock.sleeping();
    clock.advance(1000);
    expect((await begun(2)).at).toBe(1000);
    clock.advance(300);
    (await begun(2)).end();
    await clock.sleeping();
    clock.advance(700);
    expect((await begun(3)).at).toBe(2000);
    stopping.abort();
    (await begun(3)).end();
    await running;
  });

  it('spreads rounds by the jitter', async () => {
    const { agent, clock, begun } = remoteControlled({ jitter: 0.1, random: () => 1 });
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    (await begun(1)).end();
    await clock.sleeping();
    clock.advance(1100);
    expect((await begun(2)).at).toBe(1100);
    stopping.abort();
    (await begun(2)).end();
    await running;
  });

  it('wakes for scheduled resources between rounds, and checks only those', async () => {
    const instants = [4000, null];
    const nextScheduled = async () => instants.shift() ?? null;
    const { agent, clock, begun } = remoteControlled({ interval: 10_000, nextScheduled });
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    (await begun(1)).end();
    await clock.sleeping();
    clock.advance(4000);
    expect((await begun(2)).select).toEqual({ kind: 'scheduled' });
    (await begun(2)).end();
    await clock.sleeping();
    clock.advance(6000);
    expect(await begun(3)).toMatchObject({ select: { kind: 'due' }, at: 10_000 });
    stopping.abort();
    (await begun(3)).end();
    await running;
  });

  it('does not spin where a scheduled resource stays due', async () => {
    const { agent, clock, begun, rounds } = remoteControlled({ interval: 10_000, nextScheduled: async () => 0 });
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    (await begun(1)).end();
    await clock.sleeping();
    clock.advance(999);
    expect(rounds).toHaveLength(1);
    clock.advance(1);
    expect((await begun(2)).at).toBe(1000);
    stopping.abort();
    (await begun(2)).end();
    await running;
  });

  it('goes on after a round that broke, and tells it', async () => {
    let broken = true;
    const { agent, clock, begun, rounds, warnings } = remoteControlled({
      nextScheduled: async () => {
        if (broken) throw new Error('the disk is full');
        return null;
      },
    });
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    (await begun(1)).end();
    await clock.sleeping();
    expect(warnings).toEqual([expect.stringContaining('the disk is full')]);
    broken = false;
    clock.advance(1000);
    (await begun(2)).end();
    expect(rounds).toHaveLength(2);
    stopping.abort();
    await running;
  });

  it('never runs two rounds at once: one that is asked for waits for the one under way', async () => {
    const { agent, begun, rounds, most } = remoteControlled();
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    await begun(1);
    const asked = agent.round({ kind: 'named', patterns: ['core'] }, () => {});
    await Promise.resolve();
    expect(rounds).toHaveLength(1);
    (await begun(1)).end();
    (await begun(2)).end();
    await asked;
    expect(rounds[1]?.select).toEqual({ kind: 'named', patterns: ['core'] });
    expect(most()).toBe(1);
    stopping.abort();
    await running;
  });

  it('ends after the round under way when it is stopped', async () => {
    const { agent, begun, rounds } = remoteControlled();
    const stopping = new AbortController();
    let ended = false;
    const running = agent.run(stopping.signal).then(() => {
      ended = true;
    });
    await begun(1);
    stopping.abort();
    await Promise.resolve();
    expect(ended).toBe(false);
    (await begun(1)).end();
    await running;
    expect(rounds).toHaveLength(1);
  });

  it('sends a heartbeat only after rounds that saw the remote', async () => {
    const { agent, clock, begun, heartbeats } = remoteControlled();
    const stopping = new AbortController();
    const running = agent.run(stopping.signal);
    (await begun(1)).end({ ...LOOKED, snapshot: null, remoteFailure: new Failure('remote-unreachable', 'no answer') });
    await clock.sleeping();
    expect(heartbeats).toEqual([]);
    clock.advance(1000);
    (await begun(2)).end();
    await clock.sleeping();
    expect(heartbeats).toEqual([1000]);
    stopping.abort();
    await running;
  });
});
