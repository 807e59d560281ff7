import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeFailure, type Failure } from '../../src/core/failure.ts';
import { acquireLock, lockHolder } from '../../src/system/lock.ts';
import { compileProgram, type Program } from '../support/git-child.ts';
import { temporaryDirectory } from '../support/git-origin.ts';

const NEVER = new AbortController().signal;

/** Takes the lock and keeps it until it is killed, or takes it many times around a counter in a file. */
const HOLDER = `
import { readFileSync, writeFileSync } from 'node:fs';
import { acquireLock } from './src/system/lock.ts';
const [path, counter, times] = process.argv.slice(2);
const signal = new AbortController().signal;
if (counter === undefined) {
  await acquireLock(path, { purpose: 'a round', mode: 'wait' }, signal);
  console.log('taken');
  setInterval(() => {}, 1000);
} else {
  for (let time = 0; time < Number(times); time++) {
    const lock = await acquireLock(path, { purpose: 'counts', mode: 'wait' }, signal);
    const before = Number(readFileSync(counter, 'utf8'));
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(counter, String(before + 1));
    await lock.release();
  }
  console.log('counted');
}
`;

describe('the lock of a state directory', () => {
  let program: Program;
  let directory: ReturnType<typeof temporaryDirectory>;
  let path: string;

  beforeAll(async () => {
    program = await compileProgram(HOLDER);
  });
  afterAll(() => program.remove());
  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory.path, 'agent.lock');
  });
  afterEach(() => directory.remove());

  it('is refused while another process holds it, and the refusal says who and what for', async () => {
    const holder = program.start([path]);
    await holder.line();
    const failure = await acquireLock(path, { purpose: 'test', mode: 'try' }, NEVER).catch((error: Failure) => error);
    expect(failure).toMatchObject({ reason: 'locked', details: { pid: holder.pid, doing: 'a round' } });
    expect(describeFailure(failure as Failure)).toContain(`pid ${holder.pid}`);
    expect((await lockHolder(path))?.pid).toBe(holder.pid);
    holder.kill();
    await holder.ended;
  });

  it('of a holder that was killed is taken at once', async () => {
    const holder = program.start([path]);
    await holder.line();
    holder.kill();
    await holder.ended;
    expect(await lockHolder(path)).toBeNull();
    const lock = await acquireLock(path, { purpose: 'test', mode: 'try' }, NEVER);
    expect((await lockHolder(path))?.pid).toBe(process.pid);
    await lock.release();
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('goes to who waits when it is released, and when its holder is killed', async () => {
    const first = await acquireLock(path, { purpose: 'first', mode: 'try' }, NEVER);
    const holder = program.start([path]);
    await first.release();
    await holder.line();
    const waiting = acquireLock(path, { purpose: 'waits', mode: 'wait' }, NEVER);
    holder.kill();
    const lock = await waiting;
    expect((await lockHolder(path))?.purpose).toBe('waits');
    await lock.release();
  });

  it('is not waited for any longer when the wait is cancelled, and nothing of the wait stays', async () => {
    const first = await acquireLock(path, { purpose: 'first', mode: 'try' }, NEVER);
    const stop = new AbortController();
    const waiting = acquireLock(path, { purpose: 'second', mode: 'wait' }, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(directory.path)).toEqual(['agent.lock']);
    await first.release();
  });

  it('excludes two callers within one process as well', async () => {
    const first = await acquireLock(path, { purpose: 'first', mode: 'try' }, NEVER);
    await expect(acquireLock(path, { purpose: 'second', mode: 'try' }, NEVER)).rejects.toMatchObject({
      reason: 'locked',
    });
    await first.release();
    await (await acquireLock(path, { purpose: 'second', mode: 'try' }, NEVER)).release();
  });

  it.runIf(existsSync('/proc/self/stat'))('is not held by another process that was given the same pid', async () => {
    const first = await acquireLock(path, { purpose: 'first', mode: 'try' }, NEVER);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), started: 'another boot:1' }));
    const second = await acquireLock(path, { purpose: 'second', mode: 'try' }, NEVER);
    await first.release();
    expect((await lockHolder(path))?.purpose).toBe('second');
    await second.release();
  });

  it.each([
    ['an empty file', ''],
    ['something else', 'not a lock'],
    ['JSON of another shape', '{"pid":"1"}'],
  ])('that is %s is taken over', async (_what, content) => {
    writeFileSync(path, content);
    const lock = await acquireLock(path, { purpose: 'test', mode: 'try' }, NEVER);
    expect((await lockHolder(path))?.pid).toBe(process.pid);
    await lock.release();
  });

  it('is taken over also where a successor died before it was done, and leaves nothing behind', async () => {
    const dead = (token: string) => JSON.stringify({ token, pid: 2 ** 22 + 1, started: null, purpose: 'dead' });
    writeFileSync(path, dead('aa'));
    writeFileSync(`${path}.aa`, dead('bb'));
    writeFileSync(`${path}.bb`, dead('cc'));
    const lock = await acquireLock(path, { purpose: 'test', mode: 'try' }, NEVER);
    expect(readdirSync(directory.path)).toEqual(['agent.lock']);
    await lock.release();
  });

  it('of a dead holder goes to exactly one of many takers', async () => {
    for (let round = 0; round < 20; round++) {
      writeFileSync(
        path,
        JSON.stringify({ token: `d${round % 10}`, pid: 2 ** 22 + 1, started: null, purpose: 'dead' }),
      );
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, () => acquireLock(path, { purpose: 'taker', mode: 'try' }, NEVER)),
      );
      const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
      expect(winners.length).toBe(1);
      await winners[0]?.value.release();
      expect(readdirSync(directory.path)).toEqual([]);
    }
  });

  it('lets processes that compete, some of them killed, never in at the same time', async () => {
    const counter = join(directory.path, 'counter');
    writeFileSync(counter, '0');
    const victim = program.start([path]);
    await victim.line();
    const workers = Array.from({ length: 3 }, () => program.start([path, counter, '40']));
    victim.kill();
    for (const worker of workers) expect(await worker.line()).toBe('counted');
    expect(readFileSync(counter, 'utf8')).toBe('120');
    expect(readdirSync(directory.path)).toEqual(['counter']);
  });
});
