// From a resource and a change, a file, or an earlier run to a run that can be queued: its definition as it was for that
// change, the files beside it, its plan.
import { dirname, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Definition, DefinitionSource, Watched } from '../../core/resource.ts';
import type { RunChange, RunReason, RunRecord } from '../../core/run.ts';
import type { RunDefinition } from '../../core/run-definition.ts';
import type { DefinitionFiles, RunPlan } from '../../core/run-plan.ts';
import { findDefinition } from '../../definition/find-definition.ts';
import type { Repository } from '../../git/repository.ts';
import { planRun } from '../../run/plan/plan.ts';
import type { FilesBeside } from '../../run/plan/prepare-steps.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { DefinitionRequest } from '../rooms.ts';
import { type Job, waitingRun } from './job.ts';

/** What decides a run besides what is run. */
export interface RunWish {
  readonly attempt: number;
  readonly reason: RunReason;
  readonly user: string | null;
  readonly note: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly partition: string;
  readonly workspace: 'keep' | 'as-defined';
  /** The record of a run that was accepted before, to go on with; null for a new one. */
  readonly waiting: RunRecord | null;
  /** See Job; default as configured. */
  readonly claims?: Job['claims'] | undefined;
}

export interface JobDoors {
  readonly repository: Pick<Repository, 'listFiles' | 'listTree' | 'readBlobs' | 'readCommits'>;
  readDefinition(request: DefinitionRequest, snapshot: Snapshot): Promise<Definition | Failure>;
}

export interface JobTools {
  /** What a new run is called, who carries it out, and when. */
  stamp(): Pick<RunRecord, 'id' | 'agent' | 'createdAt'> & { readonly process: NonNullable<RunRecord['process']> };
  readonly defaults: Parameters<typeof planRun>[0]['defaults'];
  /** `untrusted` refuses runs whose plan has no sandbox, whoever asks for them. */
  readonly policy: 'trusted' | 'untrusted';
}

/** The key of the agent's configuration that its policy asks for. */
const AGENT_SANDBOX = 'runs.sandbox';

/** Largest definition that is read, in bytes. */
const LARGEST = 1_000_000;

/** True where there is something to carry out for a change: tasks, a target, or the classic suite. */
function hasSuite(run: RunDefinition | null, beside: FilesBeside): boolean {
  const written = run !== null && (run.tasks.length > 0 || run.target !== null || run.actions.length > 0);
  // actions alone are not runnable, which the plan tells
  return written || beside.has('run-checks') || beside.has('actions.sh');
}

/** Whether a resource has something to carry out for a change, as far as its definition of today tells. */
export async function isRunnable(resource: Watched, repository: Pick<Repository, 'listFiles'>): Promise<boolean> {
  const { source, definition } = resource;
  if (hasSuite(definition.run, new Map())) return true;
  return hasSuite(definition.run, await filesAt(source.commit, directoryOf(source), repository));
}

/**
 * The run of a resource for a change (null: for none); null where the resource has nothing to run. `commit` is where the
 * definition is read; by default the change commit in the branch layout, the default branch's tip in the central one.
 * Throws Failures: `definition` and what else speaks against the plan.
 */
export async function resourceJob(
  input: {
    readonly resource: Watched;
    readonly change: RunChange | null;
    readonly snapshot: Snapshot;
    readonly commit?: string | null;
  },
  wish: RunWish,
  doors: JobDoors,
  tools: JobTools,
): Promise<Job | null> {
  const { resource, change } = input;
  const commit =
    input.commit ?? (resource.source.layout === 'branch' ? change?.commit : null) ?? resource.source.commit;
  const directory = directoryOf(resource.source);
  const beside = await filesAt(commit, directory, doors.repository);
  const definition = await definitionAt(commit, { ...input, beside }, doors);
  if (!hasSuite(definition.run, beside)) return null;
  const kind = definition.extraction.kind === 'classic' ? 'classic' : 'steps';
  const files: DefinitionFiles = { kind: 'commit', commit, directory };
  return makeJob(
    { resource: resource.name, branch: resource.branch, definition, kind, change, files, beside, commit },
    wish,
    tools,
  );
}

/** The run of a definition file on disk, for no change. `beside` lists the files of its directory. */
export async function fileJob(
  input: {
    readonly path: string;
    readonly name: string;
    readonly definition: Definition;
    readonly beside: FilesBeside;
  },
  wish: RunWish,
  tools: JobTools,
): Promise<Job> {
  const { definition, name, beside } = input;
  const path = resolve(input.path);
  const files: DefinitionFiles = { kind: 'directory', directory: dirname(path) };
  return makeJob(
    { resource: name, branch: null, definition, kind: 'file', change: null, files, beside, commit: path },
    wish,
    tools,
  );
}

