// The resources of one listing of the repository: which branch or definition is what. Everything is cached by
// immutable oid, so that a look at a repository where nothing moved costs a comparison.
import { Failure } from '../core/failure.ts';
import type { Definition, Resource } from '../core/resource.ts';
import { type FoundDefinition, findDefinition } from '../definition/find-definition.ts';
import { readDefinition } from '../definition/read-definition.ts';
import {
  CONFIG_FILE,
  NO_CONFIG,
  parseRepositoryConfig,
  type RepositoryConfig,
} from '../definition/repository-config.ts';
import type { Vocabulary } from '../definition/vocabulary.ts';
import type { RefListing, Repository, TreeEntry } from '../git/repository.ts';
import { type CentralDefinitions, centralDefinitions, definitionEntries, NO_CENTRAL } from './layout.ts';

/** Largest definition file that is read, in bytes. */
const LARGEST_DEFINITION = 1_000_000;

/** The default branch at one look; null in a repository without one. */
export interface Base {
  readonly branch: string;
  readonly commit: string;
  readonly tree: string;
}

export interface Snapshot {
  readonly listing: RefListing;
  readonly base: Base | null;
  /** In the order of their names. */
  readonly resources: readonly Resource[];
  readonly byBranch: ReadonlyMap<string, Resource>;
  /** What `spread-cron.yaml` says. */
  readonly configuration: RepositoryConfig;
}

export interface Snapshots {
  /** The same object again where no ref moved. */
  of(listing: RefListing): Promise<Snapshot>;
}

export function createSnapshots(repository: Repository, vocabulary: Vocabulary): Snapshots {
  let latest: Snapshot | null = null;
  let central: { readonly commit: string | null; readonly found: CentralDefinitions } = {
    commit: null,
    found: NO_CENTRAL,
  };
  let configured: { readonly oid: string | null; readonly configuration: RepositoryConfig } = {
    oid: null,
    configuration: NO_CONFIG,
  };
  // trees of tips, definition entries of trees, definitions of blobs; each holds only what the latest snapshot used
  let trees: ReadonlyMap<string, string> = new Map();
  let roots: ReadonlyMap<string, readonly TreeEntry[]> = new Map();
  let definitions: ReadonlyMap<string, Definition | Failure> = new Map();

  async function readCentral(base: Base | null): Promise<void> {
    if (central.commit === (base?.commit ?? null)) return;
    const found = base === null ? NO_CENTRAL : await centralDefinitions(repository, base.commit);
    central = { commit: base?.commit ?? null, found };
    const oid = found.configuration;
    if (configured.oid === oid) return;
    configured = { oid, configuration: oid === null ? NO_CONFIG : await readConfiguration(repository, oid) };
    definitions = new Map();
  }

  /** The trees of new tips and the definition files at the root of new trees, each in one batch. */
  async function readRoots(tips: readonly string[]): Promise<void> {
    const commits = await repository.readCommits(tips.filter((tip) => !trees.has(tip)));
    trees = new Map(tips.map((tip) => [tip, trees.get(tip) ?? commits.get(tip)?.tree ?? '']));
    const wanted = [...new Set(trees.values())];
    const listed = await repository.listTrees(wanted.filter((tree) => !roots.has(tree)));
    roots = new Map(wanted.map((tree) => [tree, roots.get(tree) ?? definitionEntries(listed.get(tree) ?? [])]));
  }

  /** Definitions of all resources: one batch of blobs, then those that are new are read. */
  async function readDefinitions(located: readonly Located[]): Promise<void> {
    const unknown = located.filter((one) => one.found !== null && !definitions.has(cacheKey(one)));
    const oids = unknown.flatMap(({ found }) => (found?.kind === 'file' ? [found.oid] : []));
    const blobs = await repository.readBlobs([...new Set(oids)], LARGEST_DEFINITION);
    const next = new Map<string, Definition | Failure>();
    for (const one of located) {
      if (one.found === null) continue;
      const key = cacheKey(one);
      next.set(key, definitions.get(key) ?? (await readOne(one.name, one.found, blobs)));
    }
    definitions = next;
  }

  async function readOne(
    name: string,
    found: FoundDefinition,
    blobs: ReadonlyMap<string, Uint8Array>,
  ): Promise<Definition | Failure> {
    if (found.kind === 'broken') return found.failure;
    const input = { name, config: configured.configuration, vocabulary };
    if (found.kind === 'expanded') return outcome(await readDefinition({ ...input, written: { kind: 'expanded' } }));
    const bytes = blobs.get(found.oid);
    if (bytes === undefined) return tooLarge(found.path);
    const { file, path } = found;
    return outcome(await readDefinition({ ...input, written: { kind: 'file', file, path, bytes } }));
  }

  async function take(listing: RefListing): Promise<Snapshot> {
    const base = await baseOf(repository, listing);
    await readCentral(base);
    const { configuration } = configured;
    const branches = resourceBranches(listing, configuration.branchPrefix);
    await readRoots([...branches.values()]);
    const names = [...branches.keys(), ...central.found.directories.keys(), ...configuration.expanded.keys()];
    const located = [...new Set(names)].sort().map((name): Located => {
      const tip = branches.get(name) ?? null;
      const tree = tip === null ? null : (trees.get(tip) ?? null);
      const found = findDefinition({
        branchRoot: tree === null ? [] : (roots.get(tree) ?? []),
        central: central.found.directories.get(name) ?? [],
        expanded: configuration.expanded.has(name),
      });
      return { name, branch: `${configuration.branchPrefix}${name}`, tip, tree, found };
    });
    await readDefinitions(located);
    const resources = located.map((one) => toResource(one, definitions.get(cacheKey(one)), base));
    const byBranch = new Map(resources.map((resource) => [resource.branch, resource]));
    return { listing, base, resources, byBranch, configuration };
  }

  return {
    async of(listing) {
      if (latest === null || !sameBranches(latest.listing, listing)) latest = await take(listing);
      return latest;
    },
  };
}

