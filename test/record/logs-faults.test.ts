import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogs } from '../../src/record/create-logs.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type LogFiles, systemLogFiles } from '../../src/system/log-files.ts';
import { createRedaction } from '../../src/system/redaction.ts';
import { failureOf } from '../support/failures.ts';
import { gather, textOf } from '../support/log-pieces.ts';

const RUN = '3f2a81c04d2e';
const never = new AbortController().signal;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-log-faults-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function logsOn(files: LogFiles, limit = 100_000) {
  const redactor = () => createRedaction().createByteRedactor();
  return createLogs({ directory, limit, redactor, clock: systemClock, files });
}

const noSpace = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

/** A disk with room for so many bytes; a write that does not fit is written as far as it does. */
function smallDisk(room: { bytes: number }): LogFiles {
  return {
    ...systemLogFiles,
    async create(path) {
      const file = await systemLogFiles.create(path);
      return (
        file && {
          ...file,
          async append(pieces) {
            const bytes = Buffer.concat(pieces);
            const fits = bytes.subarray(0, room.bytes);
            room.bytes -= fits.length;
            await file.append([fits]);
            if (fits.length < bytes.length) throw noSpace();
          },
        }
      );
    },
  };
}

const read = async (logs: ReturnType<typeof logsOn>, follow = false) =>
  textOf(await gather(logs.read(RUN, 'suite', { follow }, never)));

describe('a disk that is full', () => {
  it('ends the log and says so, and takes whatever is printed after that', async () => {
    const room = { bytes: 200_000 };
    const logs = logsOn(smallDisk(room), 10_000_000);
    const log = logs.open(RUN, 'suite', 1);
    for (let index = 0; index < 10; index++) await log.write('stdout', Buffer.alloc(70_000, 'x'));
    const { error } = await log.close();
    expect(error).toBe('the log could not be written: ENOSPC');
    const text = await read(logs);
    expect(text).toMatch(/^x+$/);
    expect(text.length).toBeGreaterThan(60_000);
    await logs.idle();
  });

  it('leaves a log that ends for its followers once there is room for its end', async () => {
    const room = { bytes: 10 };
    const logs = logsOn(smallDisk(room));
    const log = logs.open(RUN, 'suite', 1);
    await log.write('stdout', Buffer.alloc(70_000, 'x'));
    await log.write('stdout', Buffer.alloc(2_000_000, 'x'));
    room.bytes = 1_000;
    expect((await log.close()).error).toContain('ENOSPC');
    expect(await read(logs, true)).toBe('');
  });

  it('that lets no file be made is told when the log is closed', async () => {
    const full: Partial<LogFiles> = {
      create: () => Promise.reject(noSpace()),
      writeSmall: () => {
        throw noSpace();
      },
    };
    const logs = logsOn({ ...systemLogFiles, ...full });
    for (const length of [0, 4, 400_000]) {
      const log = logs.open(RUN, 'suite', 1);
      if (length > 0) await log.write('stdout', Buffer.alloc(length));
      expect(await log.close()).toEqual({ bytes: length, cut: 0, error: 'the log could not be written: ENOSPC' });
    }
    expect(await read(logs)).toBe('');
  });

  it('leaves the log as it is where it cannot be compressed', async () => {
    const logs = logsOn({ ...systemLogFiles, compress: () => Promise.reject(noSpace()) });
    const log = logs.open(RUN, 'suite', 1);
    await log.write('stdout', Buffer.alloc(20_000, 'x'));
    expect((await log.close()).error).toBeNull();
    await logs.idle();
    expect(await readdir(join(directory, RUN.slice(0, 2)))).toEqual([`${RUN}.suite.1.log`]);
    expect(await read(logs)).toBe('x'.repeat(20_000));
  });
});

describe('a process that dies while it compresses', () => {
  async function killedAfter(kept: (path: string) => boolean, limit = 100_000): Promise<string> {
    const logs = logsOn(
      { ...systemLogFiles, remove: async (path) => (kept(path) ? undefined : systemLogFiles.remove(path)) },
      limit,
    );
    const log = logs.open(RUN, 'suite', 1);
    for (let index = 0; index < 100; index++) await log.write('stdout', Buffer.from(`line ${index} `.repeat(20)));
    await log.close();
    const before = await read(logs);
    await logs.idle();
    return before;
  }

  it('between compressing and removing leaves one readable log', async () => {
    const before = await killedAfter(() => true);
    expect(await readdir(join(directory, RUN.slice(0, 2)))).toEqual([`${RUN}.suite.1.log`, `${RUN}.suite.1.log.gz`]);
    expect(await read(logsOn(systemLogFiles))).toBe(before);
    expect(await read(logsOn(systemLogFiles), true)).toBe(before);
  });

  it('before the last of several files was removed leaves one readable log', async () => {
    const before = await killedAfter((path) => path.endsWith('.log.70') || path.endsWith('.log'), 4_096);
    expect(await read(logsOn(systemLogFiles))).toBe(before);
  });

  it('within compressing leaves the log as it was', async () => {
    const logs = logsOn({
      ...systemLogFiles,
      compress: (paths, to) =>
        copyFile(paths[0] ?? '', `${to}.tmp`).then(() => {
          throw noSpace();
        }),
    });
    const log = logs.open(RUN, 'suite', 1);
    await log.write('stdout', Buffer.alloc(20_000, 'x'));
    await log.close();
    await logs.idle();
    expect(await readdir(join(directory, RUN.slice(0, 2)))).toEqual([
      `${RUN}.suite.1.log`,
      `${RUN}.suite.1.log.gz.tmp`,
    ]);
    expect(await read(logs)).toBe('x'.repeat(20_000));
    const again = logs.open(RUN, 'suite', 1);
    await again.write('stdout', Buffer.from('again'));
    await again.close();
    expect(await read(logs)).toBe(`${'x'.repeat(20_000)}again`);
  });
});

describe('a log that is damaged', () => {
  it('is told where it is compressed', async () => {
    const logs = logsOn(systemLogFiles);
    const log = logs.open(RUN, 'suite', 1);
    await log.write('stdout', Buffer.alloc(20_000, 'x'));
    await log.close();
    await logs.idle();
    const path = join(directory, RUN.slice(0, 2), `${RUN}.suite.1.log.gz`);
    await writeFile(path, 'this is not compressed');
    expect(await failureOf(read(logs))).toMatchObject({ reason: 'not-parsable', details: { path } });
  });

  it('is read as far as it can be understood', async () => {
    const logs = logsOn(systemLogFiles);
    const log = logs.open(RUN, 'suite', 1);
    await log.write('stdout', Buffer.from('whole'));
    await log.close();
    const path = join(directory, RUN.slice(0, 2), `${RUN}.suite.1.log`);
    await writeFile(path, Buffer.alloc(300_000, 0xff), { flag: 'a' });
    expect(await read(logs)).toBe('whole');
    expect(Buffer.from(await logs.tail(RUN, 'suite', 'stdout', 3)).toString()).toBe('ole');
  });
});
