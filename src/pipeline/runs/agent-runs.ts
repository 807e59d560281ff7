// What the agent does about runs: goes on with what an earlier one left, starts what is due after every look, serves
// commands, and clears away.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import { isFinished, type RunRecord } from '../../core/run.ts';
import type { AgentConfig } from '../../definition/agent-config.ts';
import { UNUSED_CACHE_PERIOD } from '../../git/target-cache.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { watchersOf } from '../chain.ts';
import { lookAtMirror, lookForReading } from '../look.ts';
import type { Rooms } from '../rooms.ts';
import type { Runs } from './open-runs.ts';
import type { OnRun, RunRequest } from './run-verbs.ts';
import type { Runner } from './runner.ts';
import { settle, UNCLAIMED } from './settle.ts';
import { createStartDue, type StartDue } from './start-due.ts';
import { tellUntold } from './tell-untold.ts';
import { clearAway, refill } from './upkeep.ts';

/** Milliseconds between two looks for caches of targets that nobody uses. */
const COLLECT_PERIOD = 24 * 3_600_000;

export interface AgentRunsTools {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly runs: Runs;
  readonly rooms: Rooms;
}

/** As the agent uses it; see AgentRuns in agent/serve.ts. */
export function createAgentRuns(tools: AgentRunsTools) {
  const { config, clock, log, runs, rooms } = tools;
  const { state } = rooms;
  let startDue: StartDue | null = null;
  let starting: Promise<void> = Promise.resolve();
  /** The remote was looked at since the start: until then the mirror may be of long ago. */
  let looked = false;
  let watchers: (names: readonly string[]) => void = () => {};
  let runner: Runner | null = null;
  let collected = Number.NEGATIVE_INFINITY;
  let collecting: Promise<unknown> = Promise.resolve();
  const stopping = new AbortController();
  let parts: ReturnType<typeof openParts> | undefined;

  /** Opened when something is to be run: an agent that only polls pays nothing for it. */
  const open = () => {
    parts ??= openParts().catch((error: unknown) => {
      // the next round tries again
      parts = undefined;
      throw error;
    });
    return parts;
  };

  async function openParts() {
    const archive = await runs.archive('runs');
    const [opened, desk] = await Promise.all([runs.opened(), runs.desk()]);
    const { records } = archive;
    runner = opened.runner;
    if (records.rebuilt) await refill(records, rooms, log);
    await runs.recover('agent');
    await tellUntold({
      records,
      results: rooms.results,
      listing: async () => (await lookAtMirror(rooms)).listing,
      agentId: rooms.memory.agentId,
      log,
    });
    return { ...opened, archive, records, desk };
  }

  async function beginDue(): Promise<StartDue> {
    const { records, desk, runner: opened, settleTools } = await open();
    return createStartDue({
      ...rooms,
      records,
      runner: opened,
      agentId: rooms.memory.agentId,
      log,
      catchUp: config.runs.catchUp,
      burst: config.runs.burst,
      patience: config.runs.timeout,
      job: desk.due,
      isAlive: runs.isAlive,
      recover: () => runs.recover('agent'),
      async unplanned(...what) {
        const run = desk.unplanned(...what);
        await records.save(run);
        await settle(null, run, UNCLAIMED, settleTools);
      },
    });
  }

  /** Resources whose runs ended since the last time that was cleared away; null at first: all of them. */
  let ended: Set<string> | null = null;

  async function clear(snapshot: Snapshot): Promise<void> {
    const { archive, workspaces, targets } = await open();
    if (clock.monotonic() - collected > COLLECT_PERIOD) {
      collected = clock.monotonic();
      collecting = collecting
        .then(() => targets.collect(UNUSED_CACHE_PERIOD, stopping.signal))
        .catch((error: unknown) =>
          log.debug(`caches of targets were not cleared: ${describeFailure(toFailure(error))}`),
        );
    }
    const resources = ended === null ? undefined : [...ended];
    if (resources?.length === 0) return;
    ended = new Set();
    const byName = new Map(snapshot.resources.map((resource) => [resource.name, resource]));
    await clearAway(
      archive,
      {
        config,
        directory: state.root,
        now: clock.now(),
        log,
        rulesOf(name) {
          const resource = byName.get(name);
          return resource !== undefined && 'definition' in resource ? (resource.definition.run?.retention ?? {}) : {};
        },
        removeWorkspace: workspaces.remove,
      },
      resources,
    );
  }

  async function resultWritten(resource: string): Promise<void> {
    try {
      const names = watchersOf(resource, await lookAtMirror(rooms));
      if (names.length > 0) watchers(names);
    } catch (error) {
      log.debug(`who watches ${resource} is found in the next round: ${describeFailure(toFailure(error))}`);
    }
  }

  /** The first time comes before the first round: what that one records is new, and is run. */
  async function startAll(signal: AbortSignal): Promise<void> {
    if (signal.aborted || stopping.signal.aborted) return;
    try {
      const { snapshot, stale } = looked
        ? { snapshot: await lookAtMirror(rooms), stale: null }
        : await lookForReading(rooms, signal);
      startDue ??= await beginDue();
      await startDue(snapshot, stale === null ? 'fresh' : 'stale');
      looked = stale === null;
      await clear(snapshot);
    } catch (error) {
      log.warn(`warning: what is due could not be started: ${describeFailure(toFailure(error))}`);
    }
  }

  return {
    listen(onRun: OnRun) {
      const heard: OnRun = (run) => {
        if (isFinished(run.status)) ended?.add(run.resource);
        onRun(run);
      };
      runs.listen({ onRun: heard, resultWritten });
    },
    onResult(callback: (names: readonly string[]) => void) {
      watchers = callback;
    },
    startDue(signal: AbortSignal): Promise<void> {
      if (config.runner === 'none') return Promise.resolve();
      // a round that a command asks for may come while the agent begins
      starting = starting.then(() => startAll(signal));
      return starting;
    },
    run: async (request: RunRequest, onRun: OnRun) =>
      (await open()).desk.run(request, onRun, new AbortController().signal),
    retry: async (id: string, user: string, onRun: OnRun) => (await open()).desk.retry(id, user, onRun),
    async cancel(id: string): Promise<RunRecord> {
      const { runner: opened, records } = await open();
      const found = opened.cancel(id);
      const run = opened.get(id) ?? (await records.get(id));
      if (run === null) throw new Failure('not-found', 'no such run: spread-cron runs lists them', { run: id });
      if (found === null) throw notCancelled(run);
      return run;
    },
    async stop(how: 'finish' | 'cancel'): Promise<void> {
      stopping.abort();
      await runner?.stop(how);
      await collecting;
    },
    async idle(): Promise<void> {
      await runner?.idle();
    },
    counts: () => runner?.counts() ?? { waiting: 0, running: 0 },
  };
}

/** Why a run that is not in any queue here cannot be cancelled. */
export function notCancelled(run: RunRecord): Failure {
  const { id, status } = run;
  return isFinished(status)
    ? new Failure('refused', 'the run has ended: there is nothing to cancel', { run: id, status })
    : new Failure('refused', 'another process carries out the run: stop it there', { run: id, pid: run.process?.pid });
}
