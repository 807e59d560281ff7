import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { freeSpace } from '../../src/system/free-space.ts';
import { watchDirectory } from '../../src/system/watch.ts';
import { createManualClock } from '../support/manual-clock.ts';

const never = new AbortController().signal;
/** Of which no wait ends by itself. */
const patient = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(3_600_000, signal) };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-watch-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('watching a directory', () => {
  it('tells of what happens in it, also of what happened since it was asked last', async () => {
    const watch = watchDirectory(directory, patient);
    const told = watch.changed(never);
    await writeFile(join(directory, 'a'), 'one');
    await told;
    await writeFile(join(directory, 'a'), 'two');
    await watch.changed(never);
    watch.close();
  });

  it('looks again after a while where nothing was told, and more often where there is no directory', async () => {
    const clock = createManualClock();
    const watch = watchDirectory(directory, clock);
    await watch.changed(never);
    watch.close();
    const missing = watchDirectory(join(directory, 'missing'), clock);
    await missing.changed(never);
    expect(clock.sleeps).toEqual([1_000, 100]);
    await mkdir(join(directory, 'missing'));
    // something may have happened before the directory could be watched
    await missing.changed(never);
    expect(clock.sleeps).toHaveLength(2);
    missing.close();
  });

  it('ends a wait with its signal', async () => {
    const stop = new AbortController();
    const watch = watchDirectory(directory, patient);
    const waiting = watch.changed(stop.signal);
    stop.abort();
    await waiting;
    await watch.changed(stop.signal);
    watch.close();
  });
});

it('the free space of a disk is a number of bytes', async () => {
  expect(await freeSpace(directory)).toBeGreaterThan(0);
});
