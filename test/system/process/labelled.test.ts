import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { killLabelled, labelledProcesses, signalFollowers } from '../../../src/system/process/labelled.ts';
import { createProcesses } from '../../../src/system/process/processes.ts';
import { membersOfGroup, processesMentioning, until } from '../../support/processes.ts';

const processes = createProcesses();

/** A shell in a session of its own, whose environment has the label, once it has said `up`. */
async function labelled(value: string, script: string) {
  const env = { PATH: process.env.PATH ?? '', SC_TEST_LABEL: value, SC_TEST_LABEL_TOO: 'x' };
  let said = '';
  const child = processes.start({ file: 'bash', args: ['--norc', '-c', script], env }, () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('up'));
  return child;
}

describe('processes found by a variable of their environment', () => {
  it('are found with it, also what left their group, and killed', async () => {
    const value = randomUUID();
    const child = await labelled(value, 'setsid sleep 1000 & sleep 0.1; echo up; wait');
    const found = (await labelledProcesses('SC_TEST_LABEL')).filter(
      ({ environment }) => environment.get('SC_TEST_LABEL') === value,
    );
    expect(found.map(({ pid }) => pid)).toContain(child.pid);
    expect(found).toHaveLength(2);
    for (const one of found) killLabelled(one);
    expect(await child.exited).toBe(137);
    await until(() => processesMentioning(value).length === 0);
    expect((await labelledProcesses('SC_TEST_LABEL')).map(({ pid }) => pid)).not.toContain(child.pid);
  });

  it('are not killed where the number is that of a later process', async () => {
    const child = await labelled(randomUUID(), 'echo up; read x; exit 4');
    const found = (await labelledProcesses('SC_TEST_LABEL')).find(({ pid }) => pid === child.pid);
    if (found === undefined) throw new Error('not found');
    killLabelled({ ...found, start: `${found.start}0` });
    child.stdin.write('on\n');
    expect(await child.exited).toBe(4);
  });

  it('are those that have the variable, not one that begins or ends like it', async () => {
    const child = await labelled(randomUUID(), 'echo up; read x');
    const pidsWith = async (name: string) => (await labelledProcesses(name)).map(({ pid }) => pid);
    expect(await pidsWith('SC_TEST_LABEL_TOO')).toContain(child.pid);
    for (const name of ['TEST_LABEL', 'SC_TEST_LABE', 'C_TEST_LABEL']) {
      expect(await pidsWith(name)).not.toContain(child.pid);
    }
    child.kill();
    await child.exited;
  });
});

it('the followers of a group are signalled without its leader', async () => {
  const child = await labelled(
    randomUUID(),
    'trap "exit 9" INT; sleep 1000 & sleep 1000 & echo up; wait; wait; exit 5',
  );
  signalFollowers(child.pid, 'SIGTERM');
  expect(await child.exited).toBe(5);
  await until(() => membersOfGroup(child.pid).length === 0);
});
