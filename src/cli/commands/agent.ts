// `agent`: polls for ever; SIGTERM ends it in order, SIGHUP makes it read its configuration again.
import type { Command } from 'commander';
import type { AgentHooks } from '../../agent/serve.ts';
import type { App } from '../../app.ts';
import { describeFailure, type Failure, toFailure } from '../../core/failure.ts';
import { liveFrugally } from '../../system/memory.ts';
import { onHangUp } from '../../system/signals.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { isNews, OUTCOME_COLUMNS, outcomeRow } from '../outcome-lines.ts';
import type { Runtime } from '../runtime.ts';
import { createTable } from '../table.ts';
import type { Tools } from '../tools.ts';

export interface AgentOptions {
  readonly interval?: string | undefined;
}

export function addAgent(program: Command, runtime: Runtime): void {
  program
    .command('agent')
    .summary('poll for ever')
    .description(
      'Polls at the interval, and what has a schedule at its times; records and pushes what changes. SIGTERM or Ctrl-C\n' +
        'ends it within the limit of the running step, SIGHUP makes it read its configuration again.',
    )
    .option('--interval <DURATION>', 'time between rounds, such as 5m')
    .addHelpText(
      'after',
      examples(['agent', 'agent --interval 1m --json', 'agent --config /etc/spread-cron/agent.yaml']),
    )
    .action((options: AgentOptions) => {
      const rest = liveFrugally();
      return runtime.withReopening((open, tools) => runAgent(open, tools, { rest }), { interval: options.interval });
    });
}

/** `open` reads the configuration anew; `onReload` calls back when somebody asks for that, `rest` is called after rounds. */
export async function runAgent(
  open: () => Promise<App>,
  tools: Tools,
  {
    onReload = onHangUp,
    rest = () => {},
  }: { readonly onReload?: (callback: () => void) => () => void; readonly rest?: () => void },
): Promise<ExitStatus> {
  const { output, signal } = tools;
  let app = await open();
  let next: App | null = null;
  let stopRounds = new AbortController();
  let reading: Promise<void> = Promise.resolve();

  /** Where the new configuration cannot be used the agent goes on with the one it has. */
  async function reload(): Promise<void> {
    try {
      const opened = await open();
      await next?.close();
      next = opened;
      stopRounds.abort();
    } catch (error) {
      output.log.warn(`the new configuration is not used: ${describeFailure(toFailure(error))}`);
    }
  }
  const unsubscribe = onReload(() => {
    reading = reading.then(reload);
  });

  try {
    output.log.info(`polling ${app.url}`);
    while (!signal.aborted) {
      const rounds = stopRounds;
      await app.agent({ ...agentHooks(tools), onRest: rest }, AbortSignal.any([signal, rounds.signal]));
      if (next === null) break;
      await app.close();
      [app, next, stopRounds] = [next, null, new AbortController()];
      output.log.info(`configuration read again, polling ${app.url}`);
    }
  } finally {
    unsubscribe();
    await reading;
    await (next as App | null)?.close();
    await app.close();
  }
  return 0;
}

/** What is told while the agent polls: changes and transitions on stdout, everything with -v; the rest on stderr. */
export function agentHooks({ output, clock }: Pick<Tools, 'output' | 'clock'>): Omit<AgentHooks, 'onRest'> {
  const table = createTable(OUTCOME_COLUMNS, output.width, 'untitled');
  let failing: Failure | null = null;
  let counted = -1;
  return {
    onOutcome(outcome) {
      output.object(outcome);
      if (output.format === 'json' || (!isNews(outcome) && output.level !== 'verbose')) return;
      for (const line of table.lines([outcomeRow(outcome, clock.now())])) output.print(line);
    },
    onNews: (news) => output.log.info(news),
    onRound(snapshot, remoteFailure) {
      if (remoteFailure !== null && failing === null)
        output.log.warn(`the remote fails: ${describeFailure(remoteFailure)}`);
      if (remoteFailure === null && failing !== null) output.log.info('the remote is back');
      failing = remoteFailure;
      const watched = snapshot?.resources.filter(({ state }) => state === 'watched').length ?? counted;
      if (watched !== counted) output.log.info(`watching ${watched} ${watched === 1 ? 'resource' : 'resources'}`);
      counted = watched;
    },
  };
}
