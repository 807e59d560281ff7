// `cancel RUN`: ends a run that waits or runs.
import type { Command } from 'commander';
import { isFinished } from '../../core/run.ts';
import type { RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { runObject } from '../runs/run-object.ts';
import { runName, shortId } from '../runs/run-words.ts';
import type { Runtime } from '../runtime.ts';
import type { Tools } from '../tools.ts';

export interface CancelTools extends Tools {
  readonly app: Pick<RunVerbs, 'cancel'>;
}

export function addCancel(program: Command, runtime: Runtime): void {
  program
    .command('cancel')
    .summary('end a run that waits or runs')
    .description(
      'Takes a waiting run out of the queue, or asks a running one to end: its processes get SIGINT, and SIGKILL after the\n' +
        'grace. RUN is the beginning of an id, NAME (its latest run) or NAME~1 (the one before).',
    )
    .argument('<RUN>', 'id or its beginning, NAME, or NAME~1')
    .addHelpText('after', examples(['cancel core-beta', 'cancel 3f2a81c0']))
    .action((reference: string) => runtime.withApp((tools) => runCancel(reference, tools), { repository: 'optional' }));
}

export async function runCancel(reference: string, { app, output, signal }: CancelTools): Promise<ExitStatus> {
  const run = await app.cancel(reference, signal);
  output.object(runObject(run));
  const over = isFinished(run.status);
  output.print([over ? 'cancelled   ' : 'ending      ', ...runName(run)]);
  if (!over) output.say(`its processes have been asked to end: spread-cron show ${shortId(run.id)} shows how it ended`);
  return 0;
}
