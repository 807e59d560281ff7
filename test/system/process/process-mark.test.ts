import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAlive, processMark } from '../../../src/system/process/process-mark.ts';

describe('the mark of a process', () => {
  it('is alive as long as the process is', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    const mark = await processMark(child.pid);
    expect(mark.pid).toBe(child.pid);
    expect(await isAlive(mark)).toBe(true);
    child.stdin.end();
    await once(child, 'exit');
    expect(await isAlive(mark)).toBe(false);
  });

  it('is by default that of this process', async () => {
    const mark = await processMark();
    expect(mark.pid).toBe(process.pid);
    expect(await isAlive(mark)).toBe(true);
  });

  it.runIf(existsSync('/proc/self/stat'))('is not that of a later process of the same number', async () => {
    const mark = await processMark();
    expect(await isAlive({ ...mark, started: `${mark.started}0` })).toBe(false);
  });

  it('is that of any process of the number where the system does not tell starts', async () => {
    expect(await isAlive({ pid: process.pid, started: null })).toBe(true);
    expect(await isAlive({ pid: 0, started: null })).toBe(false);
  });
});
