// The verbs that make and end watches: add-resource, start, remove-resource. What is made is shown before it is pushed.
import { Failure } from '../../core/failure.ts';
import { resourceJsonSchema } from '../../definition/json-schema.ts';
import type { StepReport } from '../../extract/extract.ts';
import type { PushResult } from '../../git/repository.ts';
import type { Base } from '../../state/default-branch.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { withScratchDirectory, writeFileAtomically } from '../../system/files.ts';
import { lookForWriting } from '../look.ts';
import { matchNames } from '../match-names.ts';
import type { Observed } from '../observed.ts';
import type { Rooms } from '../rooms.ts';
import { ALWAYS } from '../step-context.ts';
import { VOCABULARY } from '../vocabulary.ts';
import { addResources, type NewResource } from './add-resource.ts';
import {
  type Prepared,
  type PrepareTools,
  prepareResources,
  prepareStarts,
  type ResourceRequest,
  toNewResource,
} from './prepare.ts';
import { removeResources } from './remove-resource.ts';

/** Checks names and definitions of new resources and extracts their values; nothing is written. */
export async function prepareAdd(
  rooms: Rooms,
  requests: readonly ResourceRequest[],
  signal: AbortSignal,
): Promise<readonly Prepared[]> {
  const snapshot = await lookForWriting(rooms, signal);
  baseOf(snapshot);
  return prepareResources(requests, prepareTools(rooms, snapshot, signal));
}

/** The same for definitions that are on the default branch already; names and globs. */
export async function prepareStart(
  rooms: Rooms,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Prepared[]> {
  const snapshot = await lookForWriting(rooms, signal);
  return prepareStarts(matchNames(names, snapshot.resources), prepareTools(rooms, snapshot, signal));
}

export interface MakeOptions {
  /** Whether CI is to run for the first value. */
  readonly first: 'baseline' | 'due';
  /** `force` also makes resources whose value could not be extracted. */
  readonly force: 'force' | 'refuse';
}

/** Pushes what was prepared; what became of each resource, null where it was made. */
export async function makeResources(
  rooms: Rooms,
  prepared: readonly Prepared[],
  options: MakeOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Failure | null>> {
  const results = new Map<string, Failure | null>();
  const makeable: NewResource[] = [];
  for (const one of prepared) {
    const resource = toNewResource(one, options.force);
    if (resource instanceof Failure) results.set(one.name, resource);
    else makeable.push(resource);
  }
  if (makeable.length === 0) return results;
  const base = baseOf(await lookForWriting(rooms, signal));
  const { repository, identity, clock, memory } = rooms;
  const tools = { repository, identity, agentId: memory.agentId, now: clock.now(), first: options.first, schema };
  for (const [name, result] of await addResources(makeable, base, tools, signal)) {
    results.set(name, pushFailure(result));
  }
  return results;
}

/** The schema as it is shipped. */
function schema(): string {
  return `${JSON.stringify(resourceJsonSchema(VOCABULARY), null, 2)}\n`;
}

/** Ends watches: their branches and their definitions go. The names that were removed. */
export async function endResources(
  rooms: Rooms,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const snapshot = await lookForWriting(rooms, signal);
  const chosen = matchNames(names, snapshot.resources);
  const resources = snapshot.resources.filter(({ name }) => chosen.has(name));
  const { repository, identity, clock } = rooms;
  await removeResources(resources, baseOf(snapshot), { repository, identity, now: clock.now() }, signal);
  return resources.map(({ name }) => name);
}

function prepareTools(rooms: Rooms, snapshot: Snapshot, signal: AbortSignal): PrepareTools {
  return {
    snapshot,
    read: (request) => rooms.readDefinition(request, snapshot),
    now: rooms.clock.now,
    observe: (observed, file, onStep) =>
      file === null
        ? rooms.observe(observed, { once: ALWAYS, onStep }, signal)
        : observeInScratch(rooms, { observed, file, onStep }, signal),
  };
}

/** A definition that is in no branch yet runs in a directory that holds nothing but itself. */
function observeInScratch(
  rooms: Rooms,
  {
    observed,
    file,
    onStep,
  }: {
    readonly observed: Observed;
    readonly file: ResourceRequest['file'];
    readonly onStep: (report: StepReport) => void;
  },
  signal: AbortSignal,
): ReturnType<Rooms['observe']> {
  return withScratchDirectory(rooms.state.workTrees, async (directory) => {
    await writeFileAtomically(`${directory}/${file.name}`, file.content);
    const place = async () => ({ directory, common: directory });
    return rooms.observe(observed, { once: ALWAYS, place, onStep }, signal);
  });
}

function baseOf(snapshot: Snapshot): Base {
  if (snapshot.base !== null) return snapshot.base;
  throw new Failure('refused', 'the repository has no default branch yet: spread-cron init makes what to push first', {
    default_branch: snapshot.listing.defaultBranch,
  });
}

function pushFailure(result: PushResult): Failure | null {
  switch (result.kind) {
    case 'accepted':
      return null;
    case 'refused':
      return new Failure('push-refused', 'the remote refused the branch', { said: result.message });
    case 'stale':
      return new Failure('tip-moved', 'somebody made a branch of this name meanwhile: choose another name');
    default:
      return result satisfies never;
  }
}
