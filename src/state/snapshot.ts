// The resources of one listing of the repository: which branch or definition is what. Everything is cached by
// immutable oid, so that a look at a repository where nothing moved costs a comparison.
import { Failure } from '../core/failure.ts';
import type { Definition, DefinitionSource, Resource } from '../core/resource.ts';
import type { RefListing, Repository } from '../git/repository.ts';
import { type CentralDefinitions, centralDefinitions, definitionFile, NO_CENTRAL } from './layout.ts';

/** Largest definition file that is read, in bytes. */
export const LARGEST_DEFINITION = 1_000_000;

export interface Snapshot {
  readonly listing: RefListing;
  readonly defaultBranch: { readonly branch: string; readonly commit: string; readonly tree: string } | null;
  /** In the order of their names. */
  readonly resources: readonly Resource[];
  readonly byBranch: ReadonlyMap<string, Resource>;
  /** What `spread-cron.yaml` says for the repository as a whole. */
  readonly configuration: Configuration;
}

/** The part of `spread-cron.yaml` that the state needs; everything else is definition/'s own business. */
export interface Configuration {
  readonly branchPrefix: string;
  /** Why the file cannot be used: every resource fails with it, since it may have had a say in any of them. */
  readonly failure: Failure | null;
  /** Names of the resources that `for_each` makes. */
  readonly generated: Iterable<string>;
}

/** What definition/ offers; `C` is its own form of the configuration. */
export interface DefinitionReader<C extends Configuration> {
  configure(file: Uint8Array | null): Promise<C>;
  /** The definition in a file; `file` null for one that `for_each` makes. */
  read(request: {
    readonly name: string;
    readonly path: string;
    readonly content: Uint8Array | null;
    readonly configuration: C;
  }): Promise<Definition | Failure>;
}

export interface Snapshots {
  /** The same object again where no ref moved. */
  of(listing: RefListing): Promise<Snapshot>;
}

export function createSnapshots<C extends Configuration>(
  repository: Repository,
  reader: DefinitionReader<C>,
): Snapshots {
  let latest: Snapshot | null = null;
  let central: { readonly commit: string; readonly found: CentralDefinitions } = { commit: '', found: NO_CENTRAL };
  let configured: { readonly oid: string | null; readonly configuration: C } | null = null;
  /** Trees of tips, definition files of trees, definitions of blobs; each holds only what the latest snapshot used. */
  let trees = new Map<string, string>();
  let roots = new Map<string, DefinitionSource | Failure | null>();
  let definitions = new Map<string, Definition | Failure>();

  async function configuration(): Promise<C> {
    const oid = central.found.configuration;
    if (configured?.oid === oid) return configured.configuration;
    const file = oid === null ? null : ((await repository.readBlobs([oid], LARGEST_DEFINITION)).get(oid) ?? null);
    configured = { oid, configuration: await reader.configure(file) };
    definitions = new Map();
    return configured.configuration;
  }

  /** The trees of new tips and the definition files at the root of new trees, each in one batch. */
  async function learnRoots(branches: ReadonlyMap<string, string>): Promise<void> {
    const unknown = [...branches.values()].filter((tip) => !trees.has(tip));
    const commits = await repository.readCommits(unknown);
    trees = new Map([...branches.values()].map((tip) => [tip, trees.get(tip) ?? commits.get(tip)?.tree ?? '']));
    const wanted = new Set([...trees.values()]);
    const listed = await repository.listTrees([...wanted].filter((tree) => !roots.has(tree)));
    const before = roots;
    roots = new Map();
    for (const tree of wanted) {
      roots.set(tree, before.get(tree) ?? definitionFile(listed.get(tree) ?? [], '', 'branch'));
    }
  }

  /** Definitions of all sources at once: one batch of blobs, then the reader for those that are new. */
  async function readAll(found: readonly Found[], configuration: C): Promise<Map<string, Definition | Failure>> {
    const sources = found.flatMap((one) =>
      one.source === null || one.source instanceof Failure ? [] : [{ ...one, source: one.source }],
    );
    const unknown = sources.filter((one) => !definitions.has(definitionKey(one)));
    const oids = unknown.map(({ source }) => source.oid).filter((oid) => oid !== '');
    const blobs = await repository.readBlobs([...new Set(oids)], LARGEST_DEFINITION);
    const next = new Map<string, Definition | Failure>();
    for (const one of sources) {
      const { name, source } = one;
      const key = definitionKey(one);
      const content = blobs.get(source.oid) ?? null;
      const tooLarge = source.oid !== '' && content === null;
      next.set(
        name,
        definitions.get(key) ??
          (tooLarge
            ? new Failure('definition', 'the definition file is too large', {
                file: source.path,
                limit: LARGEST_DEFINITION,
              })
            : await reader.read({ name, path: source.path, content, configuration })),
      );
    }
    definitions = new Map(sources.map((one) => [definitionKey(one), next.get(one.name) as Definition | Failure]));
    return next;
  }

  async function take(listing: RefListing): Promise<Snapshot> {
    const base = await baseOf(repository, listing);
    if (base !== null && central.commit !== base.commit) {
      central = { commit: base.commit, found: await centralDefinitions(repository, base.commit) };
    }
    if (base === null) central = { commit: '', found: NO_CENTRAL };
    const configuration_ = await configuration();
    const branches = resourceBranches(listing, configuration_.branchPrefix);
    await learnRoots(branches);
    const found = locate(branches, configuration_, central.found, trees, roots);
    const read = await readAll(found, configuration_);
    const resources = found.map((one) => toResource(one, read.get(one.name), configuration_.failure));
    return {
      listing,
      defaultBranch: base,
      resources,
      byBranch: new Map(resources.map((resource) => [resource.branch, resource])),
      configuration: configuration_,
    };
  }

  return {
    async of(listing) {
      if (latest === null || !sameRefs(latest.listing, listing)) latest = await take(listing);
      return latest;
    },
  };
}

