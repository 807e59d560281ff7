import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { createTasks } from '../../../src/system/process/tasks.ts';
import {
  childrenOf,
  descriptorsOf,
  groupOf,
  membersOfGroup,
  processesMentioning,
  until,
} from '../../support/processes.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'sc-tasks-')));
const processes = createProcesses();
const startTasks = () => {
  const tasks = createTasks({ processes, env: { PATH }, temporaryDirectory: parent });
  afterAll(() => tasks.close());
  return tasks;
};
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const bash = (script: string, env: Readonly<Record<string, string>> = {}) => ({
  file: '/bin/bash',
  args: ['--norc', '--noprofile', '-c', script],
  directory: '/',
  env: { PATH, ...env },
  output: () => {},
});

describe('tasks', () => {
  const tasks = startTasks();

  it('are not over when they stop themselves', async () => {
    const task = await tasks.start(bash('kill -STOP $$; exit 6'));
    const stopped = () => membersOfGroup(task.group).length === 1 && statusOf(task.group).includes('T (stopped)');
    await until(stopped);
    task.signal('SIGCONT');
    expect(await task.ended).toBe(6);
    await task.settle();
  });

  it.each(['TERM', 'KILL'])('are killed with whoever had started them: SIG%s', async (signal) => {
    const mark = randomUUID();
    const task = await tasks.start(bash(`sleep 1000 & kill -${signal} $PPID; sleep 1000`, { SC_MARK: mark }));
    expect(await task.ended).toBe(null);
    await task.settle();
    await until(() => processesMentioning(mark).length === 0);
    const next = await tasks.start(bash('exit 2'));
    expect(await next.ended).toBe(2);
    await next.settle();
  });

  it('begin again with another launcher where the first was killed before they began', async () => {
    const own = startTasks();
    const before = new Set(childrenOf(process.pid));
    await (await own.start(bash('exit 0'))).settle();
    const [launcher = 0] = childrenOf(process.pid).filter((pid) => !before.has(pid));
    const workers = childrenOf(launcher);
    expect(workers).toHaveLength(1);
    for (const pid of [launcher, ...workers]) process.kill(pid, 'SIGKILL');
    const task = await own.start(bash('exit 3'));
    expect(await task.ended).toBe(3);
    await task.settle();
  });

  it('leave no process, no descriptor and no pipe behind after a thousand', async () => {
    const own = startTasks();
    const before = { children: childrenOf(process.pid).length, descriptors: descriptorsOf(process.pid).length };
    const pipes = readdirSync(parent).length;
    let codes = 0;
    const one = async (code: number) => {
      const task = await own.start(bash(`exit ${code % 7}`));
      const ended = await task.ended;
      if (ended === code % 7) codes++;
      await task.settle();
    };
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, (_, j) => one(i + j)));
    expect(codes).toBe(1000);
    // workers that have nothing to do are few
    await until(() => childrenOf(childrenOf(process.pid).at(-1) ?? 0).length <= 8);
    await own.close();
    await until(() => childrenOf(process.pid).length === before.children);
    await until(() => descriptorsOf(process.pid).length <= before.descriptors);
    expect(readdirSync(parent).length).toBe(pipes);
  });

  it.each([
    ['waits', 7, 'sleep 1000 | cat'],
    ['was stopped', 3, 'kill -STOP $$; sleep 1000 | cat'],
    ['ignores every request', 5, 'trap "" INT TERM HUP; while :; do sleep 1000; done'],
  ])('end with their launcher when this process is killed: one that %s', async (_what, count, script) => {
    const mark = randomUUID();
    const agent = processes.start(
      { file: process.execPath, args: [await agentProgram(), mark, script], env: { PATH } },
      () => {},
    );
    // the agent and what each of its two tasks has started
    await until(() => processesMentioning(mark).length >= count);
    const [launcher = 0] = childrenOf(agent.pid);
    const workers = childrenOf(launcher);
    expect(workers).toHaveLength(2);
    const groups = [launcher, ...workers, ...processesMentioning(mark)].map((pid) => groupOf(pid));
    process.kill(agent.pid, 'SIGKILL');
    await agent.exited;
    await until(() => groups.every((group) => group === undefined || membersOfGroup(group).length === 0));
    expect(processesMentioning(mark)).toEqual([]);
  });
});

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

/** A program that starts two tasks with its second argument, its first in their environment; built, for older Nodes. */
async function agentProgram(): Promise<string> {
  const file = join(mkdtempSync(join(parent, 'agent-')), 'agent.mjs');
  const from = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)));
  await build({
    stdin: {
      contents: `
        import { createTasks } from ${from('system/process/tasks.ts')};
        import { createProcesses } from ${from('system/process/processes.ts')};
        const tasks = createTasks({ processes: createProcesses(), env: { PATH: process.env.PATH } });
        const env = { PATH: process.env.PATH, SC_MARK: process.argv[2] };
        const args = ['--norc', '-c', process.argv[3]];
        for (const _ of [1, 2]) await tasks.start({ file: '/bin/bash', args, directory: '/', env, output() {} });
      `,
      resolveDir: fileURLToPath(new URL('../../..', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: file,
    logLevel: 'warning',
  });
  return file;
}
