// How the tools of a machine are configured, with real files and real programs.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMachineSettings } from '../../src/system/machine-settings.ts';
import { createProcesses } from '../../src/system/process/processes.ts';

const NEVER = new AbortController().signal;

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'spread-cron-machine-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const open = (variables: Record<string, string> = {}) => {
  const path = `${join(home, 'bin')}:${process.env.PATH}`;
  return createMachineSettings({
    environment: { HOME: home, PATH: path, ...variables },
    env: { HOME: home, PATH: path },
    processes: createProcesses(),
  });
};

/** A program that counts how often it runs. */
async function install(name: string, script: string): Promise<() => Promise<number>> {
  await mkdir(join(home, 'bin'), { recursive: true });
  const file = join(home, 'bin', name);
  await writeFile(file, `#!/bin/sh\necho >> ${home}/count\n${script}\n`);
  await chmod(file, 0o755);
  return async () => (await readFile(join(home, 'count'), 'utf8')).length;
}

describe('variables and files', () => {
  it('are what this process has, empty variables being absent', () => {
    const machine = open({ ONE: 'a', EMPTY: '' });
    expect(machine.variable('ONE')).toBe('a');
    expect(machine.variable('EMPTY')).toBeUndefined();
    expect(machine.variable('OTHER')).toBeUndefined();
  });

  it('are read below the home directory and anywhere else', async () => {
    await writeFile(join(home, '.toolrc'), 'key = value\n');
    const machine = open();
    expect(await machine.readFile('~/.toolrc')).toBe('key = value\n');
    expect(await machine.readFile(join(home, '.toolrc'))).toBe('key = value\n');
  });

  it('are absent where there are none, a directory is in their place, or there is no home', async () => {
    const machine = open();
    expect(await machine.readFile('~/.toolrc')).toBeNull();
    expect(await machine.readFile('~/')).toBeNull();
    expect(await machine.readFile('relative')).toBeNull();
    expect(await open({ HOME: '' }).readFile('~/.toolrc')).toBeNull();
    expect(await machine.listFiles(join(home, 'none'))).toEqual([]);
  });

  it('are absent where this user may not read them', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read everything');
    await writeFile(join(home, '.toolrc'), 'secret', { mode: 0o000 });
    expect(await open().readFile('~/.toolrc')).toBeNull();
  });

  it('are listed by name', async () => {
    await writeFile(join(home, 'b.list'), '');
    await writeFile(join(home, 'a.list'), '');
    expect(await open().listFiles(home)).toEqual([join(home, 'a.list'), join(home, 'b.list')]);
  });

  it('are refused where they cannot be settings', async () => {
    await writeFile(join(home, '.toolrc'), 'x'.repeat(1_000_001));
    await expect(open().readFile('~/.toolrc')).rejects.toMatchObject({ reason: 'too-large' });
  });
});

describe('a tool', () => {
  it('is asked once, whoever wants to know', async () => {
    const count = await install('tool', 'echo "said $1"; echo more');
    const machine = open();
    const answers = await Promise.all([machine.ask(['tool', 'a'], NEVER), machine.ask(['tool', 'a'], NEVER)]);
    expect([...answers, await machine.ask(['tool', 'a'], NEVER)]).toEqual(['said a', 'said a', 'said a']);
    expect(await count()).toBe(1);
    expect(await machine.ask(['tool', 'b'], NEVER)).toBe('said b');
  });

  it('says nothing where it is not installed, fails, or prints nothing', async () => {
    await install('fails', 'echo something; exit 1');
    await install('silent', 'true');
    const machine = open();
    for (const name of ['fails', 'silent', 'spread-cron-no-such-tool'])
      expect(await machine.ask([name], NEVER)).toBeNull();
  });

  it('sees the variables of children and its own, in no project of anybody', async () => {
    await install('tool', 'echo "$TOOL_A$tool_b$OTHER_C in $PWD"');
    const machine = open({ TOOL_A: 'a', tool_b: 'b', OTHER_C: 'c' });
    expect(await machine.ask(['tool'], NEVER)).toBe('ab in /');
  });

  it('is asked again after it was cut short', async () => {
    const count = await install('tool', 'echo said');
    const machine = open();
    await expect(machine.ask(['tool'], AbortSignal.abort())).rejects.toThrow();
    expect(await machine.ask(['tool'], NEVER)).toBe('said');
    expect(await count()).toBe(1);
  });
});
