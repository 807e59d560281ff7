// Which resources ask for the same thing: only their answers are kept until the end of a round, since an answer may be
// ten megabytes and a round may have thousands.
import type { Definition, Watched } from '../core/resource.ts';
import type { Snapshot } from '../state/snapshot.ts';

const known = new WeakMap<Snapshot, ReadonlySet<Definition>>();

/** True where another resource of the snapshot begins with the same step. */
export function sharesRequest({ definition }: Watched, snapshot: Snapshot): boolean {
  let shared = known.get(snapshot);
  if (shared === undefined) {
    shared = sharingDefinitions(snapshot);
    known.set(snapshot, shared);
  }
  return shared.has(definition);
}

function sharingDefinitions(snapshot: Snapshot): ReadonlySet<Definition> {
  const firstWith = new Map<string, Definition>();
  const sharing = new Set<Definition>();
  for (const resource of snapshot.resources) {
    const key = resource.state === 'watched' ? firstStep(resource.definition) : null;
    if (resource.state !== 'watched' || key === null) continue;
    const first = firstWith.get(key);
    if (first === undefined) firstWith.set(key, resource.definition);
    else sharing.add(first).add(resource.definition);
  }
  return sharing;
}

/** The source as data; null where there is none, or where it is shell, whose evaluations are never shared. */
function firstStep({ extraction }: Definition): string | null {
  if (extraction.kind !== 'steps') return null;
  const [first] = extraction.steps;
  return first === undefined || first.kind === 'shell' ? null : JSON.stringify([first.kind, first.options]);
}
