import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { descriptorsOf, membersOfGroup, processesMentioning, until } from '../../support/processes.ts';

const processes = createProcesses();
const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const never = new AbortController().signal;

// --norc: a bash whose input is a socket, which is what Node makes, takes itself for a remote shell and reads ~/.bashrc
const sh = (script: string, more: Partial<Parameters<typeof processes.run>[0]> = {}) => ({
  file: 'bash',
  args: ['--norc', '-c', script],
  env,
  ...more,
});

/** A variable that marks the processes of one test, so that the kernel can be asked about them. */
let marks = 0;
const mark = () => `SC_TEST_MARK=${process.pid}_${marks++}`;
const marked = (text: string) => ({ ...env, [text.split('=')[0] ?? '']: text.split('=')[1] ?? '' });

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sc-processes-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('running a program to its end', () => {
  it('gives what it printed as bytes, and its exit code as data', async () => {
    const done = await processes.run(sh(String.raw`printf 'a\0\377'; echo oops >&2; exit 3`), never);
    expect([...done.stdout]).toEqual([97, 0, 255]);
    expect(done.stderr).toBe('oops\n');
    expect(done.code).toBe(3);
  });

  it('gives 128 and the signal as the code of a program that a signal ended', async () => {
    expect((await processes.run(sh('kill -9 $$'), never)).code).toBe(137);
  });

  it('hands over exactly the environment and the directory that are named', async () => {
    const done = await processes.run(
      { file: '/usr/bin/env', args: [], env: { ONLY: 'this one' }, cwd: directory },
      never,
    );
    expect(Buffer.from(done.stdout).toString()).toBe('ONLY=this one\n');
    const where = await processes.run(sh('pwd', { cwd: directory }), never);
    expect(Buffer.from(where.stdout).toString()).toBe(`${directory}\n`);
  });

  it('feeds stdin, and gives /dev/null where there is nothing to feed', async () => {
    const big = 'x'.repeat(300_000);
    const done = await processes.run(sh('cat', { stdin: big }), never);
    expect(Buffer.from(done.stdout).toString()).toBe(big);
    const none = await processes.run(sh('readlink /proc/self/fd/0'), never);
    expect(Buffer.from(none.stdout).toString()).toBe('/dev/null\n');
  });

  it('takes a program that does not read its input for what it is', async () => {
    const done = await processes.run(sh('exec <&-; exit 0', { stdin: 'y'.repeat(5_000_000) }), never);
    expect(done.code).toBe(0);
  });

  it('does not keep feeding a stray child that never reads', async () => {
    const text = mark();
    const script = 'setsid bash --norc -c "touch up; exec sleep 1000" <&0 & until [[ -e up ]]; do sleep 0.01; done';
    const done = await processes.run(
      sh(script, { stdin: 'y'.repeat(5_000_000), cwd: directory, env: marked(text) }),
      never,
    );
    expect(done.code).toBe(0);
    for (const pid of processesMentioning(text)) process.kill(pid, 'SIGKILL');
    await until(() => processesMentioning(text).length === 0);
  });

  it('gives all of a large output of a program that ends at once', async () => {
    const done = await processes.run(sh('head -c 5000000 /dev/zero'), never);
    expect(done.stdout.length).toBe(5_000_000);
  });

  it('keeps the last 64 KB of stderr', async () => {
    const done = await processes.run(sh('head -c 200000 /dev/zero | tr "\\0" a >&2; echo end >&2'), never);
    expect(done.stderr.length).toBe(64 * 1024);
    expect(done.stderr.endsWith('aaaend\n')).toBe(true);
  });

  it('ends at the deadline though a grandchild holds stdout, and nothing of the group survives', async () => {
    const text = mark();
    const failure = await failureOf(
      processes.run(sh('sleep 1000 & sleep 1000', { timeout: 100, env: marked(text) }), never),
    );
    expect(failure.reason).toBe('timed-out');
    await until(() => processesMentioning(text).length === 0);
  });

  it('kills a program that ignores the request to end', async () => {
    const text = mark();
    const failure = await failureOf(
      processes.run(sh('trap "" TERM; while :; do sleep 1000; done', { timeout: 50, env: marked(text) }), never),
    );
    expect(failure.reason).toBe('timed-out');
    await until(() => processesMentioning(text).length === 0);
  });

  it('lets a program tidy up when it is asked to end', async () => {
    const failure = await failureOf(
      processes.run(
        sh('trap "echo tidy > done; exit" TERM; echo; sleep 1000 & wait', { timeout: 300, cwd: directory }),
        never,
      ),
    );
    expect(failure.reason).toBe('timed-out');
    const done = await processes.run(sh('cat done', { cwd: directory }), never);
    expect(Buffer.from(done.stdout).toString()).toBe('tidy\n');
  });

  it('kills what a program left behind when it ends by itself, without waiting for it', async () => {
    const text = mark();
    const done = await processes.run(sh('sleep 1000 & echo out; exit 0', { env: marked(text) }), never);
    expect(Buffer.from(done.stdout).toString()).toBe('out\n');
    await until(() => processesMentioning(text).length === 0);
  });

  it('does not wait for a child that left the group and holds stdout', async () => {
    const text = mark();
    const script = 'setsid sleep 1000 & echo $!; head -c 100000 /dev/zero';
    const done = await processes.run(sh(script, { env: marked(text) }), never);
    expect(done.stdout.length).toBeGreaterThan(100_000);
    for (const pid of processesMentioning(text)) process.kill(pid, 'SIGKILL');
  });

  it('cuts off a program that prints for ever', async () => {
    const text = mark();
    const failure = await failureOf(processes.run(sh('yes', { maxOutput: 1_000_000, env: marked(text) }), never));
    expect(failure.reason).toBe('too-large');
    await until(() => processesMentioning(text).length === 0);
  });

  it('takes an output of exactly the limit', async () => {
    const done = await processes.run(sh('head -c 1000 /dev/zero', { maxOutput: 1000 }), never);
    expect(done.stdout.length).toBe(1000);
    expect((await failureOf(processes.run(sh('head -c 1001 /dev/zero', { maxOutput: 1000 }), never))).reason).toBe(
      'too-large',
    );
  });

  it('ends when it is cancelled, before the start and after it', async () => {
    expect((await failureOf(processes.run(sh('echo'), AbortSignal.abort()))).reason).toBe('cancelled');
    const text = mark();
    const controller = new AbortController();
    const running = failureOf(processes.run(sh('sleep 1000', { env: marked(text) }), controller.signal));
    await until(() => processesMentioning(text).length > 0);
    controller.abort();
    expect((await running).reason).toBe('cancelled');
    await until(() => processesMentioning(text).length === 0);
  });

  it('says which program could not be started, and when it is the directory that is missing', async () => {
    const failure = await failureOf(processes.run({ file: '/no/such/program', args: [], env }, never));
    expect(failure.reason).toBe('command-failed');
    expect(failure.details).toEqual({ program: '/no/such/program', error: 'ENOENT' });
    const missing = await failureOf(processes.run(sh('echo', { cwd: join(directory, 'none') }), never));
    expect(missing.message).toContain('directory does not exist');
    for (const input of [{}, { stdin: 'fed' }]) {
      const other = await failureOf(processes.run({ file: '/no/such/program', args: [], env, ...input }, never));
      expect(other.details).toEqual(failure.details);
      const nul = await failureOf(processes.run({ file: 'a\0b', args: [], env, ...input }, never));
      expect(nul.reason).toBe('command-failed');
    }
  });

  it('leaves no descriptor behind', async () => {
    await processes.run(sh('echo'), never);
    const before = descriptorsOf(process.pid).length;
    for (let i = 0; i < 50; i++) await processes.run(sh('echo; sleep 1000 &'), never);
    expect(descriptorsOf(process.pid).length).toBeLessThanOrEqual(before);
  });
});

