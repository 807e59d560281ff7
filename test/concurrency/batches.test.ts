import { describe, expect, it } from 'vitest';
import { createBatches } from '../../src/concurrency/batches.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

/** Batches whose sending ends when the test says so. */
function start() {
  const clock = createSteppedClock();
  const sent: (readonly string[])[] = [];
  const finish: (() => void)[] = [];
  const batches = createBatches<string>({
    send: (batch) => {
      sent.push(batch);
      return new Promise((resolve) => finish.push(resolve));
    },
    company: { quiet: 20, longest: 50 },
    clock,
  });
  return { clock, sent, finish, batches };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('batches', () => {
  it('go when nothing came for a moment', async () => {
    const { clock, sent, batches } = start();
    batches.add('a');
    clock.advance(19);
    batches.add('b');
    clock.advance(19);
    await settled();
    expect(sent).toEqual([]);
    clock.advance(1);
    await settled();
    expect(sent).toEqual([['a', 'b']]);
  });

  it('go after a while though more keeps coming', async () => {
    const { clock, sent, batches } = start();
    for (const piece of ['a', 'b', 'c', 'd', 'e', 'f']) {
      batches.add(piece);
      clock.advance(10);
      await settled();
    }
    expect(sent).toEqual([['a', 'b', 'c', 'd', 'e']]);
  });

  it('go one at a time, the next with all that came meanwhile', async () => {
    const { clock, sent, finish, batches } = start();
    batches.add('a');
    clock.advance(20);
    await settled();
    batches.add('b');
    batches.add('c');
    clock.advance(500);
    await settled();
    expect(sent).toEqual([['a']]);
    finish[0]?.();
    await settled();
    expect(sent).toEqual([['a'], ['b', 'c']]);
  });

  it('are idle when all were sent, and at once where there is nothing', async () => {
    const { sent, finish, batches } = start();
    await batches.idle();
    batches.add('a');
    let idle = false;
    const done = batches.idle().then(() => {
      idle = true;
    });
    await settled();
    expect([sent, idle]).toEqual([[['a']], false]);
    finish[0]?.();
    await done;
  });
});
