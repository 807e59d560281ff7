import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogs, type LogsOptions } from '../../src/record/create-logs.ts';
import type { LogStream, Logs } from '../../src/record/logs.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createRedaction } from '../../src/system/redaction.ts';
import { bytesOf, filesOf, gather, textOf } from '../support/log-pieces.ts';

const RUN = '3f2a81c04d2e';
const never = new AbortController().signal;
let directory: string;
let logs: Logs;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-logs-'));
  logs = logsWith({});
});
afterEach(async () => {
  await logs.idle();
  await rm(directory, { recursive: true, force: true });
});

function logsWith(options: Partial<LogsOptions>): Logs {
  const redactor = () => createRedaction().createByteRedactor();
  return createLogs({ directory, limit: 1_000_000, redactor, clock: systemClock, ...options });
}

async function printed(
  of: Logs,
  pieces: readonly (readonly [LogStream, string | Uint8Array])[],
  task = 'suite',
  attempt = 1,
) {
  const log = of.open(RUN, task, attempt);
  for (const [stream, bytes] of pieces) await log.write(stream, Buffer.from(bytes));
  return log.close();
}

const all = (of = logs, task = 'suite') => gather(of.read(RUN, task, {}, never));

describe('the log of a task', () => {
  it('gives both streams in the order they were printed, with their times, or one of them', async () => {
    let now = 1_000;
    logs = logsWith({ clock: { ...systemClock, now: () => now } });
    const log = logs.open(RUN, 'suite', 1);
    void log.write('stdout', Buffer.from('one '));
    now += 500;
    void log.write('stderr', Buffer.from('two '));
    void log.write('stdout', Buffer.from('three'));
    expect(await log.close()).toEqual({ bytes: 13, cut: 0, error: null });
    expect((await all()).map(({ stream, at, bytes }) => [stream, at, Buffer.from(bytes).toString()])).toEqual([
      ['stdout', 1_000, 'one '],
      ['stderr', 1_500, 'two '],
      ['stdout', 1_500, 'three'],
    ]);
    expect(textOf(await gather(logs.read(RUN, 'suite', { stream: 'stdout' }, never)))).toBe('one three');
    expect(textOf(await gather(logs.read(RUN, 'suite', { stream: 'stderr' }, never)))).toBe('two ');
  });

  it('is nothing where nothing was printed, or no such task ran', async () => {
    expect(await all()).toEqual([]);
    expect(await logs.tail(RUN, 'suite', 'stdout', 10)).toHaveLength(0);
    expect(await printed(logs, [])).toEqual({ bytes: 0, cut: 0, error: null });
    expect(await all()).toEqual([]);
    expect(await all(logs, 'another')).toEqual([]);
  });

  it('makes no file before there is output, and one small one for a little', async () => {
    const log = logs.open(RUN, 'suite', 1);
    expect(await filesOf(join(directory, RUN.slice(0, 2)))).toEqual({});
    void log.write('stdout', Buffer.from('done\n'));
    await log.close();
    expect(await filesOf(join(directory, RUN.slice(0, 2)))).toEqual({ [`${RUN}.suite.1.log`]: 5 + 15 + 31 });
  });

  it('keeps bytes as they are, whatever they are and however they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom<LogStream>('stdout', 'stderr'), fc.uint8Array({ maxLength: 300 }))),
        fc.uuid(),
        async (pieces, task) => {
          const { bytes } = await printed(logs, pieces, task);
          const found = await all(logs, task);
          for (const stream of ['stdout', 'stderr'] as const)
            expect(bytesOf(found, stream)).toEqual(
              Buffer.concat(pieces.filter(([of]) => of === stream).map(([, chunk]) => chunk)),
            );
          expect(bytes).toBe(pieces.reduce((sum, [, chunk]) => sum + chunk.length, 0));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of another try comes after that of the first', async () => {
    await printed(logs, [['stdout', 'first\n']]);
    await printed(logs, [['stdout', 'x'.repeat(10_000)]], 'suite', 2);
    await logs.idle();
    await printed(logs, [['stdout', '\nthird']], 'suite', 3);
    expect(textOf(await all())).toBe(`first\n${'x'.repeat(10_000)}\nthird`);
    expect(Object.keys(await filesOf(join(directory, RUN.slice(0, 2))))).toEqual(
      ['1.log', '2.log.gz', '3.log'].map((end) => `${RUN}.suite.${end}`),
    );
    expect(Buffer.from(await logs.tail(RUN, 'suite', 'stdout', 100)).toString()).toBe('\nthird');
  });

  it('of a number that has one already comes after it, however long it is', async () => {
    await printed(logs, [['stdout', 'first\n']]);
    await printed(logs, [['stdout', 'x'.repeat(100_000)]]);
    await printed(logs, [['stdout', '\nthird']]);
    expect(textOf(await all())).toBe(`first\n${'x'.repeat(100_000)}\nthird`);
  });

  it('has a name of its own for every task', async () => {
    const tasks = [
      'a',
      'a.1',
      'a.1.log',
      '../a',
      '.',
      '..',
      'a/b',
      'a%2Fb',
      '-x',
      'ä ö',
      '',
      'x'.repeat(300),
      'x'.repeat(301),
    ];
    for (const task of tasks) await printed(logs, [['stdout', `of ${task}`]], task);
    for (const task of tasks) expect(textOf(await all(logs, task))).toBe(`of ${task}`);
    expect(await filesOf(join(directory, RUN.slice(0, 2)))).toSatisfy(
      (files: object) => Object.keys(files).length === tasks.length,
    );
  });

  it('can be written on after it was closed by nobody', async () => {
    const log = logs.open(RUN, 'suite', 1);
    void log.write('stdout', Buffer.from('in time'));
    const first = log.close();
    void log.write('stdout', Buffer.from('too late'));
    expect(await log.close()).toEqual(await first);
    expect(textOf(await all())).toBe('in time');
  });

  it('is gone when its run is removed', async () => {
    await printed(logs, [['stdout', 'x'.repeat(20_000)]]);
    const neighbour = `${RUN}0`;
    await logs.open(neighbour, 'suite', 1).close();
    await logs.remove(RUN);
    expect(await all()).toEqual([]);
    expect(Object.keys(await filesOf(join(directory, RUN.slice(0, 2))))).toEqual([`${neighbour}.suite.1.log`]);
    await logs.remove(RUN);
  });
});

