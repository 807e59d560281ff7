// The rooms over one repository, opened: the mirror, what is remembered and kept, and the way to observe.
import { randomBytes } from 'node:crypto';
import { createLimit } from '../concurrency/limit.ts';
import { Failure } from '../core/failure.ts';
import type { Definition } from '../core/resource.ts';
import type { AgentConfig } from '../definition/agent-config.ts';
import { readDefinition } from '../definition/read-definition.ts';
import { NO_CONFIG, type RepositoryConfig } from '../definition/repository-config.ts';
import type { Vocabulary } from '../definition/vocabulary.ts';
import { usesShell } from '../extract/shell/uses-shell.ts';
import { openForge } from '../forge/open-forge.ts';
import type { ConfiguredCredentials } from '../git/credentials.ts';
import { openRepository } from '../git/open-repository.ts';
import { nextDue } from '../schedule/timing.ts';
import { createResults } from '../state/git-results.ts';
import { createNewestChanges } from '../state/history.ts';
import { KEEPS_NOTHING, type Kept, openKept } from '../state/kept.ts';
import { openMemory } from '../state/memory.ts';
import { createSnapshots } from '../state/snapshot.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import { createWorkTrees, type WorkPlace, type WorkTrees } from '../state/work-trees.ts';
import { createChainDoor } from './chain.ts';
import { createDispatcher } from './dispatch.ts';
import type { DoorOptions, OpenDoors } from './doors.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import type { DefinitionRequest, Outside, Rooms } from './rooms.ts';
import { scrutinise } from './show/scrutinise.ts';
import { thoroughVocabulary, vocabularyFor } from './vocabulary.ts';

export interface RoomOptions extends DoorOptions {
  /** The repository as given, credentials included; null where a command may do without one. */
  readonly url: string | null;
  readonly credentials: ConfiguredCredentials;
  /** For the API of the forge; null where there is none. */
  readonly forgeToken: string | null;
}

/** What works without a repository. */
export function openOutside({ config }: Pick<RoomOptions, 'config'>, doors: OpenDoors): Outside {
  const vocabulary = thorough(config, doors);
  return {
    clock: doors.clock,
    observe: (observed, how, signal) => observe(observed, how, doors, signal),
    readDefinition: (request) => readThoroughly(NO_CONFIG, request, vocabulary, doors),
  };
}

export interface OpenedRooms extends Rooms {
  /** Saved by whoever closes the rooms. */
  readonly kept: Kept;
}

/** Opens the repository and what is remembered of it. Throws the Failures of `openRepository`. */
export async function openRooms(options: RoomOptions, doors: OpenDoors, state: StateDirectory): Promise<OpenedRooms> {
  const { config, log, url, credentials } = options;
  if (url === null) {
    throw new Failure(
      'usage',
      'which repository? Give --repository URL, set SPREAD_CRON_REPOSITORY, or stand in a clone',
    );
  }
  const { clock, processes } = doors;
  const repository = await openRepository({
    url,
    directory: state.mirror,
    http: doors.ownHttp,
    processes,
    log,
    env: options.environment,
    credentials,
    engine: config.engine === 'auto' ? undefined : config.engine,
    maxPushRefs: config.push.maxRefs ?? undefined,
    caFile: config.caFile ?? undefined,
    clock,
  });
  const memory = await openMemory(state.memory, log, () => randomBytes(6).toString('hex'));
  const workTrees = createWorkTrees(repository, state);
  const requests = createLimit(config.limits.requests);
  const shells = createLimit(config.limits.shells);
  const vocabulary = thorough(config, doors);
  const quick = vocabularyFor(config);
  const kept = await openKept(state.kept, { stamp: stampOf(options.version, quick), log });
  const snapshots = createSnapshots(repository, { vocabulary: quick, kept });
  const newestChanges = createNewestChanges(repository, kept);
  const { agentId } = memory;
  const results = createResults({ repository, identity: config.identity, agentId, clock, log, random: Math.random });
  const forge = openForge({
    url: repository.url,
    api: config.forge.api,
    token: options.forgeToken,
    http: doors.ownHttp,
  });
  const dispatcher = createDispatcher({
    repository,
    newestChanges,
    results,
    forge,
    url: repository.url,
    clock,
    log,
    agentId,
    burst: config.runs.burst,
    patience: config.runs.timeout,
  });
  const chained = { ...doors, results: createChainDoor({ repository, snapshots, newestChanges }, results) };
  return {
    repository,
    snapshots,
    thoroughSnapshots: createSnapshots(repository, { vocabulary, kept: KEEPS_NOTHING }),
    newestChanges,
    results,
    forge,
    dispatcher,
    kept,
    state,
    memory,
    clock,
    identity: config.identity,
    tellAfter: config.tellAfter,
    observe(observed, how, signal) {
      const place = how.place ?? (() => placeOf(observed, workTrees));
      return observe(observed, { ...how, place }, chained, signal);
    },
    bounded: (resource, work) => (usesShell(resource.definition) ? shells(work) : requests(work)),
    readDefinition: (request, { configuration }) => readThoroughly(configuration, request, vocabulary, doors),
    scrutinise: (definition, path, signal) => shells(() => scrutinise(definition, path, doors, signal)),
    async nextCheck({ definition, name }, checkedAt) {
      if (definition.timing.kind === 'interval') return null;
      return checkedAt === null ? clock.now() : nextDue({ timing: definition.timing, name, interval: 0 }, checkedAt);
    },
  };
}

/**
 * What definitions are trusted by besides what is written: the machine's defaults, and the program. The built file's name
 * holds a hash of it and of everything that it imports, so that another build never trusts what this one has read.
 */
function stampOf(version: string, { defaults }: Vocabulary): string {
  return JSON.stringify([version, import.meta.url, defaults ?? null]);
}

async function placeOf({ name, source }: Observed, workTrees: WorkTrees): Promise<WorkPlace> {
  if (source === null) throw new Failure('internal', 'a definition that is nowhere cannot run', { name });
  return workTrees.of(name, source);
}

function thorough(config: AgentConfig, doors: OpenDoors): Vocabulary {
  const context = { signal: new AbortController().signal, evaluate: doors.evaluate };
  return thoroughVocabulary(vocabularyFor(config), context);
}

/** Reads a definition file, and scrutinises what can be read. */
async function readThoroughly(
  config: RepositoryConfig,
  { name, path, file, content }: DefinitionRequest,
  vocabulary: Vocabulary,
  doors: OpenDoors,
): Promise<Definition | Failure> {
  const read = await readDefinition({
    name,
    config,
    vocabulary,
    written: { kind: 'file', file, path, bytes: content },
  });
  if (!read.ok) return read.failure;
  return (await scrutinise(read.definition, path, doors, new AbortController().signal)) ?? read.definition;
}