/** A resource before its definition is read; `source` null where there is none. */
interface Found {
  readonly name: string;
  readonly branch: string;
  readonly tip: string | null;
  readonly tree: string;
  readonly source: DefinitionSource | Failure | null;
}

function definitionKey({ name, source }: { readonly name: string; readonly source: DefinitionSource }): string {
  return `${name}\0${source.path}\0${source.oid}`;
}

async function baseOf(repository: Repository, listing: RefListing): Promise<Snapshot['defaultBranch']> {
  const branch = listing.defaultBranch;
  const commit = branch === null ? undefined : listing.branches.get(branch);
  if (branch === null || commit === undefined) return null;
  const tree = (await repository.readCommits([commit])).get(commit)?.tree ?? '';
  return { branch, commit, tree };
}

/** Branches that may be resources, by resource name: all but the default branch, less those without the prefix. */
function resourceBranches(listing: RefListing, prefix: string): Map<string, string> {
  const branches = new Map<string, string>();
  for (const [branch, tip] of listing.branches) {
    if (branch !== listing.defaultBranch && branch.startsWith(prefix)) branches.set(branch.slice(prefix.length), tip);
  }
  return branches;
}

/** Joins branches and central definitions; the root of the branch wins over `branches/<name>/`. */
function locate(
  branches: ReadonlyMap<string, string>,
  configuration: Configuration,
  central: CentralDefinitions,
  trees: ReadonlyMap<string, string>,
  roots: ReadonlyMap<string, DefinitionSource | Failure | null>,
): Found[] {
  const generated = new Map([...configuration.generated].map((name) => [name, central.generatedSource]));
  const names = [...new Set([...branches.keys(), ...central.byName.keys(), ...generated.keys()])].sort();
  return names.map((name) => {
    const tip = branches.get(name) ?? null;
    const tree = tip === null ? '' : (trees.get(tip) ?? '');
    const own = tip === null ? null : withCommit(roots.get(tree) ?? null, tip);
    const source = own ?? central.byName.get(name) ?? generated.get(name) ?? null;
    return { name, branch: `${configuration.branchPrefix}${name}`, tip, tree, source };
  });
}

function withCommit(source: DefinitionSource | Failure | null, commit: string): DefinitionSource | Failure | null {
  return source === null || source instanceof Failure ? source : { ...source, commit };
}

function toResource(found: Found, read: Definition | Failure | undefined, broken: Failure | null): Resource {
  const { name, branch, tip, tree, source } = found;
  if (source === null && tip !== null) return { state: 'no-definition', name, branch, tip };
  const failure = broken ?? (source instanceof Failure ? source : read instanceof Failure ? read : null);
  if (
    failure !== null ||
    source === null ||
    source instanceof Failure ||
    read === undefined ||
    read instanceof Failure
  ) {
    const reason = failure ?? new Failure('internal', 'a resource without a definition', { name });
    return { state: 'broken', name, branch, tip, source: source instanceof Failure ? null : source, failure: reason };
  }
  if (tip === null) return { state: 'not-started', name, branch, tip, source, definition: read };
  return { state: 'watched', name, branch, tip, tree, source, definition: read };
}

function sameRefs(a: RefListing, b: RefListing): boolean {
  if (a.defaultBranch !== b.defaultBranch || a.branches.size !== b.branches.size) return false;
  for (const [branch, oid] of a.branches) if (b.branches.get(branch) !== oid) return false;
  return true;
}
