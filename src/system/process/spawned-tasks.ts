// Starts tasks from this process itself, which costs with its memory: for what the launcher cannot start.
import { passOn } from './collect.ts';
import { signalGroup, startGroup } from './group.ts';
import type { TaskCommand, TaskProcess, TaskStarter } from './task-process.ts';

export function createSpawnedTasks(): TaskStarter {
  const running = new Set<TaskProcess>();

  async function start({ file, args, directory, env, output }: TaskCommand): Promise<TaskProcess> {
    const child = await startGroup({ file, args, cwd: directory, env, input: undefined });
    const settled = [
      passOn(child.stdout, (chunk) => output('stdout', chunk)),
      passOn(child.stderr, (chunk) => output('stderr', chunk)),
    ];
    let abandon: () => void = () => {};
    const abandoned = new Promise<null>((resolve) => {
      abandon = () => resolve(null);
    });
    const task: TaskProcess = {
      group: child.pid,
      ended: Promise.race([child.exited, abandoned]),
      async settle() {
        await Promise.all(settled.map((settle) => settle()));
      },
      signal: (signal) => signalGroup(child.pid, signal),
      abandon,
    };
    running.add(task);
    void task.ended.then(() => running.delete(task));
    return task;
  }

  return {
    start,
    async close() {
      await Promise.all(
        [...running].map(async (task) => {
          task.signal('SIGKILL');
          await task.ended;
        }),
      );
    },
  };
}
