// Reading commits, trees and blobs from the mirror, the same over both engines: batches by id, each id read once.
import { Failure } from '../../core/failure.ts';
import { decodeCommit, decodeTree, EMPTY_TREE } from '../objects.ts';
import { assertOid } from '../oid.ts';
import type { Commit, Repository, TreeEntry } from '../repository.ts';
import type { Engine, StoredObject } from './engine.ts';

export type ObjectReader = Pick<
  Repository,
  'readCommits' | 'firstParents' | 'listFiles' | 'listTree' | 'listTrees' | 'readBlobs'
>;

/** How many commits a walk reads at a time: few at first, because most walks end early. */
const FIRST_BATCH = 8;
const LARGEST_BATCH = 1024;

/** `onDamage` is told of ids that the mirror lacks, before the Failure `mirror-damaged` is thrown. */
export function createObjectReader(engine: Engine, onDamage: (oids: readonly string[]) => Promise<void>): ObjectReader {
  /** Objects that must be there. What is missing is looked for once more with nothing held open from before. */
  const need = async (oids: readonly string[]): Promise<ReadonlyMap<string, StoredObject>> => {
    const distinct = [...new Set(oids.map(assertOid))];
    const found = new Map(await attempt(engine, distinct));
    let missing = distinct.filter((oid) => !found.has(oid));
    if (missing.length > 0) {
      engine.reset();
      for (const [oid, object] of await attempt(engine, missing)) found.set(oid, object);
      missing = missing.filter((oid) => !found.has(oid));
    }
    if (missing.length > 0) {
      await onDamage(missing);
      throw new Failure('mirror-damaged', 'the mirror lacks an object, the next sync fetches it anew', {
        object: missing[0],
        missing: missing.length,
      });
    }
    return found;
  };

  const readCommits = async (oids: readonly string[]): Promise<ReadonlyMap<string, Commit>> => {
    const objects = await need(oids);
    return new Map([...objects].map(([oid, { body }]) => [oid, decodeCommit(oid, body)]));
  };

  /** Commits to their trees; the id of a tree stands for itself. */
  const treesOf = async (treeishes: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const objects = await need(treeishes.filter((oid) => oid !== EMPTY_TREE));
    const trees = [...objects].map(
      ([oid, { type, body }]) => [oid, type === 'commit' ? decodeCommit(oid, body).tree : oid] as const,
    );
    return new Map([...trees, [EMPTY_TREE, EMPTY_TREE]]);
  };

  const readTrees = async (oids: readonly string[]): Promise<ReadonlyMap<string, readonly TreeEntry[]>> => {
    const objects = await need(oids.filter((oid) => oid !== EMPTY_TREE));
    const trees = [...objects].map(([oid, { body }]) => [oid, decodeTree(oid, body)] as const);
    return new Map([...trees, [EMPTY_TREE, []]]);
  };

  const listTrees = async (treeishes: readonly string[]): Promise<ReadonlyMap<string, readonly TreeEntry[]>> => {
    const trees = await treesOf(treeishes);
    const entries = await readTrees([...new Set(treeishes.map((treeish) => trees.get(treeish) ?? treeish))]);
    return new Map(treeishes.map((treeish) => [treeish, entries.get(trees.get(treeish) ?? treeish) ?? []]));
  };

  const listTree = async (treeish: string) => (await listTrees([treeish])).get(treeish) ?? [];

  return {
    readCommits,
    listTrees,
    listTree,

    async *firstParents(tip) {
      let size = FIRST_BATCH;
      const pending: string[] = [];
      const take = async () => {
        const batch = pending.splice(0, size);
        size = Math.min(size * 4, LARGEST_BATCH);
        const commits = await readCommits(batch);
        return batch.flatMap((oid) => commits.get(oid) ?? []);
      };
      // Most often the newest commit is all that is wanted: it costs no walk.
      const first = (await readCommits([tip])).get(tip);
      if (first === undefined) return;
      yield first;
      const [parent] = first.parents;
      if (parent === undefined) return;
      for await (const oids of engine.walk(parent)) {
        pending.push(...oids);
        while (pending.length >= size) yield* await take();
      }
      while (pending.length > 0) yield* await take();
    },

    async listFiles(treeish, path = '') {
      let level = [{ prefix: '', entries: await listTree(treeish) }];
      const segments = path.split('/').filter((segment) => segment !== '');
      for (const segment of segments) {
        const entry = level[0]?.entries.find((candidate) => candidate.path === segment && candidate.mode === '040000');
        if (entry === undefined) return [];
        const entries = (await readTrees([entry.oid])).get(entry.oid) ?? [];
        level = [{ prefix: `${level[0]?.prefix ?? ''}${segment}/`, entries }];
      }
      const files: TreeEntry[] = [];
      while (level.length > 0) {
        const below: { readonly prefix: string; readonly oid: string }[] = [];
        for (const { prefix, entries } of level)
          for (const entry of entries)
            if (entry.mode === '040000') below.push({ prefix: `${prefix}${entry.path}/`, oid: entry.oid });
            else files.push({ ...entry, path: prefix + entry.path });
        const trees = await readTrees(below.map(({ oid }) => oid));
        level = below.map(({ prefix, oid }) => ({ prefix, entries: trees.get(oid) ?? [] }));
      }
      return files;
    },

    async readBlobs(oids, maxSize) {
      const distinct = [...new Set(oids.map(assertOid))];
      const sizes = await engine.readSizes(distinct);
      // One whose size is not known is asked for all the same, so that its absence is told.
      const small = distinct.filter((oid) => (sizes.get(oid) ?? 0) <= maxSize);
      const objects = await need(small);
      return new Map([...objects].map(([oid, { body }]) => [oid, body]));
    },
  };
}

/** What the engine can give; git may end altogether at an object that it cannot read, then that batch gives nothing. */
async function attempt(engine: Engine, oids: readonly string[]): Promise<ReadonlyMap<string, StoredObject>> {
  try {
    return await engine.readObjects(oids);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'mirror-damaged') return new Map();
    throw error;
  }
}
