// The composition root: configuration in, everything wired out. The only file that knows every room.
import { join } from 'node:path';
import { alone, isLockedByAgent } from './agent/alone.ts';
import { type ControlSelection, type LiveAgent, type LivePulse, reachAgent } from './agent/live-agent.ts';
import { type AgentHooks, type AgentLife, serveAgent } from './agent/serve.ts';
import type { CheckOutcome } from './core/outcome.ts';
import type { Resource, Watched } from './core/resource.ts';
import type { Examination } from './doctor/examine.ts';
import type { Finding } from './doctor/finding.ts';
import type { UpdatedWorkflows } from './doctor/workflows.ts';
import { parseRemote } from './git/remote-url.ts';
import { heartbeat } from './notify/heartbeat.ts';
import { checkRound } from './pipeline/check-round.ts';
import { openDoors } from './pipeline/doors.ts';
import { lookAtMirror, lookForWriting } from './pipeline/look.ts';
import { type OpenedRooms, openOutside, openRooms, type RoomOptions } from './pipeline/open-rooms.ts';
import type { RoundResult, Selection } from './pipeline/round.ts';
import { createAgentRuns } from './pipeline/runs/agent-runs.ts';
import { openRuns } from './pipeline/runs/open-runs.ts';
import type { RunVerbs } from './pipeline/runs/run-verbs.ts';
import { createRunVerbs } from './pipeline/runs/verbs.ts';
import { tellOfRun, tellSubscribers } from './pipeline/tell-subscribers.ts';
import { createVerbs, type Verbs } from './pipeline/verbs.ts';
import { repositoryKey, stateDirectory } from './state/state-directory.ts';
import { socketDirectory, userName } from './system/environment.ts';

export interface AppOptions extends RoomOptions {
  /** Directory that holds the state directories of all repositories. */
  readonly stateBase: string;
  readonly pid: number;
  /** The directory that one stands in, where the repository is the origin of that clone; else null. */
  readonly clone: string | null;
}

/** Everything that a command can have done; opened lazily, so that a command pays only for what it uses. */
export interface App extends Verbs, RunVerbs {
  /** URL of the resources repository without credentials; empty where there is none. */
  readonly url: string;
  /** One round now, by the live agent where one runs, else by this process. */
  check(request: CheckRequest, signal: AbortSignal): Promise<CheckReport>;
  /** Looks at everything that must be right; writes nothing. */
  doctor(examination: Examination, signal: AbortSignal): Promise<readonly Finding[]>;
  /** Gives branches whose workflows differ from the default branch's the same; what became of each. */
  updateWorkflows(signal: AbortSignal): Promise<UpdatedWorkflows>;
  /** Polls, and runs what changed, until it is told to stop. */
  agent(hooks: AgentHooks, life: AgentLife): Promise<void>;
  /** What the live agent of this repository says of itself; null where none runs here. */
  ping(signal: AbortSignal): Promise<LivePulse | null>;
  close(): Promise<void>;
}

export interface CheckRequest {
  /** Names and globs; none: everything that is due, or with `all` everything. */
  readonly names: readonly string[];
  readonly all: 'all' | 'due';
  readonly write: 'write' | 'dry-run';
  readonly onOutcome: (outcome: CheckOutcome) => void;
  /** How many checks there will be; not told where a live agent does them. */
  readonly onPlan: (checks: number) => void;
  /** A resource's extraction begins; not told where a live agent does it. */
  readonly onStart?: (resource: string) => void;
}

export type CheckReport = Pick<RoundResult, 'outcomes' | 'remoteFailure' | 'remoteFailures' | 'remoteIsBack'>;

