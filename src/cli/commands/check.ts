// `check`: one round now.
import type { Command } from 'commander';
import { formatDuration } from '../../core/duration.ts';
import { describeFailure } from '../../core/failure.ts';
import type { CheckOutcome } from '../../core/outcome.ts';
import { type ExitStatus, exitStatus, isChange, isNotPushed } from '../exit-status.ts';
import { examples } from '../help.ts';
import { countOutcomes, isNews, OUTCOME_COLUMNS, outcomeRow } from '../outcome-lines.ts';
import type { Runtime } from '../runtime.ts';
import { createProgress } from '../terminal/progress.ts';
import { createTable } from '../terminal/table.ts';
import type { AppTools } from '../tools.ts';

export interface CheckOptions {
  readonly all?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly failures?: boolean | undefined;
  readonly exitStatus?: boolean | undefined;
}

export function addCheck(program: Command, runtime: Runtime): void {
  program
    .command('check')
    .summary('one round now: extract, compare, record and push what changed')
    .description(
      'One round now over everything that is due, or over the named resources: extracts their values, compares them with\n' +
        'the newest recorded ones, and records and pushes what changed. Without a terminal only changes and resources that\n' +
        'begin to fail or recover are told, so that cron sends mail only then; -v tells everything.',
    )
    .argument('[NAME...]', 'names or globs of resources; named ones are checked whatever their schedule')
    .option('--all', 'everything, whatever the schedules say')
    .option('--dry-run', 'decide and tell, but write nothing')
    .option('--failures', 'exit status 3 where some check failed')
    .option('--exit-status', 'exit status 4 where something changed')
    .addHelpText('after', examples(['check', "check 'core-*' --dry-run", 'check --all --json --failures']))
    .action((names: string[], options: CheckOptions) => runtime.withApp((tools) => runCheck(names, options, tools)));
}

export async function runCheck(
  names: readonly string[],
  options: CheckOptions,
  { app, output, clock, signal, job }: AppTools,
): Promise<ExitStatus> {
  const started = clock.monotonic();
  const dry = options.dryRun === true;
  const everything = output.onTerminal || output.level === 'verbose';
  const watched = output.watched || output.level === 'verbose';
  if (!dry && watched) output.say(`resources of ${app.url}`);
  const table = createTable(OUTCOME_COLUMNS, output.width, 'untitled');
  const progress = createProgress(output, clock);
  const tell = (outcome: CheckOutcome) => {
    output.object(outcome);
    progress.ended(outcome);
    if (output.format === 'json' || (!everything && !isNews(outcome))) return;
    for (const line of table.lines([outcomeRow(outcome, clock.now())])) output.print(line);
  };
  const { outcomes, remoteFailure, remoteFailures, remoteIsBack } = await app
    .check(
      {
        names,
        all: options.all === true ? 'all' : 'due',
        write: dry ? 'dry-run' : 'write',
        onOutcome: tell,
        onPlan: progress.planned,
        onStart: progress.started,
      },
      signal,
    )
    .finally(progress.close);
  if (watched) {
    const spent = formatDuration(clock.monotonic() - started);
    output.say(`${countOutcomes(outcomes)} in ${spent}${dry ? '; a dry run, nothing was written' : ''}`);
  }
  // without a terminal the remote is told like a resource: when it begins to fail, and when it is back
  if (remoteFailure !== null && (everything || remoteFailures === 1)) {
    output.log.warn(`error: ${describeFailure(remoteFailure)}`);
  }
  if (remoteIsBack) output.log.info('the remote is back');
  await job?.checked(outcomes, remoteFailure);
  return exitStatus({
    notPushed: remoteFailure !== null || outcomes.some(isNotPushed),
    checkFailed: options.failures === true && outcomes.some(({ outcome }) => outcome === 'failed'),
    changed: options.exitStatus === true && outcomes.some(isChange),
  });
}
