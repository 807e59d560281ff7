// Which runs are not kept any longer, and removing them: by how many, by how old, and for the sake of free disk space.
// What waits or runs is never removed.
import { isFinished } from '../core/run.ts';
import type { Logs } from './logs.ts';
import type { RunQueries, RunSummary } from './query-runs.ts';
import type { Records } from './records.ts';

export interface RetentionRules {
  /** Runs that are kept of the resource, counted from the newest, running ones included; null: all. */
  readonly count: number | null;
  /** Milliseconds since its creation that a run is kept for; null: for ever. */
  readonly period: number | null;
}

export interface RetainedRun extends Pick<RunSummary, 'id' | 'status' | 'createdAt'> {
  /** At least so many runs of its resource are newer. */
  readonly newer: number;
}

export interface Removal {
  readonly id: string;
  readonly reason: 'count' | 'period' | 'space';
}

/** The runs of one resource that go; where room is `wanted`, of those given all that are finished, in the same order. */
export function retentionPlan(
  runs: readonly RetainedRun[],
  rules: RetentionRules,
  now: number,
  room: { readonly free: number; readonly wanted: number },
): readonly Removal[] {
  return runs.flatMap(({ id, status, createdAt, newer }): readonly Removal[] => {
    if (!isFinished(status)) return [];
    if (rules.count !== null && newer >= rules.count) return [{ id, reason: 'count' }];
    if (rules.period !== null && now - createdAt > rules.period) return [{ id, reason: 'period' }];
    return room.free < room.wanted ? [{ id, reason: 'space' }] : [];
  });
}

export interface RetentionTools {
  readonly records: Pick<Records, 'remove'> & Pick<RunQueries, 'resources' | 'afterNewest' | 'createdBefore'>;
  readonly logs: Pick<Logs, 'remove'>;
  /** Rules of a resource; of one that is gone too. */
  readonly rulesOf: (resource: string) => RetentionRules;
  /** Bytes that shall be free where logs and workspaces are. */
  readonly keepFree: number;
  readonly freeBytes: () => Promise<number>;
  /** Removes the workspace of a run that was kept; none: workspaces are somebody else's. */
  readonly removeWorkspace?: ((path: string) => Promise<void>) | undefined;
  readonly now: number;
}

export type Removed = Readonly<Record<Removal['reason'], number>>;

/** Runs that are looked up and removed together. */
const BATCH = 200;
/** The same where free space is measured after each. */
const SPACE_BATCH = 20;
const ENOUGH = { free: 0, wanted: 0 };

/** Removes what is not kept, and tells how many for which reason. Of each run the files go first: killed in between, it is
 * still on record, and removed the next time. Only `resources` are looked at, if given; free space is everybody's. */
export async function applyRetention(
  tools: RetentionTools,
  signal: AbortSignal,
  resources?: readonly string[],
): Promise<Removed> {
  const removed = { count: 0, period: 0, space: 0 };
  for (const resource of resources ?? (await tools.records.resources())) {
    for (;;) {
      signal.throwIfAborted();
      const { found, plan } = await beyond(resource, tools);
      if (plan.length === 0) break;
      await remove(found, plan, tools);
      for (const { reason } of plan) removed[reason]++;
    }
  }
  for (;;) {
    signal.throwIfAborted();
    const free = await tools.freeBytes();
    if (free >= tools.keepFree) break;
    const found = await tools.records.createdBefore(Number.MAX_SAFE_INTEGER, SPACE_BATCH);
    const room = { free, wanted: tools.keepFree };
    const plan = retentionPlan(withNewer(found, 0), { count: null, period: null }, tools.now, room);
    if (plan.length === 0) break;
    await remove(found, plan, tools);
    removed.space += plan.length;
  }
  return removed;
}

/** Some of the runs of a resource that are beyond its rules; none where all are within. */
async function beyond(resource: string, { records, rulesOf, now }: RetentionTools) {
  const rules = rulesOf(resource);
  const older = rules.count === null ? [] : await records.afterNewest(resource, rules.count, BATCH);
  if (older.length > 0)
    return { found: older, plan: retentionPlan(withNewer(older, rules.count ?? 0), rules, now, ENOUGH) };
  const found = rules.period === null ? [] : await records.createdBefore(now - rules.period, BATCH, resource);
  return { found, plan: retentionPlan(withNewer(found, 0), rules, now, ENOUGH) };
}

function withNewer(runs: readonly RunSummary[], newer: number): readonly RetainedRun[] {
  return runs.map((run) => ({ ...run, newer }));
}

async function remove(found: readonly RunSummary[], plan: readonly Removal[], tools: RetentionTools): Promise<void> {
  const ids = new Set(plan.map(({ id }) => id));
  for (const { id, workspace } of found) {
    if (!ids.has(id)) continue;
    await tools.logs.remove(id);
    if (workspace !== null) await tools.removeWorkspace?.(workspace);
  }
  await tools.records.remove([...ids]);
}
