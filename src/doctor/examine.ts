// An examination of everything that must be right for changes to be found, recorded and carried out: gathers what the
// checks want to know, and has each of them say what it finds. Writes nothing.
import { formatDuration } from '../core/duration.ts';
import { describeFailure, type Failure, toFailure } from '../core/failure.ts';
import { withoutLogin } from '../core/login.ts';
import type { AgentConfig } from '../definition/agent-config.ts';
import { usesShell } from '../extract/shell/uses-shell.ts';
import { createGitCommand } from '../git/git-command.ts';
import { parseRemote } from '../git/remote-url.ts';
import type { OpenDoors } from '../pipeline/doors.ts';
import { lookForReading } from '../pipeline/look.ts';
import type { Rooms } from '../pipeline/rooms.ts';
import { validateResources } from '../pipeline/show/show.ts';
import { ALWAYS } from '../pipeline/step-context.ts';
import { runsPerDay } from '../schedule/frequency.ts';
import { type Snapshot, watchedIn } from '../state/snapshot.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import type { Environment } from '../system/environment.ts';
import type { Secrets } from '../system/secrets.ts';
import { forgeFindings, tokenKind } from './checks/forge.ts';
import { type MachineFacts, machineFindings } from './checks/machine.ts';
import { minutesFindings } from './checks/minutes.ts';
import { resourceFindings } from './checks/resources.ts';
import { triggerFindings } from './checks/trigger.ts';
import { type Finding, findingsOf } from './finding.ts';
import { clockAhead, fetchesNotes, programVersions, stateFacts } from './machine.ts';
import { type ReadWorkflows, readWorkflows } from './workflows.ts';

export interface ExamineTools {
  readonly config: AgentConfig;
  readonly doors: OpenDoors;
  readonly secrets: Secrets;
  readonly environment: Environment;
  readonly state: StateDirectory;
  /** As given, credentials included. */
  readonly url: string;
  /** What we push with; null where git's own helpers or keys do. */
  readonly token: string | null;
  rooms(): Promise<Rooms>;
  /** Process of the agent that runs for the repository; null where none does. */
  agent(signal: AbortSignal): Promise<number | null>;
  /** The directory that one stands in, where the repository is the origin of that clone; else null. */
  readonly clone: string | null;
}

export interface Examination {
  /** Whether every extraction is tried, which runs what is in the repository. */
  readonly extractions: 'tried' | 'left alone';
  /** Told what is looked at next. */
  readonly onStage: (text: string) => void;
}

const { ok, note, problem } = findingsOf('repository');

export async function examine(
  { extractions, onStage }: Examination,
  tools: ExamineTools,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  onStage('the repository');
  const looked = await lookAtRepository(tools, signal);
  onStage('this machine');
  const machine = machineFindings(await machineFacts(looked.snapshot, tools, signal));
  const { snapshot } = looked;
  if (snapshot === null) return [...machine, ...looked.findings];
  const rooms = await tools.rooms();
  onStage('definitions');
  const resources = await examineResources(snapshot, rooms, { extractions, onStage }, signal);
  onStage('workflows');
  const ci = await examineCi(snapshot, rooms, tools, signal);
  return [...machine, ...looked.findings, ...resources, ...ci];
}

interface Looked {
  /** Null where nothing is known of the repository. */
  readonly snapshot: Snapshot | null;
  readonly findings: readonly Finding[];
}

async function lookAtRepository({ rooms, doors, url }: ExamineTools, signal: AbortSignal): Promise<Looked> {
  const shown = withoutLogin(url);
  const started = doors.clock.monotonic();
  try {
    const opened = await rooms();
    const { snapshot, stale } = await lookForReading({ ...opened, snapshots: opened.thoroughSnapshots }, signal);
    if (stale !== null) return { snapshot, findings: [unreached(stale, shown)] };
    const spent = formatDuration(doors.clock.monotonic() - started);
    const { base, listing } = snapshot;
    const found = base === null ? 'which has no default branch' : `default branch ${base.branch}`;
    const reached = ok(`${shown} reached in ${spent}, ${found}`);
    const empty =
      listing.branches.size === 0
        ? [note('it has no branches yet', { remedy: 'spread-cron init makes a first commit to push' })]
        : [];
    return { snapshot, findings: [reached, ...empty] };
  } catch (error) {
    if (signal.aborted) throw error;
    return { snapshot: null, findings: [unreached(toFailure(error), shown)] };
  }
}

const REMEDIES: Readonly<Partial<Record<Failure['reason'], string>>> = {
  'authentication-failed': 'give credentials by credentials.token, credentials.password or a credential helper of git',
  'not-found': 'look at the address',
  locked: 'run this again when the other process has ended',
};