describe('a log that is longer than its limit', () => {
  it('has its beginning, how much was cut out, and its end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1_024, max: 9_000 }),
        fc.array(fc.tuple(fc.constantFrom<LogStream>('stdout', 'stderr'), fc.integer({ min: 1, max: 5_000 })), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.boolean(),
        fc.uuid(),
        async (limit, lengths, together, task) => {
          const limited = logsWith({ limit });
          const log = limited.open(RUN, task, 1);
          let text = '';
          for (const [stream, length] of lengths) {
            const piece = Array.from({ length }, (_, index) =>
              String.fromCharCode(97 + ((text.length + index) % 23)),
            ).join('');
            text += piece;
            const wait = log.write(stream, Buffer.from(piece));
            if (!together) await wait;
          }
          const { bytes, cut, error } = await log.close();
          const whole = await all(limited, task);
          const shown = textOf(whole);
          expect(error).toBeNull();
          expect(bytes).toBe(text.length);
          const marker = `\n… ${cut.toLocaleString('en-US')} bytes cut out …\n`;
          const [first = '', last = ''] = shown.split(marker);
          if (cut === 0) expect(shown).toBe(text);
          else {
            expect(shown.split('…')).toHaveLength(3);
            expect(text.startsWith(first)).toBe(true);
            expect(text.endsWith(last)).toBe(true);
            expect(first.length + cut + last.length).toBe(text.length);
            expect(last.length).toBeGreaterThan(0);
          }
          expect(first.length + last.length).toBeLessThanOrEqual(limit);
          // read at any time, compressed or not, it is the same
          await limited.idle();
          expect(textOf(await all(limited, task))).toBe(shown);
          const tail = await limited.tail(RUN, task, 'stdout', 40);
          expect(textOf(await all(limited, task), 'stdout').endsWith(Buffer.from(tail).toString())).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never takes more room than its limit, while it grows either', async () => {
    const limit = 64_000;
    logs = logsWith({ limit });
    const log = logs.open(RUN, 'suite', 1);
    for (let index = 0; index < 400; index++) {
      await log.write(index % 3 === 0 ? 'stderr' : 'stdout', Buffer.alloc(20_000, 48 + (index % 10)));
      if (index % 50 === 0) {
        const sizes = Object.values(await filesOf(join(directory, RUN.slice(0, 2))));
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limit);
      }
    }
    const { bytes, cut } = await log.close();
    expect(bytes).toBe(8_000_000);
    expect(bytes - cut).toBeGreaterThan(limit / 2);
    expect(bytes - cut).toBeLessThanOrEqual(limit);
  });

  it('tells of one stream how much of that one was cut out', async () => {
    logs = logsWith({ limit: 4_096 });
    await printed(logs, [
      ['stdout', 'a'.repeat(1_000)],
      ['stderr', 'e'.repeat(50_000)],
      ['stdout', 'b'.repeat(100)],
    ]);
    const pieces = await gather(logs.read(RUN, 'suite', { stream: 'stdout' }, never));
    expect(textOf(pieces)).toBe(`${'a'.repeat(1_000)}${'b'.repeat(100)}`);
    const other = textOf(await gather(logs.read(RUN, 'suite', { stream: 'stderr' }, never)));
    const cut = Number(/… ([\d,]+) bytes cut out …/.exec(other)?.[1]?.replaceAll(',', ''));
    expect(other.replaceAll(/[^e]/g, '').length - 1 + cut).toBe(50_000);
  });
});

