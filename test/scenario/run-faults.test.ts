// Tasks that misbehave, as somebody sees them who runs them by the command line: what is told, what is recorded, and that
// nothing of them is left.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultWorld, makeFaultWorld, nameOf, textOf } from '../support/fault-world.ts';
import { processesMentioning, until } from '../support/processes.ts';

let world: FaultWorld;

beforeAll(async () => {
  world = await makeFaultWorld();
});
afterAll(() => world.close());
beforeEach(() => world.configure({ runs: { grace: '200ms', log_size: '100KB' } }));
afterEach(() => world.expectRecovered());

const oneTask = (script: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({ run: { tasks: { suite: { script, ...more } } } });

/** Runs one task; how it was told, and its record. */
async function runTask(script: string, more: Record<string, unknown> = {}) {
  const file = world.file(oneTask(script, more));
  const ran = await world.spreadCron('run', file);
  return { ...ran, record: await world.record(nameOf(file)) };
}

const logOf = (run: string, ...words: string[]) => world.spreadCron('logs', run, '--task', 'suite', ...words);

describe('a task', () => {
  it('that ignores SIGINT and SIGTERM is killed when its time is up', async () => {
    const { status, stderr, record } = await runTask("trap '' INT TERM; while :; do sleep 0.05; done", {
      timeout: '300ms',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('suite took too long, ended after');
    expect(record).toMatchObject({ status: 'failed', tasks: [{ status: 'timed-out', exit_code: 137 }] });
  });

  it('that ignores signals is killed when its run is cancelled', async () => {
    const file = world.file(oneTask("trap '' INT TERM; echo deaf; while :; do sleep 0.05; done"));
    const running = world.start('run', file);
    await running.until('deaf\n');
    running.child.kill('SIGINT');
    expect((await running.ended).status).not.toBe(0);
    expect(await world.record(nameOf(file))).toMatchObject({ status: 'cancelled', tasks: [{ status: 'cancelled' }] });
  });

  it.each([
    ['forks and exits', 'sleep 1000 & echo gone', 'success', 0],
    ['exits and leaves a process of another session', 'setsid -f sleep 1000; echo gone', 'success', 0],
    [
      'leaves one that holds its output and ignores signals',
      "(trap '' INT TERM HUP; sleep 1000) & echo gone",
      'success',
      0,
    ],
    ['fails and leaves a process of another session', 'setsid -f sleep 1000; exit 3', 'failed', 1],
  ])('that %s leaves nothing', async (_what, script, ended, status) => {
    const found = await runTask(script);
    expect(found.status).toBe(status);
    expect(found.record.status).toBe(ended);
    expect(processesMentioning(`SC_RUN_ID=${found.record.run}`)).toEqual([]);
  });

  it('that calls setsid is ended with what it left when its time is up', async () => {
    const { record } = await runTask('setsid -f sleep 1000; exec setsid -w sleep 1000', { timeout: '300ms' });
    expect(record.tasks).toMatchObject([{ status: 'timed-out' }]);
    expect(processesMentioning(`SC_RUN_ID=${record.run}`)).toEqual([]);
  });

  it('that may write no more to its disk fails with what the shell says', async () => {
    const { status, stdout, stderr, record } = await runTask('ulimit -f 8; head -c 1000000 /dev/zero > big');
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toContain('File size limit exceeded');
    expect(record).toMatchObject({ status: 'failed', exit_code: 153 });
  });

  it.each([
    ['missing', './nope', 127, 'No such file or directory'],
    ['not executable', 'printf "#!/bin/sh\\n" > here; ./here', 126, 'Permission denied'],
  ])('whose script is %s fails with what the shell says', async (_what, script, code, told) => {
    const { status, stdout, stderr, record } = await runTask(script);
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toContain(told);
    expect(stderr).toContain(`suite failed with ${code}`);
    expect(stderr).toContain(`spread-cron logs ${record.run.slice(0, 8)} --task suite shows what it printed`);
    expect(record.exit_code).toBe(code);
  });
});

describe('output', () => {
  it('of two gigabytes leaves a bounded log that says what was cut out, and a small process', async () => {
    world.configure({ runs: { log_size: '10MB' } });
    const gate = join(world.path, 'gate');
    execFileSync('mkfifo', [gate]);
    const more = `echo begin; head -c 2000000000 /dev/zero; echo; echo end; touch ${gate}.reached; read -r < ${gate}`;
    const file = world.file(oneTask(more));
    const running = world.start('run', file, '--quiet');
    await until(() => textOf(`/proc/${running.child.pid}/status`) === '' || readable(`${gate}.reached`));
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'))?.[1]);
    writeFileSync(gate, '\n');
    expect(await running.ended).toMatchObject({ status: 0 });
    expect(peak).toBeLessThan(200_000);
    const { run } = await world.record(nameOf(file));
    const { stdout } = await logOf(run);
    expect(stdout.length).toBeLessThan(10_500_000);
    expect(stdout).toMatch(/^begin\n/);
    expect(stdout).toMatch(/… [\d,]{13,} bytes cut out …/);
    expect(stdout).toMatch(/end\n$/);
  }, 300_000);

  it('without line breaks is shown as it comes, and kept', async () => {
    const { stdout, record } = await runTask('printf x; head -c 30000 /dev/zero | tr "\\0" y; printf z');
    expect(stdout.replace(/\n/g, '')).toMatch(/^xy{30000}z$/);
    expect((await logOf(record.run)).stdout.trimEnd()).toMatch(/^xy{30000}z$/);
  });

  it('that is binary is shown and kept byte by byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    const { status, record } = await runTask(`printf '${octal}' > bytes; cat bytes; printf '\\n'; sha256sum < bytes`);
    expect(status).toBe(0);
    const raw = world.start('logs', record.run, '--task', 'suite');
    const pieces: Buffer[] = [];
    raw.child.stdout?.removeAllListeners('data');
    raw.child.stdout?.setEncoding('latin1').on('data', (text: string) => pieces.push(Buffer.from(text, 'latin1')));
    await raw.ended;
    expect(Buffer.concat(pieces).subarray(0, 256).equals(bytes)).toBe(true);
  });
});

describe('a run of five hundred tasks', () => {
  it('carries out each of them after those that it waits for', async () => {
    const log = join(world.path, 'order');
    const tasks = Object.fromEntries(
      Array.from({ length: 500 }, (_, k) => [
        `t${k}`,
        { script: `echo ${k} >> ${log}`, depends_on: k < 20 ? [] : [`t${k - 20}`] },
      ]),
    );
    const file = world.file(JSON.stringify({ run: { parallel: 20, tasks } }));
    expect(await world.spreadCron('run', file, '--quiet')).toMatchObject({ status: 0 });
    const order = textOf(log).trimEnd().split('\n').map(Number);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, k) => k));
    expect(order.filter((k, at) => k >= 20 && order.indexOf(k - 20) > at)).toEqual([]);
    const { tasks: recorded } = await world.record(nameOf(file));
    expect(recorded.filter((task) => task.status === 'success').length).toBe(500);
  }, 180_000);
});

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    // it is not there yet
    return false;
  }
}
