// What the default branch says about all resources: definitions of the central layout, and `spread-cron.yaml`. Read again
// only where its tip moved, also by the next process.
import { CONFIG_FILE, NO_CONFIG, parseRepositoryConfig } from '../definition/repository-config.ts';
import type { RefListing, Repository, TreeEntry } from '../git/repository.ts';
import { type Configured, LARGEST_DEFINITION } from './definition-cache.ts';
import type { Kept } from './kept.ts';
import { centralDefinitions } from './layout.ts';

/** The default branch at one look. */
export interface Base {
  readonly branch: string;
  readonly commit: string;
  readonly tree: string;
}

export interface DefaultBranch {
  /** Null in a repository without a default branch. */
  readonly base: Base | null;
  /** Entries that could be definition files, with their paths from the root, by resource name. */
  readonly directories: ReadonlyMap<string, readonly TreeEntry[]>;
  readonly configured: Configured;
}

export interface DefaultBranches {
  of(listing: RefListing): Promise<DefaultBranch>;
}

/** What is read of one commit. */
interface CommitContents {
  readonly commit: string;
  readonly tree: string;
  readonly directories: readonly (readonly [name: string, entries: readonly TreeEntry[]])[];
  /** The blob of `spread-cron.yaml`; its bytes in base64, null where they are too many. */
  readonly file: { readonly oid: string; readonly base64: string | null } | null;
}

const NONE: DefaultBranch = {
  base: null,
  directories: new Map(),
  configured: { oid: null, configuration: NO_CONFIG },
};

export function createDefaultBranches(repository: Repository, kept: Kept): DefaultBranches {
  const { found, changed } = kept.shelf('default branch', (): CommitContents | null => contents);
  let contents: CommitContents | null = found;
  let latest: DefaultBranch = NONE;
  return {
    async of({ defaultBranch: branch, branches }) {
      const commit = branch === null ? undefined : branches.get(branch);
      if (branch === null || commit === undefined) return NONE;
      if (latest.base?.commit === commit && latest.base.branch === branch) return latest;
      if (contents?.commit !== commit) {
        contents = await readContents(repository, commit);
        changed();
      }
      const { tree, directories, file } = contents;
      const before = latest.configured;
      const configured = before.oid === (file?.oid ?? null) ? before : await configuredBy(file);
      latest = { base: { branch, commit, tree }, directories: new Map(directories), configured };
      return latest;
    },
  };
}

async function readContents(repository: Repository, commit: string): Promise<CommitContents> {
  const tree = (await repository.readCommits([commit])).get(commit)?.tree ?? '';
  const { directories, configuration: oid } = await centralDefinitions(repository, commit);
  if (oid === null) return { commit, tree, directories: [...directories], file: null };
  const bytes = (await repository.readBlobs([oid], LARGEST_DEFINITION)).get(oid);
  const base64 = bytes === undefined ? null : Buffer.from(bytes).toString('base64');
  return { commit, tree, directories: [...directories], file: { oid, base64 } };
}

/** A file that is too large to be read is a mistake of every resource, as any other that leaves nothing to rely on. */
async function configuredBy(file: CommitContents['file']): Promise<Configured> {
  if (file === null) return NONE.configured;
  const { oid, base64 } = file;
  if (base64 !== null) return { oid, configuration: await parseRepositoryConfig(Buffer.from(base64, 'base64')) };
  const problem = { file: CONFIG_FILE, line: null, column: null, path: '', message: 'the file is too large' };
  return { oid, configuration: { ...NO_CONFIG, problems: [problem], fatal: [problem] } };
}
