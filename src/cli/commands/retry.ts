// `retry RUN`: runs the same change or request again, as the next attempt.
import type { Command } from 'commander';
import type { RunVerbs } from '../../pipeline/runs/run-verbs.ts';
import { examples } from '../help.ts';
import { showLiveRun } from '../runs/live-run.ts';
import type { Runtime } from '../runtime.ts';
import type { Tools } from '../tools.ts';

export interface RetryOptions {
  readonly exitCode?: boolean | undefined;
}

export interface RetryTools extends Tools {
  readonly app: Pick<RunVerbs, 'retry' | 'log' | 'findRun'>;
}

export function addRetry(program: Command, runtime: Runtime): void {
  program
    .command('retry')
    .summary('run the same change or request again')
    .description(
      'Runs the same change or request again, as the next attempt, and shows it as run does. RUN is the beginning of an\n' +
        'id, NAME (its latest run) or NAME~1 (the one before).',
    )
    .argument('<RUN>', 'id or its beginning, NAME, or NAME~1')
    .option('--exit-code', 'exit with the exit code of the suite')
    .addHelpText('after', examples(['retry core-beta', 'retry 3f2a81c0 --exit-code']))
    .action((reference: string, options: RetryOptions) =>
      runtime.withApp((tools) => runRetry(reference, options, tools), { repository: 'optional' }),
    );
}

export async function runRetry(reference: string, options: RetryOptions, tools: RetryTools): Promise<number> {
  const which = options.exitCode === true ? 'exit-code' : 'usual';
  const shown = await showLiveRun((onRun) => tools.app.retry(reference, onRun, tools.signal), which, tools);
  return shown.exitStatus;
}
