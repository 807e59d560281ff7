// An entry of the catalogue: a resource, or a family of them, that is made of a few parameters.
import type { WrittenMap } from '../definition/layers.ts';
import type { Given, Parameter } from './parameter.ts';
import type { Answer } from './written-entry.ts';

export interface Entry {
  readonly name: string;
  /** What is watched, in one line. */
  readonly summary: string;
  readonly description: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Template of the name of the resource. */
  readonly resourceName: string;
  /** Template of a `resource.yaml`. */
  readonly definition: WrittenMap;
  readonly examples: readonly Example[];
}

export interface Example {
  readonly set: ReadonlyMap<string, Given>;
  /** When it is, in milliseconds since the epoch; null: it does not matter. */
  readonly now: number | null;
  readonly value: string;
  readonly answers: readonly Answer[];
}
