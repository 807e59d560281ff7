// The verbs that only read: status, history, try, validate. They never wait for a lock and write nothing.
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Resource } from '../../core/resource.ts';
import type { StepReport } from '../../extract/extract.ts';
import { changesOf, type HistoryWithResults } from '../../state/history.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { chainProblem, withResults } from '../chain.ts';
import { lookForReading } from '../look.ts';
import { matchNames } from '../match-names.ts';
import type { Rooms } from '../rooms.ts';
import { ALWAYS } from '../step-context.ts';
import { watchedResource } from '../watched-resource.ts';
import { type Attempt, attempt } from './attempt.ts';
import { type RunStatusTools, runStatus } from './run-status.ts';
import { type StatusLine, statusLines } from './status.ts';

export interface StatusReport {
  readonly lines: readonly StatusLine[];
  /** Branches without a definition: left alone, counted. */
  readonly noDefinition: number;
  /** Null where the remote was looked at just now; else why not: what is shown is the mirror's last state. */
  readonly stale: Failure | null;
  /** What the last rounds met at the remote as a whole. */
  readonly remote: { readonly failing_since: string | null; readonly error: string | null };
}

/** One line for each resource that the names and globs mean; without any, for all. */
export async function showStatus(
  rooms: Rooms,
  runs: RunStatusTools,
  names: readonly string[],
  signal: AbortSignal,
): Promise<StatusReport> {
  const { snapshot, stale } = await lookForReading(rooms, signal);
  const named = names.length === 0 ? null : matchNames(names, snapshot.resources);
  const selected = (name: string) => (named === null ? 'listed' : named.has(name) ? 'named' : null);
  const next = new Map<string, number | null>();
  for (const resource of snapshot.resources) {
    if (resource.state !== 'watched' || resource.definition.timing.kind === 'interval') continue;
    next.set(resource.name, await rooms.nextCheck(resource, rooms.memory.resource(resource.name).checkedAt));
  }
  const failing = rooms.memory.remote.get();
  return {
    lines: statusLines(snapshot, selected, {
      ...rooms,
      nextCheck: ({ name }) => next.get(name) ?? null,
      runsOf: await runStatus(snapshot, rooms, runs),
    }),
    noDefinition: snapshot.resources.filter(({ state }) => state === 'no-definition').length,
    stale,
    remote: {
      failing_since: failing === null ? null : formatInstant(failing.since),
      error: failing?.lastError.message ?? null,
    },
  };
}

/** Changes of one resource with their results, newest first, lazily. */
export async function* showHistory(rooms: Rooms, name: string, signal: AbortSignal): AsyncIterable<HistoryWithResults> {
  const { snapshot } = await lookForReading(rooms, signal);
  const resource = watchedResource(name, snapshot);
  const changes = changesOf(rooms.repository, resource.tip, resource.definition);
  yield* withResults(changes, (commits) => rooms.results.of(snapshot.listing, commits));
}

/** Extracts the value of a resource now and says what a check would do. */
export async function tryResource(
  rooms: Rooms,
  name: string,
  onStep: (report: StepReport) => void,
  signal: AbortSignal,
): Promise<Attempt> {
  const resource = watchedResource(name, (await lookForReading(rooms, signal)).snapshot);
  const newest = rooms.newestChanges.of(resource.branch);
  return attempt(
    resource,
    newest,
    (observed, tell) => rooms.observe(observed, { once: ALWAYS, onStep: tell }, signal),
    onStep,
  );
}

export interface Validated {
  readonly resource: string;
  /** Path of the definition in its tree; null where it is not clear which file it is. */
  readonly file: string | null;
  readonly failure: Failure | null;
}

/** Every definition of the repository, or those that are named, with what is wrong with it. */
export async function validateResources(
  rooms: Rooms,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Validated[]> {
  const { snapshot } = await lookForReading({ ...rooms, snapshots: rooms.thoroughSnapshots }, signal);
  const named = names.length === 0 ? null : matchNames(names, snapshot.resources);
  const chosen = snapshot.resources.filter(({ name, state }) => named?.has(name) ?? state !== 'no-definition');
  return Promise.all(chosen.map((resource) => validateOne(resource, snapshot, rooms, signal)));
}

async function validateOne(
  resource: Resource,
  snapshot: Snapshot,
  rooms: Rooms,
  signal: AbortSignal,
): Promise<Validated> {
  switch (resource.state) {
    case 'no-definition': {
      const failure = new Failure('definition', 'the branch holds no definition', { branch: resource.branch });
      return { resource: resource.name, file: null, failure };
    }
    case 'broken':
      return { resource: resource.name, file: resource.source.path, failure: resource.failure };
    case 'watched':
    case 'not-started': {
      const { path } = resource.source;
      return {
        resource: resource.name,
        file: path,
        failure:
          chainProblem(resource.name, resource.definition, snapshot) ??
          (await rooms.scrutinise(resource.definition, path, signal)),
      };
    }
    default:
      return resource satisfies never;
  }
}
