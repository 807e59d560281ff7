// The resources of one listing of the repository: which branch or definition is what. Everything is cached by
// immutable oid, so that a look at a repository where nothing moved costs a comparison.
import { Failure } from '../core/failure.ts';
import type { Definition, Resource, Watched } from '../core/resource.ts';
import { type FoundDefinition, findDefinition } from '../definition/find-definition.ts';
import type { RepositoryConfig } from '../definition/repository-config.ts';
import type { Vocabulary } from '../definition/vocabulary.ts';
import type { RefListing, Repository, TreeEntry } from '../git/repository.ts';
import { type Base, createDefaultBranches } from './default-branch.ts';
import { createDefinitionCache } from './definition-cache.ts';
import type { Kept } from './kept.ts';
import { definitionEntries } from './layout.ts';

export interface Snapshot {
  readonly listing: RefListing;
  /** The default branch; null in a repository without one. */
  readonly base: Base | null;
  /** In the order of their names. */
  readonly resources: readonly Resource[];
  readonly byBranch: ReadonlyMap<string, Resource>;
  /** What `spread-cron.yaml` says. */
  readonly configuration: RepositoryConfig;
}

/** The resources that have a branch and a definition that can be used. */
export function watchedIn({ resources }: Pick<Snapshot, 'resources'>): readonly Watched[] {
  return resources.filter((resource) => resource.state === 'watched');
}

export interface Snapshots {
  /** The same object again where no ref moved; the same resources again where no branch did. */
  of(listing: RefListing): Promise<Snapshot>;
}

export function createSnapshots(
  repository: Repository,
  { vocabulary, kept }: { readonly vocabulary: Vocabulary; readonly kept: Kept },
): Snapshots {
  let latest: Snapshot | null = null;
  const defaultBranches = createDefaultBranches(repository, kept);
  const definitions = createDefinitionCache(repository, { vocabulary, kept });
  const { found, changed } = kept.shelf('trees', (): KeptTrees => ({ trees: [...trees], roots: [...roots] }));
  // trees of tips, definition entries of trees; each holds only what the latest snapshot used
  let trees: ReadonlyMap<string, string> = new Map(found?.trees);
  let roots: ReadonlyMap<string, readonly TreeEntry[]> = new Map(found?.roots);

  /** The trees of new tips and the definition files at the root of new trees, each in one batch. */
  async function readRoots(tips: readonly string[]): Promise<void> {
    const moved = tips.filter((tip) => !trees.has(tip));
    if (moved.length > 0) changed();
    const commits = await repository.readCommits(moved);
    trees = new Map(tips.map((tip) => [tip, trees.get(tip) ?? commits.get(tip)?.tree ?? '']));
    const wanted = [...new Set(trees.values())];
    const listed = await repository.listTrees(wanted.filter((tree) => !roots.has(tree)));
    roots = new Map(wanted.map((tree) => [tree, roots.get(tree) ?? definitionEntries(listed.get(tree) ?? [])]));
  }

  async function take(listing: RefListing): Promise<Snapshot> {
    const { base, directories, configured } = await defaultBranches.of(listing);
    const { configuration } = configured;
    const branches = resourceBranches(listing, configuration.branchPrefix);
    await readRoots([...branches.values()]);
    const names = [...branches.keys(), ...directories.keys(), ...configuration.expanded.keys()];
    const located = [...new Set(names)].sort().map((name): Located => {
      const tip = branches.get(name) ?? null;
      const tree = tip === null ? null : (trees.get(tip) ?? null);
      const definition = findDefinition({
        branchRoot: tree === null ? [] : (roots.get(tree) ?? []),
        central: directories.get(name) ?? [],
        expanded: configuration.expanded.has(name),
      });
      return { name, branch: `${configuration.branchPrefix}${name}`, tip, tree, found: definition };
    });
    const defined = located.flatMap(({ name, found }) => (found === null ? [] : [{ name, found }]));
    const read = await definitions.read(defined, configured);
    const resources = located.map((one) => toResource(one, read.get(one.name), base));
    const byBranch = new Map(resources.map((resource) => [resource.branch, resource]));
    return { listing, base, resources, byBranch, configuration };
  }

  return {
    async of(listing) {
      if (latest === null || !sameBranches(latest.listing, listing)) latest = await take(listing);
      else if (!sameRefs(latest.listing.own, listing.own)) latest = { ...latest, listing };
      return latest;
    },
  };
}

interface KeptTrees {
  readonly trees: readonly (readonly [tip: string, tree: string])[];
  readonly roots: readonly (readonly [tree: string, entries: readonly TreeEntry[]])[];
}

/** A resource before its definition is read; `found` null where it has none. */
interface Located {
  readonly name: string;
  readonly branch: string;
  readonly tip: string | null;
  readonly tree: string | null;
  readonly found: FoundDefinition | null;
}

/** Tips of branches that may be resources, by resource name: all but the default branch, less those without the prefix. */
function resourceBranches(listing: RefListing, prefix: string): ReadonlyMap<string, string> {
  const branches = new Map<string, string>();
  for (const [branch, tip] of listing.branches) {
    if (branch !== listing.defaultBranch && branch.startsWith(prefix)) branches.set(branch.slice(prefix.length), tip);
  }
  return branches;
}

function toResource(located: Located, read: Definition | Failure | undefined, base: Base | null): Resource {
  const { name, branch, tip, tree, found } = located;
  if (found === null || read === undefined) return { state: 'no-definition', name, branch, tip: tip ?? '' };
  const own = found.layout === 'branch';
  const commit = (own ? tip : base?.commit) ?? '';
  const oid = found.kind === 'expanded' ? '' : (found.oid ?? '');
  const source = { layout: found.layout, path: found.path, oid, commit, tree: (own ? tree : base?.tree) ?? '' };
  if (read instanceof Failure) return { state: 'broken', name, branch, tip, source, failure: read };
  if (tip === null || tree === null) return { state: 'not-started', name, branch, tip: null, source, definition: read };
  return { state: 'watched', name, branch, tip, tree, source, definition: read };
}

function sameBranches(a: RefListing, b: RefListing): boolean {
  return a.defaultBranch === b.defaultBranch && sameRefs(a.branches, b.branches);
}

function sameRefs(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [ref, oid] of a) if (b.get(ref) !== oid) return false;
  return true;
}
