// The workflows of the default branch and of the branches of resources: read, and brought up to date.
import { formatCommitMessage } from '../core/change-commit.ts';
import { someBegin, type Workflow } from '../core/workflow.ts';
import { parseWorkflow } from '../definition/workflow-file.ts';
import { editTree } from '../git/edit-tree.ts';
import { encodeCommit } from '../git/objects.ts';
import type { Identity, NewObject, PushResult, RefUpdate, Repository } from '../git/repository.ts';
import { type Snapshot, watchedIn } from '../state/snapshot.ts';
import type { BranchWorkflows } from './checks/trigger.ts';

const DIRECTORY = '.github/workflows';
/** Largest workflow that is read, in bytes. */
const LARGEST = 1_000_000;

export interface ReadWorkflows {
  readonly ofDefault: readonly Workflow[];
  readonly branches: readonly BranchWorkflows[];
  /** Paths of workflow files that are no YAML, with what is wrong. */
  readonly broken: readonly string[];
}

/** Oids of workflow files by path. */
type Files = ReadonlyMap<string, string>;

/** Of all resources that have a branch. */
export async function readWorkflows(snapshot: Snapshot, repository: Repository): Promise<ReadWorkflows> {
  const filesAt = workflowFiles(repository);
  const ofDefault = snapshot.base === null ? new Map<string, string>() : await filesAt(snapshot.base.tree);
  const files = new Map<string, Files>();
  for (const { branch, tree } of watchedIn(snapshot)) files.set(branch, await filesAt(tree));
  const { parsed, broken } = await parseAll([ofDefault, ...files.values()], repository);
  const workflowsOf = (some: Files) => [...some].flatMap(([path, oid]) => parsed.get(`${path} ${oid}`) ?? []);
  return {
    ofDefault: workflowsOf(ofDefault),
    branches: [...files].map(([branch, own]) => ({
      branch,
      workflows: workflowsOf(own),
      sameAsDefault: areSame(own, ofDefault),
    })),
    broken,
  };
}

/** What became of branches whose workflows differed. */
export interface UpdatedWorkflows {
  readonly pushed: ReadonlyMap<string, PushResult>;
  /** Branches that stay as they are: with the workflows of the default branch nothing would carry out their changes. */
  readonly leftAlone: readonly string[];
}

/** Gives branches whose workflows differ those of the default branch, in one push of commits that CI skips. */
export async function updateWorkflows(
  snapshot: Snapshot,
  tools: { readonly repository: Repository; readonly identity: Identity; readonly now: number },
  signal: AbortSignal,
): Promise<UpdatedWorkflows> {
  const { repository, identity, now } = tools;
  const filesAt = workflowFiles(repository);
  if (snapshot.base === null) return { pushed: new Map(), leftAlone: [] };
  const ofDefault = await filesAt(snapshot.base.tree);
  const workflows = [...(await parseAll([ofDefault], repository)).parsed.values()];
  const serves = (branch: string) =>
    snapshot.configuration.trigger.kind === 'push' ? someBegin(workflows, branch) : workflows.length > 0;
  const leftAlone: string[] = [];
  const updates: RefUpdate[] = [];
  const objects: NewObject[] = [];
  for (const { branch, tip, tree } of watchedIn(snapshot)) {
    const own = await filesAt(tree);
    if (areSame(own, ofDefault)) continue;
    if (!serves(branch)) {
      leftAlone.push(branch);
      continue;
    }
    const removed = [...own.keys()].filter((path) => !ofDefault.has(path));
    const edits = new Map<string, string | null>([...removed.map((path) => [path, null] as const), ...ofDefault]);
    const edited = await editTree(repository, tree, edits);
    const message = formatCommitMessage({ subject: 'Bring the workflows up to date', skipCi: true });
    const commit = encodeCommit({ tree: edited.tree, parents: [tip], identity, authoredAt: now, message });
    updates.push({ ref: `refs/heads/${branch}`, expected: tip, next: commit.oid });
    objects.push(...edited.objects, commit);
  }
  if (updates.length === 0) return { pushed: new Map(), leftAlone };
  const results = await repository.push(updates, objects, signal);
  const pushed = new Map([...results].map(([ref, result]) => [ref.slice('refs/heads/'.length), result]));
  return { pushed, leftAlone };
}

/** Many branches have the same tree. */
function workflowFiles(repository: Repository): (tree: string) => Promise<Files> {
  const known = new Map<string, Promise<Files>>();
  const read = async (tree: string): Promise<Files> => {
    const entries = await repository.listFiles(tree, DIRECTORY);
    return new Map(
      entries
        .filter(({ path }) => /^[^/]+\.ya?ml$/.test(path.slice(DIRECTORY.length + 1)))
        .map(({ path, oid }) => [path, oid]),
    );
  };
  return (tree) => {
    const found = known.get(tree) ?? read(tree);
    known.set(tree, found);
    return found;
  };
}

async function parseAll(all: readonly Files[], repository: Repository) {
  const wanted = new Map(all.flatMap((files) => [...files].map(([path, oid]) => [`${path} ${oid}`, { path, oid }])));
  const blobs = await repository.readBlobs([...new Set([...wanted.values()].map(({ oid }) => oid))], LARGEST);
  const parsed = new Map<string, Workflow>();
  const broken: string[] = [];
  for (const [key, { path, oid }] of wanted) {
    const read = await parseWorkflow(path, blobs.get(oid) ?? new Uint8Array());
    if (read.ok) parsed.set(key, read.value);
    else broken.push(`${path}: ${read.problems[0]?.message ?? 'cannot be read'}`);
  }
  return { parsed, broken };
}

function areSame(one: Files, other: Files): boolean {
  return one.size === other.size && [...one].every(([path, oid]) => other.get(path) === oid);
}
