// What an observation is about.
import type { Definition, DefinitionSource } from '../core/resource.ts';

/** What is observed: a resource of the repository, or one that is about to be made. */
export interface Observed {
  readonly name: string;
  readonly definition: Definition;
  /** Null for a definition that is in no branch yet. */
  readonly source: DefinitionSource | null;
}