export function createApp(options: AppOptions): App {
  const { config, log } = options;
  const doors = openDoors(options);
  const url = options.url === null ? '' : parseRemote(options.url).url;
  const state = stateDirectory(options.stateBase, url);
  const socketPath = join(socketDirectory(options.environment), `${repositoryKey(url)}.sock`);
  const { clock } = doors;
  const place = { lockPath: state.agentLock, log };
  const subscribers = {
    ...doors,
    http: doors.ownHttp,
    environment: doors.env,
    repository: url,
    subscriptions: config.onEvent,
  };
  let opened: Promise<OpenedRooms> | undefined;
  const rooms = () => {
    opened ??= openRooms(options, doors, state);
    return opened;
  };
  const runs = openRuns({
    ...options,
    doors,
    state,
    rooms,
    tell: (run, before) => tellOfRun(run, before, subscribers),
  });
  const reach = (signal: AbortSignal) => reachAgent({ path: socketPath, url, clock }, signal);

  async function round(select: Selection, request: Omit<CheckRequest, 'names' | 'all'>, signal: AbortSignal) {
    const { write, onOutcome, onPlan, onStart = () => {} } = request;
    const told = { onOutcome, onStart, onPlan: (_: unknown, checks: number) => onPlan(checks) };
    return checkRound(await rooms(), { select, write, ...told }, signal);
  }

  async function checkAlone(select: Selection, request: CheckRequest, signal: AbortSignal): Promise<CheckReport> {
    if (request.write === 'dry-run') return round(select, request, signal);
    return alone(
      'check',
      place,
      async () => {
        const result = await round(select, request, signal);
        await tellSubscribers(result, subscribers, signal);
        return result;
      },
      signal,
    );
  }

  async function checkByAgent(live: LiveAgent, select: ControlSelection, request: CheckRequest): Promise<CheckReport> {
    log.debug(`the running agent (process ${live.pid}) does this round`);
    const outcomes: CheckOutcome[] = [];
    const remote = await live.check(select, (outcome) => {
      outcomes.push(outcome);
      request.onOutcome(outcome);
    });
    return { outcomes, ...remote };
  }

  async function serve(hooks: AgentHooks, life: AgentLife): Promise<void> {
    const openedRooms = await rooms();
    const { repository, nextCheck, memory } = openedRooms;
    const agentRuns = createAgentRuns({ config, clock, log, runs, rooms: openedRooms });
    agentRuns.listen(hooks.onRun);
    await serveAgent(
      {
        repository,
        clock,
        log,
        socketPath,
        pid: options.pid,
        interval: config.interval,
        jitter: config.jitter,
        random: Math.random,
        runs: agentRuns,
        round: (select, onOutcome, during) => round(select, { write: 'write', onOutcome, onPlan: () => {} }, during),
        async nextScheduled({ snapshot }) {
          const timed = snapshot?.resources.filter(isScheduled) ?? [];
          const instants = await Promise.all(
            timed.map((resource) => nextCheck(resource, memory.resource(resource.name).checkedAt)),
          );
          return instants.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
        },
        tellSubscribers: (result, during) => tellSubscribers(result, subscribers, during),
        async heartbeat(during) {
          if (config.heartbeatUrl !== null) await heartbeat(config.heartbeatUrl, subscribers, during);
        },
      },
      hooks,
      life,
    );
  }

  async function resourceNames(): Promise<readonly string[]> {
    if (options.url === null) return [];
    return (await lookAtMirror(await rooms())).resources.map(({ name }) => name);
  }

  return {
    ...createVerbs(rooms, openOutside(options, doors), runs.status),
    ...createRunVerbs({ runs, clock, user: userName(options.environment), reach, names: resourceNames }),
    url,
    async check(request, signal) {
      const select = selectionOf(request);
      const live = request.write === 'write' ? await reach(signal) : null;
      if (live !== null) return checkByAgent(live, select, request);
      try {
        return await checkAlone(select, request, signal);
      } catch (error) {
        if (!isLockedByAgent(error)) throw error;
        // an agent that has just started: its lock comes before its socket
        await clock.sleep(1000, signal);
        const started = await reach(signal);
        if (started === null) throw error;
        return checkByAgent(started, select, request);
      }
    },
    async doctor(examination, signal) {
      const { examine } = await import('./doctor/examine.ts');
      const { token, password } = options.credentials;
      const tools = {
        ...options,
        doors,
        state,
        url: options.url ?? '',
        token: token ?? password ?? null,
        rooms,
        async agent(during: AbortSignal) {
          const live = await reach(during);
          live?.close();
          return live?.pid ?? null;
        },
      };
      return examine(examination, tools, signal);
    },
    async updateWorkflows(signal) {
      const { updateWorkflows } = await import('./doctor/workflows.ts');
      const opened = await rooms();
      return updateWorkflows(await lookForWriting(opened, signal), { ...opened, now: clock.now() }, signal);
    },
    agent: (hooks, life) => alone('agent', place, () => serve(hooks, life), life.stop),
    ping: async (signal) => (await reach(signal))?.ping() ?? null,
    async close() {
      // what could not be opened has been told where it was asked for
      const rooms = await opened?.catch(() => undefined);
      await runs.close();
      await Promise.all([rooms?.kept.save(), rooms?.repository.close(), doors.close()]);
    },
  };
}

function selectionOf({ names, all }: CheckRequest): ControlSelection {
  return names.length > 0 ? { kind: 'named', patterns: names } : { kind: all };
}

function isScheduled(resource: Resource): resource is Watched {
  return resource.state === 'watched' && !resource.definition.manual && resource.definition.timing.kind !== 'interval';
}
