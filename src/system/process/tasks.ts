// Starts tasks: through a launcher, which is started with the first of them and replaced when it is killed; what it
// cannot start, from this process itself.
import { Failure } from '../../core/failure.ts';
import type { Processes } from '../process.ts';
import { type Launcher, startLauncher } from './launcher.ts';
import { isForShells } from './launcher-script.ts';
import { NeverStarted } from './launcher-worker.ts';
import { createNamedPipes } from './named-pipes.ts';
import { createSpawnedTasks } from './spawned-tasks.ts';
import type { TaskCommand, TaskProcess, TaskStarter } from './task-process.ts';

/** How often a launcher is tried before the task is started from here. */
const TRIES = 2;

export function createTasks(options: {
  readonly processes: Processes;
  /** What the launcher runs in; tasks of that environment cost the least. */
  readonly env: Readonly<Record<string, string>>;
  /** Where named pipes are made; default: the system's temporary directory. */
  readonly temporaryDirectory?: string | undefined;
}): TaskStarter {
  const { processes, env } = options;
  const spawned = createSpawnedTasks();
  const pipes = createNamedPipes({ processes, env, parent: options.temporaryDirectory });
  let launcher: Launcher | undefined;
  let closed = false;

  /** Null where no launcher could start it. */
  async function launch(command: TaskCommand): Promise<TaskProcess | null> {
    for (let i = 0; i < TRIES && !closed; i++) {
      try {
        if (launcher?.usable !== true) launcher = startLauncher({ processes, pipes, env });
        return await launcher.start(command);
      } catch (error) {
        if (error instanceof Failure) return null;
        if (!(error instanceof NeverStarted)) throw error;
      }
    }
    return null;
  }

  return {
    async start(command) {
      const task = Object.entries(command.env).every(isForShells) ? await launch(command) : null;
      if (task !== null) return task;
      if (closed) throw new Failure('cancelled', 'cancelled');
      return await spawned.start(command);
    },
    async close() {
      closed = true;
      await Promise.all([launcher?.end(), spawned.close()]);
      pipes.close();
    },
  };
}
