// What the two engines differ in: getting objects into the mirror and out of it. Everything else is shared.
import type { NewObject } from '../repository.ts';

/** An object as the mirror has it. */
export interface StoredObject {
  readonly type: NewObject['type'] | 'tag';
  readonly body: Uint8Array;
}

/** Packs that are joined: as many as git itself finds too many (gc.autoPackLimit). */
export const MANY_PACKS = 50;

export interface Engine {
  readonly name: 'git' | 'isomorphic-git';
  /**
   * Brings everything that the wanted objects need into the mirror at `directory`. `known` are refs whose objects are
   * there. Throws Failures: `remote-unreachable`, `authentication-failed`, `not-found`, `tip-moved`, `mirror-damaged`.
   */
  fetch(directory: string, wanted: readonly string[], known: readonly string[], signal: AbortSignal): Promise<void>;
  /** Objects by id, in one batch; an id that is not there, or cannot be read, is missing from the answer. */
  readObjects(oids: readonly string[]): Promise<ReadonlyMap<string, StoredObject>>;
  /** Sizes in bytes, in one batch; an id that is not there is missing from the answer. */
  readSizes(oids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Ids of the commits along first parents, newest first, in batches that may grow; stops working when left early. */
  walk(tip: string): AsyncIterable<readonly string[]>;
  /** Joins packs where there are many. Only for the holder of the mirror's lock. */
  tidy(signal: AbortSignal): Promise<void>;
  /** Forgets what it holds open of the mirror, because that was replaced. */
  reset(): void;
  close(): Promise<void>;
}
