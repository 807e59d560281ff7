// What the verbs of the program work with, wired by app.ts: the repository with its memory, and the way to observe.

import type { Failure } from '../core/failure.ts';
import type { Observation } from '../core/observation.ts';
import type { Definition, Watched } from '../core/resource.ts';
import type { DefinitionFile } from '../definition/find-definition.ts';
import type { Forge } from '../forge/forge.ts';
import type { Identity } from '../git/repository.ts';
import type { Memory } from '../state/memory.ts';
import type { Results } from '../state/results.ts';
import type { Snapshot, Snapshots } from '../state/snapshot.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import type { Clock } from '../system/clock.ts';
import type { Dispatcher } from './dispatch.ts';
import type { LookTools } from './look.ts';
import type { ObserveOptions } from './observe.ts';
import type { Observed } from './observed.ts';

/** What works without a repository. */
export interface Outside {
  readonly clock: Clock;
  observe(observed: Observed, options: ObserveOptions, signal: AbortSignal): Promise<Observation>;
  /** Reads a definition file that stands alone, outside the repository. */
  readDefinition(request: DefinitionRequest): Promise<Definition | Failure>;
}

export interface Rooms extends LookTools {
  readonly state: StateDirectory;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly identity: Identity;
  /** Results of runs, in git. */
  readonly results: Results;
  /** The forge that hosts the repository; null where none is known. */
  readonly forge: Forge | null;
  readonly dispatcher: Dispatcher;
  readonly tellAfter: number;
  /** Observes in the work tree of the definition's source, or where `place` says. */
  observe(
    observed: Observed,
    options: Omit<ObserveOptions, 'place'> & Partial<Pick<ObserveOptions, 'place'>>,
    signal: AbortSignal,
  ): Promise<Observation>;
  /** Runs an extraction when there is room for its kind (requests, shells). */
  bounded(resource: Watched, work: () => Promise<void>): Promise<void>;
  /** Reads a definition as it would be read from the repository of this snapshot. */
  readDefinition(request: DefinitionRequest, snapshot: Snapshot): Promise<Definition | Failure>;
  /** Like `snapshots`, with everything checked that can be checked without running it. */
  readonly thoroughSnapshots: Snapshots;
  /** What else can be told against a definition that could be read; bounded like shell evaluations. */
  scrutinise(definition: Definition, path: string, signal: AbortSignal): Promise<Failure | null>;
  /** The next instant at which a resource is due, milliseconds since the epoch; null where only the interval decides. */
  nextCheck(resource: Watched, checkedAt: number | null): Promise<number | null>;
}

export interface DefinitionRequest {
  readonly name: string;
  /** For messages, such as `branches/core-beta/resource.yaml`. */
  readonly path: string;
  readonly file: DefinitionFile;
  readonly content: Uint8Array;
}
