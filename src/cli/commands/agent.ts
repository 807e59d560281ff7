// `agent`: polls for ever and runs what changed; SIGINT lets running work finish, SIGTERM cancels it, SIGHUP makes it read
// its configuration again.
import { type Command, Option } from 'commander';
import type { AgentHooks, AgentLife } from '../../agent/serve.ts';
import type { App } from '../../app.ts';
import { describeFailure, type Failure, toFailure } from '../../core/failure.ts';
import { liveFrugally } from '../../system/memory.ts';
import { onHangUp } from '../../system/signals.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import { isNews, OUTCOME_COLUMNS, outcomeRow } from '../outcome-lines.ts';
import type { ShownRuns } from '../runs/live-run.ts';
import { runNarration } from '../runs/run-narration.ts';
import { countLeft } from '../runs/run-words.ts';
import type { Runtime } from '../runtime.ts';
import { createTable } from '../terminal/table.ts';
import type { Tools } from '../tools.ts';

export interface AgentOptions {
  readonly interval?: string | undefined;
  readonly once?: boolean | undefined;
  readonly runDue?: boolean | undefined;
  readonly runner?: string | undefined;
}

/** More runs than can be due. */
const ANY_BURST = 1_000_000;

export function addAgent(program: Command, runtime: Runtime): void {
  program
    .command('agent')
    .summary('poll for ever and run what changed')
    .description(
      'Polls at the interval, and what has a schedule at its times; records and pushes what changes, and where a runner is\n' +
        'configured runs the suites of what changed. Ctrl-C ends it once the runs under way have ended, a second one, or\n' +
        'SIGTERM, cancels them; SIGHUP makes it read its configuration again.',
    )
    .option('--interval <DURATION>', 'time between rounds, such as 5m')
    .option('--once', 'one round, its runs to their end, then exit')
    .option('--run-due', 'start what is due also where that is more than runs.burst')
    .addOption(
      new Option('--runner <RUNNER>', 'what carries out runs: local, processes of this machine, or none').choices([
        'local',
        'none',
      ]),
    )
    .addHelpText(
      'after',
      examples([
        'agent',
        'agent --runner local',
        'agent --once --runner local --run-due',
        'agent --interval 1m --json',
        'agent --config /etc/spread-cron/agent.yaml',
      ]),
    )
    .action((options: AgentOptions) => {
      const rest = liveFrugally();
      const { interval, runner } = options;
      return runtime.withReopening(
        (open, tools) => runAgent(open, tools, { rest, rounds: options.once === true ? 'once' : 'for ever' }),
        { interval, runner, 'runs.burst': options.runDue === true ? ANY_BURST : undefined },
      );
    });
}

/** `open` reads the configuration anew; `onReload` calls back when somebody asks for that, `rest` is called after rounds. */
export async function runAgent(
  open: () => Promise<App>,
  tools: Tools,
  {
    onReload = onHangUp,
    rest = () => {},
    rounds = 'for ever',
    showRuns,
  }: {
    readonly onReload?: (callback: () => void) => () => void;
    readonly rest?: () => void;
    readonly rounds?: AgentLife['rounds'];
    /** How runs are shown instead of being narrated. */
    readonly showRuns?: (app: App) => ShownRuns;
  },
): Promise<ExitStatus> {
  const { output, signal } = tools;
  let app = await open();
  let next: App | null = null;
  let handOver = new AbortController();
  let reading: Promise<void> = Promise.resolve();

  /** Where the new configuration cannot be used the agent goes on with the one it has. */
  async function reload(): Promise<void> {
    try {
      const opened = await open();
      await next?.close();
      next = opened;
      handOver.abort();
    } catch (error) {
      output.log.warn(`the new configuration is not used: ${describeFailure(toFailure(error))}`);
    }
  }
  const tellStopping = () => {
    if (output.watched)
      output.say(`stopping; once more to ${tools.cancel.aborted ? 'end at once' : 'cancel what runs'}`);
  };
  signal.addEventListener('abort', tellStopping, { once: true });
  const unsubscribe = onReload(() => {
    reading = reading.then(reload);
  });

  try {
    output.log.info(`polling ${app.url}`);
    while (!signal.aborted) {
      const life = { rounds, stop: signal, cancel: tools.cancel, handOver: handOver.signal };
      const runs = showRuns?.(app);
      const hooks = agentHooks(tools);
      await app.agent({ ...hooks, onRun: runs?.onRun ?? hooks.onRun, onRest: rest }, life);
      await runs?.shown();
      if (next === null) break;
      await app.close();
      [app, next, handOver] = [next, null, new AbortController()];
      output.log.info(`configuration read again, polling ${app.url}`);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', tellStopping);
    await reading;
    await (next as App | null)?.close();
    await app.close();
  }
  return 0;
}

/** What is told while the agent polls: changes and transitions on stdout, everything with -v; the rest on stderr. */
export function agentHooks(tools: Pick<Tools, 'output' | 'clock' | 'signal' | 'cancel'>): Omit<AgentHooks, 'onRest'> {
  const { output, clock } = tools;
  const table = createTable(OUTCOME_COLUMNS, output.width, 'untitled');
  let failing: Failure | null = null;
  let counted = -1;
  return {
    onOutcome(outcome) {
      output.object(outcome);
      if (output.format === 'json' || (!isNews(outcome) && output.level !== 'verbose')) return;
      for (const line of table.lines([outcomeRow(outcome, clock.now())])) output.print(line);
    },
    onRun: runNarration(output),
    onNews: (news) => output.log.info(news),
    onStopping: (left) => output.log.info(stoppingText(left, tools)),
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

/** What becomes of the runs that are left when nothing new starts any more. */
function stoppingText(
  left: { readonly running: number; readonly waiting: number },
  { signal, cancel }: Pick<Tools, 'signal' | 'cancel'>,
): string {
  const counts = countLeft(left);
  if (cancel.aborted) return `${counts}: what runs is cancelled, what waits is kept for the next start`;
  if (signal.aborted) return `${counts}: Ctrl-C again cancels what runs; what waits is kept for the next start`;
  return `${counts}: the configuration changes when what runs has ended`;
}
