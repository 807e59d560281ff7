// The definitions of the resources of one listing: read once for each name, place and blob, then remembered, also by the
// next process. Broken ones are read again by each process, so that their problems keep their places in the file.
import { Failure } from '../core/failure.ts';
import type { Definition } from '../core/resource.ts';
import type { FoundDefinition } from '../definition/find-definition.ts';
import { readDefinition } from '../definition/read-definition.ts';
import type { RepositoryConfig } from '../definition/repository-config.ts';
import type { Vocabulary } from '../definition/vocabulary.ts';
import type { Repository } from '../git/repository.ts';
import type { Kept } from './kept.ts';

/** Largest definition file that is read, in bytes. */
export const LARGEST_DEFINITION = 1_000_000;

/** A resource whose definition is found but not read. */
export interface Defined {
  readonly name: string;
  readonly found: FoundDefinition;
}

/** What `spread-cron.yaml` says; `oid` is the blob's, null where there is none. */
export interface Configured {
  readonly oid: string | null;
  readonly configuration: RepositoryConfig;
}

export interface DefinitionCache {
  /** Reads what is not known yet in one batch, and forgets what is not asked for. The answers by name. */
  read(defined: readonly Defined[], configured: Configured): Promise<ReadonlyMap<string, Definition | Failure>>;
}

interface KeptDefinitions {
  /** Oid of the configuration that all of them are settled by. */
  readonly configuration: string | null;
  readonly definitions: readonly (readonly [key: string, definition: Definition])[];
}

export function createDefinitionCache(
  repository: Repository,
  { vocabulary, kept }: { readonly vocabulary: Vocabulary; readonly kept: Kept },
): DefinitionCache {
  const { found: before, changed } = kept.shelf('definitions', (): KeptDefinitions => {
    const trusted = [...known].flatMap(([key, read]) =>
      !(read instanceof Failure) && isToldByJson(read) ? [[key, read] as const] : [],
    );
    return { configuration: knownFor, definitions: trusted };
  });
  let knownFor = before?.configuration ?? null;
  let known: ReadonlyMap<string, Definition | Failure> = new Map(before?.definitions);

  async function readOne(
    { name, found }: Defined,
    config: RepositoryConfig,
    blobs: ReadonlyMap<string, Uint8Array>,
  ): Promise<Definition | Failure> {
    if (found.kind === 'broken') return found.failure;
    const input = { name, config, vocabulary };
    if (found.kind === 'expanded') return outcome(await readDefinition({ ...input, written: { kind: 'expanded' } }));
    const bytes = blobs.get(found.oid);
    if (bytes === undefined) return tooLarge(found.path);
    const { file, path } = found;
    return outcome(await readDefinition({ ...input, written: { kind: 'file', file, path, bytes } }));
  }

  return {
    async read(defined, { oid, configuration }) {
      const usable = oid === knownFor ? known : new Map<string, Definition | Failure>();
      const unknown = defined.filter((one) => !usable.has(cacheKey(one)));
      const oids = unknown.flatMap(({ found }) => (found.kind === 'file' ? [found.oid] : []));
      const blobs = await repository.readBlobs([...new Set(oids)], LARGEST_DEFINITION);
      const next = new Map<string, Definition | Failure>();
      const answers = new Map<string, Definition | Failure>();
      for (const one of defined) {
        const key = cacheKey(one);
        const read = usable.get(key) ?? (await readOne(one, configuration, blobs));
        next.set(key, read);
        answers.set(one.name, read);
        if (!(read instanceof Failure) && !usable.has(key)) changed();
      }
      known = next;
      knownFor = oid;
      return answers;
    },
  };
}

/** Definitions depend on the name, the place and the blob; on the configuration too, but another one clears them all. */
function cacheKey({ name, found }: Defined): string {
  return `${name}\0${found.path}\0${found.kind === 'file' ? found.oid : ''}`;
}

function outcome(read: Awaited<ReturnType<typeof readDefinition>>): Definition | Failure {
  return read.ok ? read.definition : read.failure;
}

function tooLarge(path: string): Failure {
  return new Failure('definition', 'the file is too large to be a definition', {
    file: path,
    limit: LARGEST_DEFINITION,
  });
}

/** True for data that comes back from JSON as it was; options of steps are what their schemas make of them. */
function isToldByJson(data: unknown): boolean {
  switch (typeof data) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(data) && !Object.is(data, -0);
    case 'object':
      if (data === null) return true;
      if (Array.isArray(data)) return data.every((item) => item !== undefined && isToldByJson(item));
      return isPlain(data) && Object.values(data).every(isToldByJson);
    default:
      return false;
  }
}

function isPlain(data: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || prototype === Object.prototype;
}
