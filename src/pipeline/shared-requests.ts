// Which resources ask for the same thing: only their answers are kept until the end of a round, since an answer may be
// ten megabytes and a round may have thousands.
import type { Definition, Watched } from '../core/resource.ts';
import { stepType } from '../extract/registry.ts';
import type { Snapshot } from '../state/snapshot.ts';

const known = new WeakMap<Snapshot, ReadonlySet<Definition>>();

/** True where another resource of the snapshot begins with the same request. */
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
    const key = resource.state === 'watched' ? requestOf(resource.definition) : null;
    if (resource.state !== 'watched' || key === null) continue;
    const first = firstWith.get(key);
    if (first === undefined) firstWith.set(key, resource.definition);
    else sharing.add(first).add(resource.definition);
  }
  return sharing;
}

/** The source as data, less what its request does not depend on; null where there is none, or where it is shell, whose
 * evaluations are never shared. */
function requestOf({ extraction }: Definition): string | null {
  if (extraction.kind !== 'steps') return null;
  const [first] = extraction.steps;
  if (first === undefined || first.kind === 'shell') return null;
  return JSON.stringify([first.kind, stepType(first.kind).request?.(first.options) ?? first.options]);
}
