// What every executor must do about the end of a task: gently where it may be, and then nothing of it is left.
import { describe, expect, it } from 'vitest';
import { processesMentioning, until } from '../support/processes.ts';
import { newRun, taskTools } from '../support/tasks.ts';
import type { ExecutorWorld } from './executor.ts';

const exited = (code: number) => ({ kind: 'exited', code });
/** Processes of a run that are alive. */
const left = (run: string) => processesMentioning(`SC_RUN_ID=${run}`);

/** Runs this part of the family's suite in a world that the test makes. */
export function describeEnding(name: string, world: () => ExecutorWorld): void {
  const tools = async () => taskTools(world().executor, await world().directory());

  describe(`the end of a task, by the executor ${name}`, () => {
    it('comes before its start where it was cancelled before', async () => {
      const { run } = await tools();
      const carried = await run(['echo never'], {}, AbortSignal.abort());
      expect(carried).toEqual({ end: { kind: 'cancelled', code: null }, stdout: '', stderr: '' });
    });

    it('leaves time to tidy up', async () => {
      const { begin } = await tools();
      const { stop, ended } = await begin([
        'trap "echo tidy; sleep 0.1; echo done; exit 9" INT; echo up',
        'sleep 1000 & wait',
      ]);
      stop();
      expect(await ended).toMatchObject({ end: { kind: 'cancelled', code: 9 }, stdout: 'up\ntidy\ndone\n' });
    });

    it('is SIGTERM for what ignores SIGINT', async () => {
      const { begin } = await tools();
      const { stop, ended } = await begin(
        ['trap "" INT; trap "echo term; exit 8" TERM; echo up', 'sleep 1000 & wait'],
        {
          grace: 100,
        },
      );
      stop();
      expect(await ended).toMatchObject({ end: { kind: 'cancelled', code: 8 } });
    });

    it('comes by force where it ignores every request', async () => {
      const { begin } = await tools();
      const run = newRun();
      const { stop, ended } = await begin(['trap "" INT TERM; echo up', 'while :; do sleep 1000; done'], {
        run,
        grace: 100,
      });
      stop();
      expect((await ended).end).toEqual({ kind: 'cancelled', code: 137 });
      expect(left(run)).toEqual([]);
    });

    it('comes when its time is up', async () => {
      const { run } = await tools();
      const id = newRun();
      const { end } = await run(['sleep 1000 & sleep 1000'], { run: id, timeout: 100 });
      expect(end).toEqual({ kind: 'timed-out', code: 130 });
      expect(left(id)).toEqual([]);
    });

    it.each([
      ['stayed in its group', 'sleep 1000 &'],
      ['forked and whose parent ended', '(sleep 1000 & sleep 1000 &) &'],
      ['began a session', 'setsid nohup sleep 1000 >/dev/null 2>&1 &'],
      [
        'forked twice in a session of its own',
        'setsid bash -c "(trap \\"\\" INT TERM; sleep 1000; sleep 1000) & exit" &',
      ],
    ])('is the end of what %s', async (_what, line) => {
      const { run, begin } = await tools();
      const [first, second] = [newRun(), newRun()];
      const { stop, ended } = await begin([`${line}\nsleep 0.1; echo up`, 'sleep 1000'], { run: first });
      stop();
      expect((await ended).end.kind).toBe('cancelled');
      expect(left(first)).toEqual([]);
      expect((await run([line, 'sleep 0.1'], { run: second })).end).toEqual(exited(0));
      await until(() => left(second).length === 0);
    });

    it('leaves the other tasks of the run alone', async () => {
      const { run, begin } = await tools();
      const id = newRun();
      const other = await begin(['setsid sleep 1000 & echo up; wait'], { run: id, task: 'other' });
      await run(['sleep 1000'], { run: id, timeout: 50 });
      expect(left(id)).toHaveLength(2);
      other.stop();
      await other.ended;
      expect(left(id)).toEqual([]);
    });

    it('comes for all of a run that was lost', async () => {
      const { begin } = await tools();
      const id = newRun();
      const lost = await begin(['setsid sleep 1000 & echo up; wait'], { run: id });
      await world().executor.reap((run) => run === id);
      expect(left(id)).toEqual([]);
      expect((await lost.ended).end).toEqual(exited(137));
    });
  });
}