/** A resource before its definition is read; `found` null where it has none. */
interface Located {
  readonly name: string;
  readonly branch: string;
  readonly tip: string | null;
  readonly tree: string | null;
  readonly found: FoundDefinition | null;
}

/** Definitions depend on the name, the place and the blob; on the configuration too, but that clears them all. */
function cacheKey({ name, found }: Located): string {
  return `${name}\0${found?.path}\0${found?.kind === 'file' ? found.oid : ''}`;
}

function outcome(read: Awaited<ReturnType<typeof readDefinition>>): Definition | Failure {
  return read.ok ? read.definition : read.failure;
}

/** A file that is too large to be read is a mistake of every resource, as any other that leaves nothing to rely on. */
async function readConfiguration(repository: Repository, oid: string): Promise<RepositoryConfig> {
  const bytes = (await repository.readBlobs([oid], LARGEST_DEFINITION)).get(oid);
  if (bytes !== undefined) return parseRepositoryConfig(bytes);
  const problem = { file: CONFIG_FILE, line: null, column: null, path: '', message: 'the file is too large' };
  return { ...NO_CONFIG, problems: [problem], fatal: [problem] };
}

function tooLarge(path: string): Failure {
  return new Failure('definition', 'the file is too large to be a definition', {
    file: path,
    limit: LARGEST_DEFINITION,
  });
}

async function baseOf(repository: Repository, listing: RefListing): Promise<Base | null> {
  const branch = listing.defaultBranch;
  const commit = branch === null ? undefined : listing.branches.get(branch);
  if (branch === null || commit === undefined) return null;
  const tree = (await repository.readCommits([commit])).get(commit)?.tree ?? '';
  return { branch, commit, tree };
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
  if (a.defaultBranch !== b.defaultBranch || a.branches.size !== b.branches.size) return false;
  for (const [branch, oid] of a.branches) if (b.branches.get(branch) !== oid) return false;
  return true;
}