function makeJob(
  made: {
    readonly resource: string;
    readonly branch: string | null;
    readonly definition: Definition;
    readonly kind: 'classic' | 'steps' | 'file';
    readonly change: RunChange | null;
    readonly files: DefinitionFiles;
    readonly beside: FilesBeside;
    /** Commit, or absolute path of a file. */
    readonly commit: string;
  },
  wish: RunWish,
  tools: JobTools,
): Job {
  const { definition, commit, ...input } = made;
  const { attempt, reason, user, note, variables, partition, waiting, workspace } = wish;
  const plan = planRun({
    ...input,
    definition: definition.run,
    attempt,
    reason,
    variables,
    defaults: tools.defaults,
  });
  if (tools.policy === 'untrusted') requireSandbox(plan, definition.run?.sandbox ?? null);
  const { resource, change } = made;
  const described = { resource, change, attempt, reason, user, note, variables, partition, definition: commit };
  const stamp = tools.stamp();
  return {
    plan: workspace === 'keep' ? { ...plan, removeWorkspace: 'never' } : plan,
    run: waiting === null ? waitingRun({ ...described, ...stamp }) : { ...waiting, process: stamp.process },
    publicVariables: definition.run?.publicVariables ?? [],
    retriesWhenLost: definition.run?.retriesWhenLost ?? 1,
    readmitted: waiting !== null ? 'waiting' : reason === 'lost' ? 'lost' : null,
    claims: wish.claims ?? 'as-configured',
  };
}

/** The agent's word is for definitions that say nothing: one that says `none` is the one to change. */
function requireSandbox(plan: Pick<RunPlan, 'resource' | 'sandbox'>, written: RunDefinition['sandbox']): void {
  if (plan.sandbox !== 'none') return;
  throw new Failure(
    'refused',
    written === null
      ? 'policy: untrusted runs nothing without a sandbox, set runs.sandbox of the agent to bubblewrap'
      : 'policy: untrusted runs nothing without a sandbox, remove run.sandbox from the definition or set bubblewrap',
    { resource: plan.resource, key: written === null ? AGENT_SANDBOX : 'run.sandbox' },
  );
}

/** True for what the agent's own configuration forbids, whatever the definition says. */
export function isOfThisMachine({ details }: Failure): boolean {
  return details.key === AGENT_SANDBOX;
}

function directoryOf(source: DefinitionSource): string {
  // a definition that a list makes has the directory of its name, where there is one
  return source.path.includes('/') ? dirname(source.path) : '';
}

/** Files below a directory of a commit, by their path there. */
async function filesAt(
  commit: string,
  directory: string,
  repository: Pick<Repository, 'listFiles'>,
): Promise<FilesBeside> {
  const entries = await repository.listFiles(commit, directory === '' ? undefined : directory);
  const below = directory === '' ? 0 : directory.length + 1;
  return new Map(entries.map(({ path, mode }) => [path.slice(below), mode]));
}

/** The definition as a commit has it; the snapshot's own where that is the commit that it was read from. */
async function definitionAt(
  commit: string,
  input: { readonly resource: Watched; readonly snapshot: Snapshot; readonly beside: FilesBeside },
  doors: JobDoors,
): Promise<Definition> {
  const { resource, snapshot } = input;
  const { source } = resource;
  if (commit === source.commit) return resource.definition;
  const tree = (await doors.repository.readCommits([commit])).get(commit)?.tree;
  if (tree === source.tree) return resource.definition;
  const directory = directoryOf(source);
  const entries = (await doors.repository.listFiles(commit, directory === '' ? undefined : directory)).filter(
    ({ path }) => dirname(path) === (directory === '' ? '.' : directory),
  );
  const own = source.layout === 'branch';
  const found = findDefinition({ branchRoot: own ? entries : [], central: own ? [] : entries, expanded: false });
  if (found === null || found.kind === 'expanded') return resource.definition;
  if (found.kind === 'broken') throw found.failure;
  const content = (await doors.repository.readBlobs([found.oid], LARGEST)).get(found.oid);
  if (content === undefined) throw new Failure('too-large', 'the definition is too large', { path: found.path });
  const { name } = resource;
  const read = await doors.readDefinition({ name, path: found.path, file: found.file, content }, snapshot);
  if (read instanceof Failure) throw read;
  return read;
}