describe('secrets in a log', () => {
  const secret = 'geheim-ß-4711';

  it('are masked wherever the output is cut apart, in each stream by itself', async () => {
    const redaction = createRedaction();
    redaction.add(secret);
    logs = logsWith({ redactor: redaction.createByteRedactor });
    const text = Buffer.from(`a ${secret} b ${secret}${secret} c ${Buffer.from(secret).toString('base64')} d gehei`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), fc.uuid(), async (cuts, task) => {
        const places = [0, ...cuts.toSorted((x, y) => x - y), text.length];
        const pieces = places.slice(1).map((end, index) => text.subarray(places[index], end));
        await printed(
          logs,
          pieces.flatMap((piece) => [['stdout', piece] as const, ['stderr', piece] as const]),
          task,
        );
        const found = await all(logs, task);
        for (const stream of ['stdout', 'stderr'] as const)
          expect(textOf(found, stream)).toBe(redaction.redact(text.toString()));
      }),
      { numRuns: 40 },
    );
  });

  it('leave bytes that are no text as they were', async () => {
    const redaction = createRedaction();
    redaction.add(secret);
    logs = logsWith({ redactor: redaction.createByteRedactor });
    const noise = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7) % 256));
    await printed(logs, [['stdout', Buffer.concat([noise, Buffer.from(secret), noise])]]);
    expect(bytesOf(await all())).toEqual(Buffer.concat([noise, Buffer.from('***'), noise]));
  });
});

describe('the last bytes of a log', () => {
  it('are those of the one stream, from the end, compressed or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom<LogStream>('stdout', 'stderr'),
            fc.string({ maxLength: 3_000, unit: 'grapheme-ascii' }),
          ),
        ),
        fc.nat(6_000),
        fc.uuid(),
        async (pieces, wanted, task) => {
          await printed(logs, pieces, task);
          const whole = pieces
            .filter(([stream]) => stream === 'stderr')
            .map(([, text]) => text)
            .join('');
          const expected = wanted === 0 ? '' : whole.slice(-wanted);
          expect(Buffer.from(await logs.tail(RUN, task, 'stderr', wanted)).toString()).toBe(expected);
          await logs.idle();
          expect(Buffer.from(await logs.tail(RUN, task, 'stderr', wanted)).toString()).toBe(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are found where the writer was killed within a frame', async () => {
    await printed(logs, [
      ['stdout', 'before '],
      ['stderr', 'error'],
      ['stdout', 'after'],
    ]);
    await truncate(join(directory, RUN.slice(0, 2), `${RUN}.suite.1.log`), 22 + 20 + 18);
    expect(textOf(await all())).toBe('before error');
    expect(Buffer.from(await logs.tail(RUN, 'suite', 'stdout', 4)).toString()).toBe('ore ');
  });
});
