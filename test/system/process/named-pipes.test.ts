import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createNamedPipes } from '../../../src/system/process/named-pipes.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { descriptorsOf, until } from '../../support/processes.ts';

const parent = mkdtempSync(join(tmpdir(), 'sc-pipes-'));
const processes = createProcesses();
const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
const pipes = createNamedPipes({ processes, env, parent });
afterAll(() => {
  pipes.close();
  rmSync(parent, { recursive: true });
});

const open = async () => {
  const chunks: Buffer[] = [];
  const pipe = await pipes.open((chunk) => {
    chunks.push(chunk);
  });
  return { ...pipe, text: () => Buffer.concat(chunks).toString() };
};

describe('a named pipe', () => {
  it('gives all that was written before it was finished', async () => {
    const pipe = await open();
    writeFileSync(pipe.path, 'first\n');
    writeFileSync(pipe.path, 'x'.repeat(60_000));
    await pipe.finish();
    expect(pipe.text()).toBe(`first\n${'x'.repeat(60_000)}`);
  });

  it('is used again when nobody can write to it any more', async () => {
    const first = await open();
    await first.finish();
    const second = await open();
    await second.finish();
    expect(second.path).toBe(first.path);
  });

  it('is not used again as long as somebody else can write to it, and is not waited for', async () => {
    const first = await open();
    const holder = processes.start(
      { file: 'sh', args: ['-c', `exec > "$0"; echo up >&2; read x`, first.path], env },
      () => up.push('up'),
    );
    const up: string[] = [];
    await until(() => up.length === 1);
    await first.finish();
    const second = await open();
    expect(second.path).not.toBe(first.path);
    await second.finish();
    holder.stdin.end();
    await holder.exited;
    await until(() => !descriptorsOf(process.pid).some((shown) => shown.endsWith(first.path)));
    // it is free again once the event of its end has come, some turns later; what is in use is not given again
    const taken: Awaited<ReturnType<typeof open>>[] = [];
    while (!taken.some(({ path }) => path === first.path)) {
      taken.push(await open());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(taken.map((pipe) => pipe.finish()));
  });

  it('breaks for whoever still writes to it', async () => {
    const first = await open();
    const writer = processes.start({ file: 'sh', args: ['-c', 'exec yes > "$0"', first.path], env }, () => {});
    await until(() => first.text() !== '');
    await first.finish();
    expect(await writer.exited).toBe(128 + 13);
  });

  it('is for its owner alone, and gone with the others when they are closed', async () => {
    const some = createNamedPipes({ processes, env, parent });
    const pipe = await some.open(() => {});
    expect(spawnSync('find', [parent, '-perm', '/077']).stdout.toString()).not.toContain(pipe.path);
    const before = readdirSync(parent).length;
    await pipe.finish();
    some.close();
    expect(readdirSync(parent).length).toBe(before - 1);
    await expect(some.open(() => {}).then((late) => late.finish())).rejects.toMatchObject({ reason: 'cancelled' });
  });

  it('of a process that was killed are removed by the next one', async () => {
    const gone = spawnSync('true').pid;
    const left = join(parent, `spread-cron-pipes-${gone}-abc`);
    const others = join(parent, 'spread-cron-pipes-notes');
    for (const directory of [left, others]) mkdirSync(directory);
    const some = createNamedPipes({ processes, env, parent });
    await (await some.open(() => {})).finish();
    expect([existsSync(left), existsSync(others)]).toEqual([false, true]);
    some.close();
  });
});
