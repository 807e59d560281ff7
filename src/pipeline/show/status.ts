// What `status` shows: one line per resource, failing first, from the repository and what this agent remembers. Runs
// nothing of what the repository holds.
import type { ErrorReport } from '../../core/health.ts';
import { formatInstant } from '../../core/instant.ts';
import type { Layout, Resource } from '../../core/resource.ts';
import type { ResultStatus } from '../../core/result.ts';
import type { NewestChanges } from '../../state/history.ts';
import type { Memory } from '../../state/memory.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { reportFailure } from '../outcome.ts';

/** The objects of `status --json`. Fields are added, never renamed; absent values are null. */
export interface StatusLine {
  readonly resource: string;
  readonly branch: string;
  readonly layout: Layout | null;
  /** Path of the definition file in its tree. */
  readonly definition: string | null;
  readonly message: string | null;
  readonly value: string | null;
  readonly commit: string | null;
  /** RFC 3339 UTC, the author date of the newest change. */
  readonly observed_at: string | null;
  readonly state: 'ok' | 'failing' | 'manual' | 'paused' | 'not-started' | 'no-definition';
  readonly error: ErrorReport | null;
  /** RFC 3339 UTC; null where the agent's interval decides. */
  readonly next_check: string | null;
  readonly failing_since: string | null;
  readonly failures: number;
  /** A new value that awaits confirmation. */
  readonly pending: string | null;
  /** A new value whose push did not succeed. */
  readonly unpushed: string | null;
  readonly tags: readonly string[];
  /** Changes without a result that no run waits or runs for. */
  readonly due: number;
  /** Runs that wait, and that run. */
  readonly waiting: number;
  readonly running: number;
  /** The newest run that ended; null where none did. */
  readonly last_run: LastRun | null;
}

/** How the newest run of a resource ended. */
export interface LastRun {
  readonly status: ResultStatus;
  readonly run: string;
  /** RFC 3339 UTC. */
  readonly finished_at: string | null;
  readonly exit_code: number | null;
}

export interface StatusTools {
  readonly newestChanges: NewestChanges;
  readonly memory: Pick<Memory, 'resource'>;
  /** Next instant of a resource with a schedule of its own, milliseconds since the epoch; null without one. */
  nextCheck(resource: Extract<Resource, { state: 'watched' }>, checkedAt: number | null): number | null;
  runsOf(name: string): Pick<StatusLine, 'due' | 'waiting' | 'running' | 'last_run'>;
}

/** Lines for the selected resources: failing first, then by name. Branches without a definition only when named. */
export function statusLines(
  snapshot: Snapshot,
  selected: (name: string) => 'named' | 'listed' | null,
  tools: StatusTools,
): readonly StatusLine[] {
  const lines = snapshot.resources.flatMap((resource) => {
    const selection = selected(resource.name);
    if (selection === null || (resource.state === 'no-definition' && selection !== 'named')) return [];
    return [statusLine(resource, tools)];
  });
  const rank = (line: StatusLine) => (line.state === 'failing' ? 0 : 1);
  return lines.sort((a, b) => rank(a) - rank(b) || (a.resource < b.resource ? -1 : 1));
}

function statusLine(resource: Resource, tools: StatusTools): StatusLine {
  const remembered = tools.memory.resource(resource.name);
  const { failing } = remembered;
  const base = {
    resource: resource.name,
    branch: resource.branch,
    layout: 'source' in resource ? resource.source.layout : null,
    definition: 'source' in resource ? resource.source.path : null,
    message: 'definition' in resource ? resource.definition.message : null,
    value: null,
    commit: null,
    observed_at: null,
    error: null,
    next_check: null,
    failing_since: failing === null ? null : formatInstant(failing.since),
    failures: failing?.times ?? 0,
    pending: remembered.pending?.value ?? null,
    unpushed: remembered.unpushed,
    tags: 'definition' in resource ? resource.definition.tags : [],
    ...tools.runsOf(resource.name),
  };
  switch (resource.state) {
    case 'no-definition':
    case 'not-started':
      return { ...base, state: resource.state };
    case 'broken':
      return { ...base, state: 'failing', error: reportFailure(resource.failure, null) };
    case 'watched': {
      const newest = tools.newestChanges.of(resource.branch);
      const next = resource.definition.manual ? null : tools.nextCheck(resource, remembered.checkedAt);
      return {
        ...base,
        value: newest?.value ?? null,
        commit: newest?.commit ?? null,
        observed_at: newest === null ? null : formatInstant(newest.observedAt),
        state: resource.definition.manual ? 'manual' : failing === null ? 'ok' : 'failing',
        error: failing?.lastError ?? null,
        next_check: next === null ? null : formatInstant(next),
      };
    }
    default:
      return resource satisfies never;
  }
}
