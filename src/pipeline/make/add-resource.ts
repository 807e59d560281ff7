// Making resources: a branch each, with its definition and a baseline on top that no CI runs for.
import { formatCommitMessage } from '../../core/change-commit.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Definition, Layout } from '../../core/resource.ts';
import { formatSubject } from '../../core/subject.ts';
import { DEFINITION_FILES, type DefinitionFile } from '../../definition/find-definition.ts';
import { SCHEMA_PATH } from '../../definition/resource-writer.ts';
import { editTree, type TreeEdits } from '../../git/edit-tree.ts';
import { encodeBlob, encodeCommit } from '../../git/objects.ts';
import type { Identity, NewObject, PushResult, RefUpdate, Repository } from '../../git/repository.ts';
import type { Base } from '../../state/default-branch.ts';

/** A resource to make. */
export interface NewResource {
  readonly name: string;
  readonly branch: string;
  readonly definition: Definition;
  /** The value that was shown; null where extraction gave nothing. */
  readonly value: { readonly value: string; readonly full?: string | undefined } | null;
  /** Milliseconds since the epoch. */
  readonly observedAt: number;
  /** The definition file to write, or null where it is on the default branch already (`start`). */
  readonly file: { readonly layout: Layout; readonly name: DefinitionFile; readonly content: Uint8Array } | null;
}

export interface AddTools {
  readonly repository: Repository;
  readonly identity: Identity;
  readonly agentId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The JSON Schema that written definitions name for editors. */
  readonly schema: () => string;
  /** `due`: the first value is an ordinary change, so that CI runs for it; `baseline`: it is not. */
  readonly first: 'baseline' | 'due';
}

/**
 * Pushes the definitions, then the branches: a crash between the two leaves resources that are *not started*, never a
 * branch without a definition. Resolves to what became of each branch. Throws a Failure where the default branch did not
 * accept the definitions; then no branch was made.
 */
export async function addResources(
  resources: readonly NewResource[],
  base: Base,
  tools: AddTools,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PushResult>> {
  const central = await pushCentralDefinitions(resources, base, tools, signal);
  const objects: NewObject[] = [];
  const updates: RefUpdate[] = [];
  for (const resource of resources) {
    const start = resource.file?.layout === 'branch' ? await ownDefinition(resource, base, tools, objects) : central;
    const top = firstCommit(resource, start, tools);
    objects.push(top);
    updates.push({ ref: `refs/heads/${resource.branch}`, expected: null, next: top.oid });
  }
  const results = await tools.repository.push(updates, objects, signal);
  return new Map(
    resources.map(({ name, branch }) => [name, results.get(`refs/heads/${branch}`) ?? { kind: 'stale' as const }]),
  );
}

interface Start {
  readonly commit: string;
  readonly tree: string;
}

async function pushCentralDefinitions(
  resources: readonly NewResource[],
  base: Base,
  tools: AddTools,
  signal: AbortSignal,
): Promise<Start> {
  const objects: NewObject[] = [];
  const edits = new Map<string, string | null>();
  const names: string[] = [];
  for (const { name, file } of resources) {
    if (file?.layout !== 'central') continue;
    names.push(name);
    putDefinition(`branches/${name}/`, file, edits, objects);
  }
  if (names.length === 0) return base;
  await putSchema(resources, base, tools, edits, objects);
  const start = await commitEdits(edits, names, base, tools, objects);
  const ref = `refs/heads/${base.branch}`;
  const results = await tools.repository.push([{ ref, expected: base.commit, next: start.commit }], objects, signal);
  const result = results.get(ref);
  if (result?.kind === 'accepted') return start;
  if (result?.kind === 'refused') {
    throw new Failure(
      'push-refused',
      'the remote refuses pushes to the default branch: use --layout branch, or add the definition by a pull request and run spread-cron start',
      { branch: base.branch, said: result.message },
    );
  }
  throw new Failure('tip-moved', 'the default branch moved meanwhile: run the command again', { branch: base.branch });
}

async function ownDefinition(resource: NewResource, base: Base, tools: AddTools, objects: NewObject[]): Promise<Start> {
  const edits = new Map<string, string | null>();
  if (resource.file !== null) putDefinition('', resource.file, edits, objects);
  await putSchema([resource], base, tools, edits, objects);
  return commitEdits(edits, [resource.name], base, tools, objects);
}

function putDefinition(
  directory: string,
  file: NonNullable<NewResource['file']>,
  edits: Map<string, string | null>,
  objects: NewObject[],
): void {
  const blob = encodeBlob(file.content);
  objects.push(blob);
  // whatever definition was copied from the default branch gives way
  for (const other of DEFINITION_FILES) edits.set(`${directory}${other}`, null);
  edits.set(`${directory}${file.name}`, blob.oid);
}

/** Definitions that name the schema find it in their own tree; one that is there is left as it is. */
async function putSchema(
  resources: readonly NewResource[],
  base: Base,
  tools: AddTools,
  edits: Map<string, string | null>,
  objects: NewObject[],
): Promise<void> {
  const [directory = ''] = SCHEMA_PATH.split('/');
  const named = resources.some(({ file }) => file !== null && Buffer.from(file.content).includes(SCHEMA_PATH));
  const root = named ? await tools.repository.listTree(base.tree) : [];
  if (!named || root.some(({ path }) => path === directory)) return;
  const blob = encodeBlob(tools.schema());
  objects.push(blob);
  edits.set(SCHEMA_PATH, blob.oid);
}

async function commitEdits(
  edits: TreeEdits,
  names: readonly string[],
  base: Base,
  tools: AddTools,
  objects: NewObject[],
): Promise<Start> {
  const edited = await editTree(tools.repository, base.tree, edits);
  const subject = names.length === 1 ? `Watch ${names[0]}` : `Watch ${names.length} resources`;
  const text = names.length === 1 ? undefined : names.map((name) => `- ${name}`).join('\n');
  const commit = encodeCommit({
    tree: edited.tree,
    parents: [base.commit],
    identity: tools.identity,
    authoredAt: tools.now,
    message: formatCommitMessage({ subject, text, skipCi: true }),
  });
  objects.push(...edited.objects, commit);
  return { commit: commit.oid, tree: edited.tree };
}

/** The commit on top: the value that was shown, or an empty start of the history. */
function firstCommit(resource: NewResource, start: Start, tools: AddTools): NewObject {
  const { definition, value } = resource;
  const message =
    value === null
      ? formatCommitMessage({ subject: `Start watching ${resource.name}`, skipCi: true })
      : formatCommitMessage({
          subject: formatSubject(definition.message, value.value),
          text: value.full,
          skipCi: tools.first === 'baseline',
          trailers: {
            observed: formatInstant(resource.observedAt),
            extractor: definition.fingerprint,
            agent: tools.agentId,
          },
        });
  return encodeCommit({
    tree: start.tree,
    parents: [start.commit],
    identity: tools.identity,
    authoredAt: value === null ? tools.now : resource.observedAt,
    message,
  });
}
