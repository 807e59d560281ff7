// Which resources ask for the same thing: only their answers are kept until the end of a round, since an answer may be
// ten megabytes and a round may have thousands.
import type { Definition, Watched } from '../core/resource.ts';
import type { Snapshot } from '../state/snapshot.ts';

const known = new WeakMap<Snapshot, ReadonlySet<string>>();

/** True where another resource of the snapshot begins with the same step. */
export function sharesRequest({ definition }: Watched, snapshot: Snapshot): boolean {
  const key = firstStep(definition);
  const shared = known.get(snapshot) ?? sharedSteps(snapshot);
  known.set(snapshot, shared);
  return key !== null && shared.has(key);
}

function sharedSteps(snapshot: Snapshot): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const resource of snapshot.resources) {
    const key = resource.state === 'watched' ? firstStep(resource.definition) : null;
    if (key === null) continue;
    if (seen.has(key)) shared.add(key);
    seen.add(key);
  }
  return shared;
}

/** The source as data; null where there is none, or where it is shell, whose evaluations are never shared. */
function firstStep({ extraction }: Definition): string | null {
  if (extraction.kind !== 'steps') return null;
  const [first] = extraction.steps;
  return first === undefined || first.kind === 'shell' ? null : JSON.stringify([first.kind, first.options]);
}
