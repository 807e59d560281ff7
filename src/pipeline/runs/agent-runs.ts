// What the agent does about runs: goes on with what an earlier one left, starts what is due after every look, serves
// commands, and clears away.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import { isFinished, type RunRecord } from '../../core/run.ts';
import type { AgentConfig } from '../../definition/agent-config.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { isAlive, processMark } from '../../system/process/process-mark.ts';
import { watchersOf } from '../chain.ts';
import { lookAtMirror } from '../look.ts';
import type { Rooms } from '../rooms.ts';
import type { Runs } from './open-runs.ts';
import { recover } from './recover.ts';
import type { OnRun, RunRequest } from './run-verbs.ts';
import { settle, UNCLAIMED } from './settle.ts';
import { createStartDue, type StartDue } from './start-due.ts';

export interface AgentRunsTools {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly runs: Runs;
  readonly rooms: Rooms;
}

/** As the agent uses it; see AgentRuns in agent/serve.ts. */
export async function openAgentRuns(tools: AgentRunsTools) {
  const { config, clock, log, runs, rooms } = tools;
  const [{ records }, { runner, executor, workspaces, settleTools }, desk, mark] = await Promise.all([
    runs.archive('runs'),
    runs.opened(),
    runs.desk(),
    processMark(),
  ]);
  let startDue: StartDue | null = null;
  let watchers: (names: readonly string[]) => void = () => {};

  async function begin(): Promise<StartDue> {
    await recover({
      records,
      runner,
      clock,
      log,
      isElsewhere: async ({ process }) =>
        process !== null && (process.pid !== mark.pid || process.started !== mark.started) && (await isAlive(process)),
      reap: (ids) => executor.reap(ids),
      collect: (keep) => workspaces.collect(keep),
      again: (run, how) => desk.again(run, how, 'lost'),
      settled: (job, run) => settle(job, run, UNCLAIMED, settleTools),
    });
    return createStartDue({
      ...rooms,
      records,
      runner,
      agentId: rooms.memory.agentId,
      log,
      catchUp: config.runs.catchUp,
      burst: config.runs.burst,
      patience: config.runs.timeout,
      job: desk.due,
    });
  }

  const resultWritten = (resource: string) => {
    lookAtMirror(rooms).then(
      (snapshot) => {
        const names = watchersOf(resource, snapshot);
        if (names.length > 0) watchers(names);
      },
      (error: unknown) =>
        log.debug(`who watches ${resource} is found in the next round: ${describeFailure(toFailure(error))}`),
    );
  };

  return {
    listen: (onRun: OnRun) => runs.listen({ onRun, resultWritten }),
    onResult(callback: (names: readonly string[]) => void) {
      watchers = callback;
    },
    async startDue(signal: AbortSignal): Promise<void> {
      if (config.runner === 'none' || signal.aborted) return;
      try {
        startDue ??= await begin();
        await startDue(await lookAtMirror(rooms));
      } catch (error) {
        log.warn(`warning: what is due could not be started: ${describeFailure(toFailure(error))}`);
      }
    },
    run: (request: RunRequest, onRun: OnRun) => desk.run(request, onRun, new AbortController().signal),
    retry: (id: string, user: string, onRun: OnRun) => desk.retry(id, user, onRun),
    async cancel(id: string): Promise<RunRecord> {
      const found = runner.cancel(id);
      const run = runner.get(id) ?? (await records.get(id));
      if (run === null) throw new Failure('not-found', 'no such run: spread-cron runs lists them', { run: id });
      if (found === null) throw notCancelled(run);
      return run;
    },
    stop: runner.stop,
    idle: runner.idle,
    counts: runner.counts,
  };
}

/** Why a run that is not in any queue here cannot be cancelled. */
export function notCancelled(run: RunRecord): Failure {
  const { id, status } = run;
  return isFinished(status)
    ? new Failure('refused', 'the run has ended: there is nothing to cancel', { run: id, status })
    : new Failure('refused', 'another process carries out the run: stop it there', { run: id, pid: run.process?.pid });
}
