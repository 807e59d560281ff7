// `snap-hook`: what the hooks of the snap call; hidden, since nobody else can.
import { Argument, Command } from 'commander';
import type { Hook } from '../../install/snap/hooks.ts';
import { createProcesses } from '../../system/process/processes.ts';
import type { Runtime } from '../runtime.ts';

const HOOKS = ['configure', 'install', 'post-refresh'] satisfies readonly Hook[];

export function addSnapHook(program: Command, runtime: Runtime): void {
  const command = new Command('snap-hook')
    .description('does what a hook of the snap is for')
    .addArgument(new Argument('<HOOK>', 'which one').choices(HOOKS))
    .action((hook: Hook) =>
      runtime.withoutConfiguration(async ({ output, signal }) => {
        const { runHook } = await import('../../install/snap/hooks.ts');
        const doors = { processes: createProcesses(), environment: runtime.environment };
        for (const line of await runHook(hook, doors, signal)) output.print(line);
        return 0;
      }),
    );
  program.addCommand(command, { hidden: true });
}
