// The verbs of runs joined: by the live agent where there is one, else by this process.
import { resolve } from 'node:path';
import { isFinished, type RunRecord } from '../../core/run.ts';
import type { Clock } from '../../system/clock.ts';
import { isAlive } from '../../system/process/process-mark.ts';
import { isFileTarget } from '../show/file-target.ts';
import { notCancelled } from './agent-runs.ts';
import { findRun } from './find-run.ts';
import { endedRun } from './job.ts';
import type { Runs } from './open-runs.ts';
import type { OnRun, RunRequest, RunVerbs } from './run-verbs.ts';
import { seenRun } from './seen-run.ts';

/** An agent that carries out what it is asked for. */
export interface RunningAgent {
  run(request: RunRequest, onRun: OnRun): Promise<RunRecord>;
  retry(id: string, user: string, onRun: OnRun): Promise<RunRecord>;
  cancel(id: string): Promise<RunRecord>;
}

export interface RunVerbTools {
  readonly runs: Runs;
  readonly clock: Clock;
  /** The name of whoever asks. */
  readonly user: string;
  /** Null where no agent lives. */
  reach(signal: AbortSignal): Promise<RunningAgent | null>;
  /** Names of resources, for suggestions; none where there is no repository. */
  names(): Promise<readonly string[]>;
}

export function createRunVerbs({ runs, user, reach, names, clock }: RunVerbTools): RunVerbs {
  /** Carries a run out here; an aborted signal cancels it, and it is waited for. */
  async function here(
    start: (onRun: OnRun) => Promise<RunRecord>,
    onRun: OnRun,
    signal: AbortSignal,
  ): Promise<RunRecord> {
    await runs.recover('command');
    const [{ runner }, { records }] = await Promise.all([runs.opened(), runs.archive()]);
    let id: string | null = null;
    const cancel = () => {
      if (id !== null) runner.cancel(id);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const begun = await runs.alone(async () => {
        let tellKept: () => void = () => {};
        // whoever recovers after this finds the run on record before it finds its workspace
        const kept = new Promise<void>((resolve) => {
          tellKept = resolve;
        });
        const finished = start((next) => {
          if (id === null) records.save(next).then(tellKept, tellKept);
          id = next.id;
          onRun(next);
          if (signal.aborted) cancel();
        });
        await Promise.race([finished, kept]);
        return { finished };
      });
      const run = await begun.finished;
      await runner.idle();
      return run;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  const found = async (reference: string) => {
    const { records } = await runs.archive();
    return seenRun(await findRun(reference, records, names), records, isAlive);
  };

  /** A path as the agent understands it too. */
  async function absolute(request: RunRequest): Promise<RunRequest> {
    const isFile = await isFileTarget(request.target, '.');
    return isFile ? { ...request, target: resolve(request.target) } : request;
  }

  return {
    standing: async (request, signal) => (await runs.desk()).standing(request, signal),
    plan: async (request, signal) => (await runs.desk()).plan(await absolute(request), signal),
    async run(request, onRun, signal) {
      const wanted = await absolute(request);
      const agent = await reach(signal);
      if (agent !== null) return agent.run(wanted, onRun);
      const desk = await runs.desk();
      return here((tell) => desk.run(wanted, tell, signal), onRun, signal);
    },
    async retry(reference, onRun, signal) {
      const { id } = await found(reference);
      const agent = await reach(signal);
      if (agent !== null) return agent.retry(id, user, onRun);
      const desk = await runs.desk();
      return here((tell) => desk.retry(id, user, tell), onRun, signal);
    },
    async runs(query) {
      const { records } = await runs.archive();
      return Promise.all((await records.list(query)).map((run) => seenRun(run, records, isAlive)));
    },
    findRun: found,
    async cancel(reference, signal) {
      const run = await found(reference);
      const agent = await reach(signal);
      if (agent !== null) return agent.cancel(run.id);
      // nobody has it any more: what is left of it goes
      const { records } = await runs.archive();
      const left = await records.get(run.id);
      if (left === null || isFinished(left.status) || (await runs.isAlive(left))) throw notCancelled(left ?? run);
      await runs.recover('command');
      const after = (await records.get(run.id)) ?? left;
      if (isFinished(after.status)) return after;
      const cancelled = endedRun(after, { status: 'cancelled', error: null }, clock.now());
      await records.save(cancelled);
      return cancelled;
    },
    async *log(run, task, options, signal) {
      yield* (await runs.archive()).logs.read(run, task, options, signal);
    },
  };
}
