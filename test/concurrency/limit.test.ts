import { describe, expect, it } from 'vitest';
import { createKeyedLimit, createKeyedMutex } from '../../src/concurrency/keyed-limit.ts';
import { createLimit } from '../../src/concurrency/limit.ts';
import { onAbort } from '../../src/concurrency/on-abort.ts';

/** Work that ends when the test says so, and tells when it began. */
function gate() {
  let open: () => void = () => {};
  let begin: () => void = () => {};
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const work = async () => {
    begin();
    await opened;
  };
  return { work, open, began };
}

describe('a limit', () => {
  it('runs no more at once than it says, in the order of asking', async () => {
    const limit = createLimit(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const work = (number: number) => async () => {
      order.push(number);
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return number;
    };
    const results = await Promise.all(Array.from({ length: 20 }, (_, number) => limit(work(number))));
    expect(most).toBe(2);
    expect(order).toEqual(results);
  });

  it('goes on after work that failed', async () => {
    const limit = createLimit(1);
    await expect(limit(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(limit(async () => 'next')).resolves.toBe('next');
  });

  it('gives up waiting work at once when its signal is aborted, and never starts it', async () => {
    const limit = createLimit(1);
    const first = gate();
    const running = limit(first.work);
    const stop = new AbortController();
    let started = 0;
    const waiting = limit(async () => started++, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    first.open();
    await running;
    await limit(async () => {});
    expect(started).toBe(0);
  });

  it('does not start work whose signal is aborted already', async () => {
    const limit = createLimit(1);
    let started = 0;
    await expect(limit(async () => started++, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(started).toBe(0);
  });

  it('leaves work that runs to its own signal handling', async () => {
    const limit = createLimit(1);
    const stop = new AbortController();
    const first = gate();
    const running = limit(async () => {
      await first.work();
      return 'done';
    }, stop.signal);
    await first.began;
    stop.abort();
    first.open();
    await expect(running).resolves.toBe('done');
  });
});

describe('a keyed limit', () => {
  it('lets different keys run beside each other and equal keys wait', async () => {
    const limit = createKeyedLimit(1);
    const [a, b, again] = [gate(), gate(), gate()];
    const began: string[] = [];
    const run = (key: string, name: string, { work }: ReturnType<typeof gate>) =>
      limit(key, async () => {
        began.push(name);
        await work();
      });
    const all = [run('a', 'a1', a), run('b', 'b1', b), run('a', 'a2', again)];
    await Promise.all([a.began, b.began]);
    expect(began).toEqual(['a1', 'b1']);
    a.open();
    await again.began;
    expect(began).toEqual(['a1', 'b1', 'a2']);
    b.open();
    again.open();
    await Promise.all(all);
  });

  it('as a mutex never lets two pieces of work of one key overlap', async () => {
    const mutex = createKeyedMutex();
    let inside = 0;
    const overlaps: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, () =>
        mutex('key', async () => {
          inside++;
          await new Promise((resolve) => setImmediate(resolve));
          overlaps.push(inside);
          inside--;
        }),
      ),
    );
    expect(overlaps).toEqual(Array(10).fill(1));
  });
});

describe('listening to a signal', () => {
  it('calls everybody who still listens, once', () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => called.push('a'));
    const leave = onAbort(controller.signal, () => called.push('b'));
    onAbort(controller.signal, () => called.push('c'));
    leave();
    controller.abort();
    controller.signal.dispatchEvent(new Event('abort'));
    expect(called).toEqual(['a', 'c']);
  });

  it('makes one listener for a thousand who listen', () => {
    const controller = new AbortController();
    let added = 0;
    const { addEventListener } = controller.signal;
    controller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      added++;
      addEventListener.apply(controller.signal, args);
    };
    let called = 0;
    for (let index = 0; index < 1000; index++) onAbort(controller.signal, () => called++);
    controller.abort();
    expect([added, called]).toEqual([1, 1000]);
  });
});
