// What every executor must do that offers a sandbox: nothing comes out of it but output, nothing is changed but the
// workspace, and nothing in it outlives its task.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processesMentioning, until } from '../support/processes.ts';
import { newRun, taskTools } from '../support/tasks.ts';
import type { ExecutorWorld } from './executor.ts';

/** Runs the suite in a world that the test makes. */
export function describeSandbox(name: string, world: () => ExecutorWorld): void {
  const tools = async () => {
    const directory = await world().directory();
    return { directory, ...taskTools(world().executor, directory) };
  };
  const sandbox = 'bubblewrap' as const;

  describe(`the sandbox of the executor ${name}`, () => {
    it('gives status, output and directory as they are without it', async () => {
      const { run, directory } = await tools();
      const carried = await run(['pwd; echo oops >&2; cat', 'exit 7'], { sandbox });
      expect(carried).toEqual({ end: { kind: 'exited', code: 7 }, stdout: `${directory}\n`, stderr: 'oops\n' });
    });

    it('has no network', async () => {
      const { run } = await tools();
      const { end } = await run(
        ['[[ $(ls /sys/class/net) == lo || ! -e /sys/class/net ]]', '! : </dev/tcp/192.0.2.1/80'],
        {
          sandbox,
        },
      );
      expect(end).toEqual({ kind: 'exited', code: 1 });
      const { stderr } = await run([': </dev/tcp/192.0.2.1/80'], { sandbox });
      expect(stderr).toContain('Network is unreachable');
    });

    it('writes to the workspace alone', async () => {
      const { run, directory } = await tools();
      const other = await world().directory();
      const workspace = join(directory, 'workspace');
      await mkdir(workspace);
      await writeFile(join(directory, 'beside'), 'old');
      const line = `set +e; echo new > ../beside; echo new > ${other}/file; echo new > /etc/sc-sandboxed; echo new > inside`;
      await run([line], { sandbox, workspace, directory: workspace });
      expect(await readFile(join(workspace, 'inside'), 'utf8')).toBe('new\n');
      expect(await readFile(join(directory, 'beside'), 'utf8')).toBe('old');
      expect([join(other, 'file'), '/etc/sc-sandboxed'].filter(existsSync)).toEqual([]);
    });

    it('has a /tmp of its own', async () => {
      const { run } = await tools();
      const name = `sc-sandboxed-${newRun()}`;
      expect(await run([`echo own > /tmp/${name}; cat /tmp/${name}`], { sandbox })).toMatchObject({ stdout: 'own\n' });
      expect(existsSync(`/tmp/${name}`)).toBe(false);
    });

    it('sees its own processes alone', async () => {
      const { run } = await tools();
      const { stdout } = await run([`ls /proc | grep -c '^[0-9]'`], { sandbox });
      expect(Number(stdout)).toBeLessThan(10);
    });

    it('reads what lies outside its workspace where the task needs it', async () => {
      const { run, directory } = await tools();
      const source = join(await world().directory(), 'env.sh');
      await writeFile(source, 'sourced=yes\n');
      const workspace = join(directory, 'workspace');
      await mkdir(workspace);
      await writeFile(join(directory, 'file'), 'text\n');
      const carried = await run(['echo $sourced', 'cat file'], { sandbox, source, workspace });
      expect(carried).toMatchObject({ end: { kind: 'exited', code: 0 }, stdout: 'yes\ntext\n' });
    });

    it('leaves time to tidy up', async () => {
      const { begin } = await tools();
      const script = ['trap "echo tidy; sleep 0.1; echo done; exit 9" INT; echo up', 'sleep 1000 & wait'];
      const { stop, ended } = await begin(script, { sandbox });
      stop();
      expect(await ended).toMatchObject({ end: { kind: 'cancelled', code: 9 }, stdout: 'up\ntidy\ndone\n' });
    });

    it('ends by force with all that is in it', async () => {
      const { begin } = await tools();
      const run = newRun();
      const script = [
        'trap "" INT TERM; env -i setsid sleep 1000.25 & trap "" INT TERM; sleep 0.1; echo up',
        'sleep 1000',
      ];
      const { stop, ended } = await begin([...script, 'sleep 1000'], { sandbox, run, grace: 100 });
      stop();
      expect((await ended).end.kind).toBe('cancelled');
      await until(() => [...processesMentioning(`SC_RUN_ID=${run}`), ...processesMentioning('1000.25')].length === 0);
    });
  });
}
