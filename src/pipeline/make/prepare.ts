// Before resources are made: their names and definitions are checked and their values extracted, so that they can be
// shown. Nothing is written.
import { branchNameProblem } from '../../core/branch-name.ts';
import { Failure } from '../../core/failure.ts';
import type { Observation } from '../../core/observation.ts';
import type { Definition, DefinitionSource, Layout } from '../../core/resource.ts';
import type { DefinitionFile } from '../../definition/find-definition.ts';
import type { StepReport } from '../../extract/extract.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Observed } from '../observed.ts';
import type { DefinitionRequest } from '../rooms.ts';
import { definitionPath } from '../show/definition-file.ts';
import { previewOf } from '../show/preview.ts';
import type { NewResource } from './add-resource.ts';

/** A resource to be made. */
export interface ResourceRequest {
  readonly name: string;
  readonly layout: Layout;
  readonly file: { readonly name: DefinitionFile; readonly content: Uint8Array };
}

/** A resource that could be made, or why not. */
export interface Prepared {
  readonly name: string;
  readonly branch: string;
  readonly file: NewResource['file'];
  readonly definition: Definition | null;
  readonly observation: Observation | null;
  /** What came into the step that failed, as text, shortened; null where none failed or nothing came in. */
  readonly cameIn: string | null;
  /** Milliseconds since the epoch. */
  readonly observedAt: number;
  readonly failure: Failure | null;
}

export interface PrepareTools {
  readonly snapshot: Snapshot;
  read(request: DefinitionRequest): Promise<Definition | Failure>;
  observe(
    observed: Observed,
    file: ResourceRequest['file'] | null,
    onStep: (report: StepReport) => void,
  ): Promise<Observation>;
  now(): number;
}

/** Prepares new resources; each has its own failure, none stops the others. */
export async function prepareResources(
  requests: readonly ResourceRequest[],
  tools: PrepareTools,
): Promise<readonly Prepared[]> {
  const taken = new Set<string>();
  const judged = requests.map((request) => {
    const branch = `${tools.snapshot.configuration.branchPrefix}${request.name}`;
    const failure = nameFailure(request.name, branch, taken, tools.snapshot);
    taken.add(branch);
    return { request, branch, failure };
  });
  return Promise.all(
    judged.map(async ({ request, branch, failure }) => {
      const { name, layout, file } = request;
      const base = { name, branch, file: { layout, ...file } };
      if (failure !== null) return unprepared(base, failure, tools);
      const path = definitionPath(name, layout, file.name);
      const definition = await tools.read({ name, path, file: file.name, content: file.content });
      if (definition instanceof Failure) return unprepared(base, definition, tools);
      return observed(base, definition, null, tools);
    }),
  );
}

/** Prepares definitions that are on the default branch already and have no branch yet. */
export async function prepareStarts(names: ReadonlySet<string>, tools: PrepareTools): Promise<readonly Prepared[]> {
  const resources = tools.snapshot.resources.filter(({ name }) => names.has(name));
  return Promise.all(
    resources.map(async (resource) => {
      const base = { name: resource.name, branch: resource.branch, file: null };
      if (resource.state === 'not-started') return observed(base, resource.definition, resource.source, tools);
      const failure =
        resource.state === 'broken'
          ? resource.failure
          : new Failure('refused', 'the resource has its branch already', { branch: resource.branch });
      return unprepared(base, failure, tools);
    }),
  );
}

type Base = Pick<Prepared, 'name' | 'branch' | 'file'>;

async function observed(
  base: Base,
  definition: Definition,
  source: DefinitionSource | null,
  tools: PrepareTools,
): Promise<Prepared> {
  const observedAt = tools.now();
  let cameIn: string | null = null;
  const onStep = ({ input, failure }: StepReport) => {
    if (failure !== null) cameIn = previewOf(input);
  };
  const observation = definition.manual
    ? ({ kind: 'nothing', why: 'manual: never polled' } as const)
    : await tools.observe({ name: base.name, definition, source }, base.file, onStep);
  return { ...base, definition, observation, cameIn, observedAt, failure: null };
}

function unprepared(base: Base, failure: Failure, tools: PrepareTools): Prepared {
  return { ...base, definition: null, observation: null, cameIn: null, observedAt: tools.now(), failure };
}

function nameFailure(name: string, branch: string, taken: ReadonlySet<string>, snapshot: Snapshot): Failure | null {
  const problem = branchNameProblem(branch);
  if (problem !== null) {
    return new Failure('usage', 'git does not allow this as the name of a branch: choose another name', {
      name: branch,
      because: problem,
    });
  }
  if (branch === snapshot.base?.branch) {
    return new Failure('refused', 'this is the default branch, which is never a resource', { branch });
  }
  const existing = snapshot.byBranch.get(branch);
  if (existing?.state === 'not-started') {
    return new Failure('refused', 'the default branch defines it already: use spread-cron start', { name });
  }
  if (existing !== undefined || taken.has(branch)) {
    return new Failure('refused', 'there is a branch of this name already: choose another name', { name });
  }
  const branches = [...snapshot.listing.branches.keys(), ...taken];
  const clash = branches.find((other) => other.startsWith(`${branch}/`) || branch.startsWith(`${other}/`));
  if (clash === undefined) return null;
  return new Failure('refused', 'git cannot keep a branch below another: choose another name', { name, branch: clash });
}

/** The resource to make from what was prepared; a Failure where it cannot be made. `force` makes it without a value. */
export function toNewResource(prepared: Prepared, force: 'force' | 'refuse'): NewResource | Failure {
  const { definition, observation } = prepared;
  if (prepared.failure !== null) return prepared.failure;
  if (definition === null || observation === null) return new Failure('internal', 'a resource was prepared halfway');
  if (observation.kind === 'failure' && force === 'refuse') return observation.failure;
  const value = observation.kind === 'value' ? { value: observation.value, full: observation.full } : null;
  const { name, branch, observedAt, file } = prepared;
  return { name, branch, definition, value, observedAt, file };
}

/** The layout that most resources of the repository use; `branch` where there are none. */
export function usualLayout(snapshot: Snapshot): Layout {
  const layouts = snapshot.resources.flatMap((resource) => ('source' in resource ? [resource.source.layout] : []));
  return layouts.filter((layout) => layout === 'central').length * 2 > layouts.length ? 'central' : 'branch';
}
