import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogs } from '../../src/record/create-logs.ts';
import type { LogPiece, Logs } from '../../src/record/logs.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createRedaction } from '../../src/system/redaction.ts';
import { compileProgram, type Program } from '../support/git-child.ts';
import { gather, textOf } from '../support/log-pieces.ts';

const RUN = '3f2a81c04d2e';
const never = new AbortController().signal;
let writer: Program;
let flood: Program;
let directory: string;
let logs: Logs;

beforeAll(async () => {
  const open = `
    import { createInterface } from 'node:readline';
    import { createLogs } from './src/record/create-logs.ts';
    import { createRedaction } from './src/system/redaction.ts';
    import { systemClock } from './src/system/clock.ts';
    const [directory = '', limit = '', size = '0'] = process.argv.slice(2);
    const logs = createLogs({ directory, limit: Number(limit), clock: systemClock,
      redactor: () => createRedaction().createByteRedactor() });
    const log = logs.open('${RUN}', 'suite', 1);`;
  // prints a line for each message that it is sent by its signals, until SIGTERM closes the log
  writer = await compileProgram(`${open}
    let number = 0;
    const alive = setInterval(() => {}, 1_000);
    process.on('SIGUSR2', () => void log.write('stdout', Buffer.from('line ' + ++number + '\\n')));
    process.on('SIGTERM', async () => { clearInterval(alive); await log.close(); await logs.idle(); });
    console.log('ready');`);
  // prints so many bytes without a line break, and tells what it took to do so
  flood = await compileProgram(`${open}
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let index = 0; index < Number(size); index++) {
      await log.write('stdout', chunk);
      if (index === 100) console.log(process.memoryUsage().rss);
    }
    const end = await log.close();
    console.log(process.memoryUsage().rss);
    console.log(JSON.stringify(end));
    await logs.idle();`);
});
afterAll(() => {
  writer.remove();
  flood.remove();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spread-cron-following-'));
  logs = logsWith(1_000_000);
});
afterEach(async () => {
  await logs.idle();
  await rm(directory, { recursive: true, force: true });
});

function logsWith(limit: number): Logs {
  const redactor = () => createRedaction().createByteRedactor();
  return createLogs({ directory, limit, redactor, clock: systemClock });
}

/** Reads on until what was read ends with a text. */
async function readUntil(pieces: AsyncIterator<LogPiece>, end: string): Promise<string> {
  let text = '';
  while (!text.endsWith(end)) {
    const next = await pieces.next();
    if (next.done === true) throw new Error(`the log ended after ${text}`);
    text += Buffer.from(next.value.bytes).toString();
  }
  return text;
}

const followed = (signal = never, of = logs) => of.read(RUN, 'suite', { follow: true }, signal)[Symbol.asyncIterator]();

describe('a log that is followed', () => {
  it('is seen as another process writes it, from before it began until it is closed', async () => {
    const pieces = followed();
    const first = readUntil(pieces, 'line 1\n');
    const program = writer.start([directory, '100000']);
    await program.line();
    process.kill(program.pid, 'SIGUSR2');
    expect(await first).toBe('line 1\n');
    process.kill(program.pid, 'SIGUSR2');
    expect(await readUntil(pieces, 'line 2\n')).toBe('line 2\n');
    process.kill(program.pid, 'SIGTERM');
    expect(await pieces.next()).toMatchObject({ done: true });
    await program.ended;
  });

  it('is waited for when its run was killed, until the follower gives up', async () => {
    const program = writer.start([directory, '100000']);
    await program.line();
    const stop = new AbortController();
    const pieces = followed(stop.signal);
    process.kill(program.pid, 'SIGUSR2');
    await readUntil(pieces, 'line 1\n');
    program.kill();
    await program.ended;
    const next = pieces.next();
    stop.abort();
    expect(await next).toMatchObject({ done: true });
    expect(textOf(await gather(logs.read(RUN, 'suite', {}, never)))).toBe('line 1\n');
  });

  it('ends for who begins to follow after it was closed, silent or compressed', async () => {
    for (const [task, text] of [
      ['silent', ''],
      ['short', 'done'],
      ['long', 'x'.repeat(50_000)],
    ] as const) {
      const log = logs.open(RUN, task, 1);
      if (text !== '') await log.write('stdout', Buffer.from(text));
      await log.close();
      expect(textOf(await gather(logs.read(RUN, task, { follow: true }, never)))).toBe(text);
      await logs.idle();
      expect(textOf(await gather(logs.read(RUN, task, { follow: true }, never)))).toBe(text);
    }
  });

  it('is given up at once by an aborted signal, where nothing is there yet too', async () => {
    const stop = new AbortController();
    const next = followed(stop.signal).next();
    stop.abort();
    expect(await next).toMatchObject({ done: true });
    await mkdir(join(directory, RUN.slice(0, 2)));
    expect(await followed(stop.signal).next()).toMatchObject({ done: true });
  });

  it('is read on where it is compressed while it is read', async () => {
    const log = logs.open(RUN, 'suite', 1);
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
    const pieces = followed();
    await log.write('stdout', Buffer.from(text.slice(0, 100_000)));
    const first = await pieces.next();
    await log.write('stdout', Buffer.from(text.slice(100_000)));
    await log.close();
    await logs.idle();
    let read = Buffer.from(first.value?.bytes ?? '').toString();
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next())
      read += Buffer.from(next.value.bytes).toString();
    expect(read).toBe(text);
  });

  it('tells what was cut out before it came to it', async () => {
    const limited = logsWith(16_384);
    const log = limited.open(RUN, 'suite', 1);
    const pieces = followed(never, limited);
    await log.write('stdout', Buffer.from('first '));
    const begin = await readUntil(pieces, 'first ');
    for (let index = 0; index < 300; index++) await log.write('stdout', Buffer.alloc(1_000, 'x'));
    await log.write('stdout', Buffer.from(' last'));
    const { bytes } = await log.close();
    await limited.idle();
    const read = begin + (await readUntil(pieces, ' last'));
    expect(await pieces.next()).toMatchObject({ done: true });
    const cut = [...read.matchAll(/\n… ([\d,]+) bytes cut out …\n/g)];
    const length = read.length - cut.reduce((sum, [marker]) => sum + marker.length, 0);
    expect(cut.length).toBeGreaterThan(0);
    expect(length + cut.reduce((sum, [, digits]) => sum + Number(digits?.replaceAll(',', '')), 0)).toBe(bytes);
  });
});

describe('two thousand megabytes without a line break', () => {
  it('are taken in with flat memory and end as a log of the limit', async () => {
    const program = flood.start([directory, '1000000', '2000']);
    const early = Number(await program.line());
    const late = Number(await program.line());
    expect(late - early).toBeLessThan(30_000_000);
    const { bytes, cut, error } = JSON.parse(await program.line()) as { bytes: number; cut: number; error: null };
    expect(await program.ended).toBe(0);
    expect({ bytes, error }).toEqual({ bytes: 2_000 * 1024 * 1024, error: null });
    let length = 0;
    for await (const piece of logs.read(RUN, 'suite', { stream: 'stdout' }, never))
      length += piece.stream === 'stdout' ? piece.bytes.length : 0;
    expect(length).toBe(bytes - cut);
    expect(length).toBeGreaterThan(800_000);
    expect(length).toBeLessThanOrEqual(1_000_000);
  });
});