describe('starting a program that is talked to', () => {
  it('passes input and output, and stderr line by line', async () => {
    const lines: string[] = [];
    const child = processes.start(sh(String.raw`read x; echo "got $x"; printf 'one\r\ntwo\nrest' >&2`), (line) =>
      lines.push(line),
    );
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stdin.write('hello\n');
    expect(await child.exited).toBe(0);
    await until(() => lines.length === 3 && out !== '');
    expect(lines).toEqual(['one', 'two', 'rest']);
    expect(out).toBe('got hello\n');
  });

  it('ends when its input is closed', async () => {
    const child = processes.start({ file: 'cat', args: [], env }, () => {});
    child.stdin.end();
    expect(await child.exited).toBe(0);
  });

  it('kills the whole group', async () => {
    const child = processes.start(sh('sleep 1000 & sleep 1000'), () => {});
    await until(() => membersOfGroup(child.pid).length === 3);
    child.kill();
    expect(await child.exited).toBe(137);
    await until(() => membersOfGroup(child.pid).length === 0);
  });

  it('says which program could not be started', async () => {
    const start = () => processes.start({ file: '/no/such/program', args: [], env }, () => {});
    expect(start).toThrow(Failure);
  });

  it('takes writes to a child that has ended', async () => {
    const child = processes.start({ file: 'true', args: [], env }, () => {});
    expect(await child.exited).toBe(0);
    child.stdin.write('late\n');
    child.kill();
    expect(await child.exited).toBe(0);
  });
});
