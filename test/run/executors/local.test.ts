import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseResourceFile } from '../../../src/definition/resource-file.ts';
import { createLocalExecutor } from '../../../src/run/executors/local.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { describeExecutor } from '../../contract/executor.ts';
import { describeSandbox } from '../../contract/executor-sandbox.ts';
import { codeBlocks, sectionOf } from '../../support/markdown.ts';
import { childrenOf, descriptorsOf, processesMentioning, until } from '../../support/processes.ts';
import { newRun, TASK_PATH, taskTools } from '../../support/tasks.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'sc-local-')));
const processes = createProcesses();
const directory = () => mkdtemp(join(root, 'task-'));
const local = (path = TASK_PATH) => {
  const executor = createLocalExecutor({
    processes,
    clock: systemClock,
    env: { PATH: path },
    temporaryDirectory: root,
  });
  afterAll(() => executor.close());
  return executor;
};
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A PATH that leads to these programs alone; `null` makes one that fails. */
const pathTo = (programs: Readonly<Record<string, string | null>>) => {
  const bin = mkdtempSync(join(root, 'bin-'));
  for (const [name, target] of Object.entries(programs)) {
    const file = join(bin, name);
    if (target !== null) symlinkSync(target, file);
    else {
      writeFileSync(file, '#!/bin/sh\necho "setting up uid map: Permission denied" >&2; exit 1\n');
      chmodSync(file, 0o755);
    }
  }
  return bin;
};

const executor = local();
describeExecutor('local', () => ({ executor, directory }));

// named pipes cannot be made, so that tasks are started from here
const spawning = local(pathTo({ bash: '/bin/bash' }));
describeExecutor('local without its launcher', () => ({ executor: spawning, directory }));

const sandboxed = spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-pid', 'true']).status === 0;
if (sandboxed) describeSandbox('local', () => ({ executor, directory }));
else it.skip('bubblewrap is not here: NOTHING of the sandbox is tested', () => {});

describe('a sandbox that cannot be made', () => {
  it.each([
    ['missing', {}, /bubblewrap is not installed: install/],
    ['not permitted', { bwrap: null }, /user namespaces.*Permission denied/],
  ])('is told where bubblewrap is %s', async (_what, programs, error) => {
    const { run } = taskTools(local(pathTo({ bash: '/bin/bash', ...programs })), await directory());
    const { end } = await run(['echo never'], { sandbox: 'bubblewrap' });
    expect(end).toMatchObject({ kind: 'not-started', error: expect.stringMatching(error) });
  });
});

describe('the local executor', () => {
  it('carries out what its documentation shows', async () => {
    const reference = readFileSync(new URL('../../../resources/README.md', import.meta.url), 'utf8');
    const [block] = codeBlocks(sectionOf(reference, '`local`'));
    const parsed = await parseResourceFile({
      file: 'resource.yaml',
      bytes: new TextEncoder().encode(block?.text),
      vocabulary: { steps: {}, checkSchedule: async () => null, checkTimezone: () => null, checkPattern: () => null },
      name: 'example',
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const [task] = parsed.value.run?.tasks ?? [];
    expect(await taskTools(executor, await directory()).run(task?.script ?? [])).toEqual({
      end: { kind: 'exited', code: 0 },
      stdout: '1 one\n2 two\n',
      stderr: '',
    });
  });

  it('says what is missing where there is no bash', async () => {
    const { run } = taskTools(local(pathTo({})), await directory());
    expect((await run(['echo never'])).end).toMatchObject({ kind: 'not-started', error: /bash is not installed/ });
  });

  it('goes on after its launcher was killed, and so do others', async () => {
    const own = local();
    const { run, begin } = taskTools(own, await directory());
    const before = new Set(childrenOf(process.pid));
    const id = newRun();
    const { ended } = await begin(['setsid sleep 1000 & echo up; wait'], { run: id });
    const [launcher] = childrenOf(process.pid).filter((pid) => !before.has(pid));
    process.kill(launcher ?? 0, 'SIGKILL');
    expect((await ended).end).toMatchObject({ kind: 'not-started', error: /was killed/ });
    expect(processesMentioning(`SC_RUN_ID=${id}`)).toEqual([]);
    expect(await run(['echo next'])).toMatchObject({ end: { kind: 'exited', code: 0 }, stdout: 'next\n' });
  });

  it('keeps no process and no descriptor when it is closed, nor what it still carries out', async () => {
    const own = local();
    const { run, begin } = taskTools(own, await directory());
    const before = { children: childrenOf(process.pid), descriptors: descriptorsOf(process.pid).length };
    const ids = [newRun(), newRun()];
    await Promise.all(Array.from({ length: 20 }, () => run(['setsid sleep 1000 &'], { run: ids[0] ?? '' })));
    const { ended } = await begin(['setsid sleep 1000 & echo up; wait'], { run: ids[1] ?? '' });
    await own.close();
    expect((await ended).end.kind).toBe('cancelled');
    expect(ids.flatMap((id) => processesMentioning(`SC_RUN_ID=${id}`))).toEqual([]);
    expect((await run(['echo never'])).end).toEqual({ kind: 'cancelled', code: null });
    await until(() => childrenOf(process.pid).length === before.children.length);
    await until(() => descriptorsOf(process.pid).length <= before.descriptors);
  });

  it('lets a task fail whose disk is full, in its own words', async () => {
    const { run } = taskTools(executor, await directory());
    const limited = await run(['ulimit -f 16', 'trap "" XFSZ; head -c 1M /dev/zero > file']);
    expect(limited).toMatchObject({
      end: { kind: 'exited', code: 1 },
      stderr: expect.stringMatching(/File too large/),
    });
    const small = join(root, 'small');
    mkdirSync(small);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status === 0;
    // only root may mount
    if (!mounted) return;
    try {
      const full = await taskTools(executor, small).run(['head -c 1M /dev/zero > file', 'echo never']);
      expect(full).toMatchObject({ end: { kind: 'exited', code: 1 }, stdout: '' });
      expect(full.stderr).toContain('No space left on device');
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