function unreached(failure: Failure, url: string): Finding {
  return problem(`${url} cannot be read: ${describeFailure(failure)}`, {
    remedy: REMEDIES[failure.reason] ?? 'look at the address and the network',
  });
}

async function machineFacts(
  snapshot: Snapshot | null,
  tools: ExamineTools,
  signal: AbortSignal,
): Promise<MachineFacts> {
  const { config, doors, secrets, state, url } = tools;
  const remote = parseRemote(url);
  const git = createGitCommand(doors.processes, tools.environment);
  const [programs, stateOfDisk, agent, ahead, fetches] = await Promise.all([
    programVersions(doors.processes, doors.env, signal),
    stateFacts(state.root),
    tools.agent(signal),
    remote.kind === 'http' ? clockAhead(remote.url, { http: doors.ownHttp, clock: doors.clock }, signal) : null,
    tools.clone === null ? null : fetchesNotes(tools.clone, git, signal),
  ]);
  return {
    programs,
    needsGit: remote.kind !== 'http',
    shells: (snapshot === null ? [] : watchedIn(snapshot)).filter(({ definition }) => usesShell(definition)).length,
    sandbox: config.runs.sandbox,
    state: stateOfDisk,
    keepFree: config.runs.keepFree,
    runner: config.runner,
    agent,
    ahead,
    // those without a name are the credentials: opening the repository tells of them
    secrets: [...secrets.missing()].flatMap(([name, failure]) => (name.startsWith('(') ? [] : [{ name, failure }])),
    fetchesNotes: fetches,
  };
}

async function examineResources(
  snapshot: Snapshot,
  rooms: Rooms,
  { extractions, onStage }: Examination,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const watched = watchedIn(snapshot);
  const validated = await validateResources(rooms, [], signal);
  const names = new Set(watched.map(({ name }) => name));
  const against = new Map(
    validated.flatMap(({ resource, failure }) =>
      failure !== null && names.has(resource) ? [[resource, failure]] : [],
    ),
  );
  const tried = new Map<string, Failure | null>();
  if (extractions === 'tried') {
    await Promise.all(
      watched
        .filter(({ name, definition }) => !definition.manual && !against.has(name))
        .map((resource) =>
          rooms.bounded(resource, async () => {
            onStage(`${tried.size + 1} extractions`);
            const observation = await rooms.observe(resource, { once: ALWAYS }, signal);
            tried.set(resource.name, observation.kind === 'failure' ? observation.failure : null);
          }),
        ),
    );
  }
  const values = new Map(
    watched.flatMap(({ branch }) => {
      const newest = rooms.newestChanges.of(branch);
      return newest === null ? [] : [[branch, newest]];
    }),
  );
  const failing = new Map(
    watched.flatMap(({ name }) => {
      const found = rooms.memory.resource(name).failing;
      return found === null ? [] : [[name, { since: found.since, message: found.lastError.message }]];
    }),
  );
  const firstTime = rooms.memory.isEmpty();
  return resourceFindings({ resources: snapshot.resources, values, against, tried, failing, firstTime });
}

async function examineCi(
  snapshot: Snapshot,
  rooms: Rooms,
  tools: ExamineTools,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { config, environment, url, token } = tools;
  const { trigger, agents } = snapshot.configuration;
  const read = await readWorkflows(snapshot, rooms.repository);
  const findings = [
    ...brokenFindings(read),
    ...triggerFindings({ trigger, agents, workflows: read.ofDefault, branches: read.branches, runner: config.runner }),
  ];
  const { forge } = rooms;
  if (forge !== null) {
    const asked = <T>(question: Promise<T>) =>
      question.catch((error: unknown) => {
        if (signal.aborted) throw error;
        return toFailure(error);
      });
    const [repository, workflows] = await Promise.all([
      asked(forge.repository(signal)),
      asked(forge.workflows(signal)),
    ]);
    const pushesWith = parseRemote(url).kind === 'command' ? 'key' : tokenKind(token);
    const inJob = environment.GITHUB_ACTIONS === 'true';
    findings.push(...forgeFindings({ name: forge.name, repository, workflows, token: pushesWith, inJob, trigger }));
    const perDay = read.ofDefault.flatMap(({ schedules }) => schedules.map(runsPerDay));
    findings.push(
      ...minutesFindings({
        jobsPerDay: perDay.reduce((sum, count) => sum + count, 0),
        visibility: 'reason' in repository ? null : repository.visibility,
      }),
    );
  }
  return findings;
}

function brokenFindings({ broken }: ReadWorkflows): readonly Finding[] {
  if (broken.length === 0) return [];
  return [
    findingsOf('ci').problem('workflow files cannot be read', {
      items: broken,
      remedy: 'GitHub ignores them: correct them',
    }),
  ];
}
