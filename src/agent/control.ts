// The agent's end of the conversation with commands: it does what they ask, and tells them as it goes.
import { toFailure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { RunRecord } from '../core/run.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { OnRun, RunRequest } from '../pipeline/runs/run-verbs.ts';
import { type Line, listenOnSocket } from '../system/socket.ts';
import { plain, requestSchema } from './messages.ts';
import type { Pulse } from './pulse.ts';

export interface ControlTools {
  /** A round, after whatever round is under way. */
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void): Promise<RoundResult>;
  /** Accepts a run and resolves when it has finished. */
  run(request: RunRequest, onRun: OnRun): Promise<RunRecord>;
  retry(id: string, user: string, onRun: OnRun): Promise<RunRecord>;
  cancel(id: string): Promise<RunRecord>;
  pulse(): Pulse;
  counts(): { readonly running: number; readonly waiting: number };
}

/** Serves commands until it is closed. */
export function serveControl(
  options: { readonly path: string; readonly repository: string; readonly pid: number },
  tools: ControlTools,
): Promise<{ close(): Promise<void> }> {
  return listenOnSocket(options.path, async (line) => {
    line.send({ spread_cron: 1, repository: options.repository, pid: options.pid });
    for await (const received of line.received) {
      try {
        await answer(received, line, tools);
      } catch (error) {
        line.send({ failure: plain(toFailure(error)) });
      }
    }
  });
}

async function answer(received: unknown, line: Line, tools: ControlTools): Promise<void> {
  const request = requestSchema.parse(received);
  const onRun = (run: RunRecord) => line.send({ run });
  if ('check' in request) {
    const result = await tools.round(request.check, (outcome) => line.send({ outcome }));
    const failure = result.remoteFailure === null ? null : plain(result.remoteFailure);
    const { remoteFailures: remote_failures, remoteIsBack: remote_is_back } = result;
    line.send({ end: { remote_failure: failure, remote_failures, remote_is_back } });
  } else if ('ping' in request) {
    const { lastRoundAt: last_round_at, remoteFailure, late } = tools.pulse();
    const failure = remoteFailure === null ? null : plain(remoteFailure);
    line.send({ pulse: { last_round_at, remote_failure: failure, late, ...tools.counts() } });
  } else if ('run' in request) line.send({ finished: await tools.run(request.run, onRun) });
  else if ('retry' in request) line.send({ finished: await tools.retry(request.retry, request.user, onRun) });
  else line.send({ finished: await tools.cancel(request.cancel) });
}
