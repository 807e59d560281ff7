import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKept } from '../../src/state/kept.ts';
import type { Log } from '../../src/system/log.ts';

let directory: string;
let path: string;
let told: string[];
const log: Log = {
  debug: (text) => void told.push(text),
  info: (text) => void told.push(text),
  warn: (text) => void told.push(text),
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-kept-'));
  path = join(directory, 'kept.json');
  told = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** One process: what it finds of the part `numbers`, after which it keeps `next`, if anything. */
async function process(next?: unknown, stamp = 'this program'): Promise<unknown> {
  const kept = await openKept(path, { stamp, log });
  const shelf = kept.shelf<unknown>('numbers', () => next);
  if (next !== undefined) shelf.changed();
  await kept.save();
  return shelf.found;
}

describe('what is kept', () => {
  it('is found by the next process as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (data) => {
        await process([data]);
        expect(await process()).toEqual(JSON.parse(JSON.stringify([data])));
      }),
      { numRuns: 25 },
    );
  });

  it('is for nobody else to read', async () => {
    await process([1]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is nothing at first, and nothing is written where nothing was learned', async () => {
    expect(await process()).toBeNull();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is nothing for a program with another stamp, which keeps its own', async () => {
    await process([1], 'version 1');
    expect(await process([2], 'version 2')).toBeNull();
    expect(await process(undefined, 'version 2')).toEqual([2]);
    expect(await process(undefined, 'version 1')).toBeNull();
  });

  it('survives a process that uses another part', async () => {
    await process([1]);
    const kept = await openKept(path, { stamp: 'this program', log });
    kept.shelf('letters', () => ['a']).changed();
    await kept.save();
    expect(await process()).toEqual([1]);
  });

  it.each<[string, (written: Buffer) => Uint8Array]>([
    ['cut off', (written) => written.subarray(0, -1)],
    ['changed in one place', (written) => Buffer.from(written.toString().replace('[1]', '[2]'))],
    ['longer than it was', (written) => Buffer.concat([written, Buffer.from(' ')])],
    ['empty', () => Buffer.alloc(0)],
    ['without its first line', (written) => written.subarray(written.indexOf('\n') + 1)],
    ['something else', () => Buffer.from([0, 255, 10, 0])],
  ])('is nothing where the file is %s, and is kept anew', async (_, damage) => {
    await process([1]);
    await writeFile(path, damage(await readFile(path)));
    expect(await process([3])).toBeNull();
    expect(await process()).toEqual([3]);
  });

  it('is nothing where there can be no file, which is told to who debugs', async () => {
    await mkdir(path);
    expect(await process([1])).toBeNull();
    expect(told).toEqual([expect.stringContaining('cannot be read'), expect.stringContaining('cannot be written')]);
    expect(await readdir(directory)).toEqual(['kept.json']);
  });
});
