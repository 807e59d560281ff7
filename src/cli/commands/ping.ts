// `ping`: whether the agent of this repository lives and gets on, for whoever watches over it (a container's health check).
import type { Command } from 'commander';
import type { LivePulse } from '../../agent/live-agent.ts';
import { describeFailure, Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { ExitStatus } from '../exit-status.ts';
import { examples } from '../help.ts';
import type { Runtime } from '../runtime.ts';
import { relativeTime } from '../terminal/times.ts';
import type { AppTools } from '../tools.ts';

export function addPing(program: Command, runtime: Runtime): void {
  program
    .command('ping')
    .summary('whether the agent lives and gets on')
    .description(
      'Asks the agent of this repository on this machine how it is. Status 0 where it answers and its rounds move, also\n' +
        'where the remote is away; 1 where there is none, it does not answer, or nothing has moved for long.',
    )
    .addHelpText('after', examples(['ping', 'ping --json', 'ping --config /etc/spread-cron/agent.yaml --quiet']))
    .action(() => runtime.withApp(runPing));
}

export async function runPing({ app, output, clock, signal }: AppTools): Promise<ExitStatus> {
  const pulse = await app.ping(signal);
  if (pulse === null)
    throw new Failure('unreachable', 'no agent of this repository runs here: start it with spread-cron agent', {
      repository: app.url,
    });
  output.object(pulseObject(pulse, app.url));
  const round =
    pulse.lastRoundAt === null ? 'no round so far' : `last round ${relativeTime(pulse.lastRoundAt, clock.now())}`;
  const runs = `${pulse.running} running, ${pulse.waiting} waiting`;
  if (output.level !== 'quiet') output.print(`the agent (process ${pulse.pid}) lives: ${round}, ${runs}`);
  if (pulse.remoteFailure !== null) output.log.warn(`the remote fails: ${describeFailure(pulse.remoteFailure)}`);
  if (!pulse.late) return 0;
  output.log.warn('error: nothing has moved for long: look at the log of the agent, then start it again');
  return 1;
}

function pulseObject({ pid, lastRoundAt, remoteFailure, late, running, waiting }: LivePulse, repository: string) {
  return {
    repository,
    pid,
    last_round_at: lastRoundAt === null ? null : formatInstant(lastRoundAt),
    error:
      remoteFailure === null
        ? null
        : { reason: remoteFailure.reason, message: describeFailure(remoteFailure), step: null },
    late,
    running,
    waiting,
  };
}
