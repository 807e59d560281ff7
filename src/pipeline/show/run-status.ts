// What `status` tells of runs: how many are due, wait and run, and how the newest one ended.
import type { CatchUp } from '../../core/due.ts';
import { formatInstant } from '../../core/instant.ts';
import { isFinal } from '../../core/result.ts';
import { isFinished } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import { type Snapshot, watchedIn } from '../../state/snapshot.ts';
import type { Rooms } from '../rooms.ts';
import { findDue } from '../runs/find-due.ts';
import { isRunnable } from '../runs/make-job.ts';
import type { LastRun, StatusLine } from './status.ts';

export type RunStatusOfResource = Pick<StatusLine, 'due' | 'waiting' | 'running' | 'last_run'>;

export interface RunStatusTools {
  /** Null where this machine recorded no run. */
  readonly records: Pick<Records, 'unfinished' | 'counts' | 'list'> | null;
  readonly catchUp: CatchUp;
  readonly patience: number;
}

/** By name of the resource. Nothing is due where nobody ever enabled a runner. */
export async function runStatus(
  snapshot: Snapshot,
  rooms: Rooms,
  { records, catchUp, patience }: RunStatusTools,
): Promise<(name: string) => RunStatusOfResource> {
  const counts = (await records?.counts()) ?? new Map();
  const enabled = rooms.results.exist(snapshot.listing);
  const ours = new Set((await records?.unfinished())?.map(({ change }) => change?.commit));
  const found = enabled
    ? await findDue(
        {
          snapshot,
          ours: (commit) => ours.has(commit),
          firstStart: false,
          atStart: true,
          rewrittenBefore: 0,
          notRewritten: new Set(),
        },
        { ...rooms, agentId: rooms.memory.agentId, catchUp, patience },
      )
    : [];
  const due = new Map<string, number>();
  for (const { resource, answer } of found) {
    if (answer.due.length > 0 && (await isRunnable(resource, rooms.repository)))
      due.set(resource.name, answer.due.length);
  }
  const lastRuns = await lastRunsOf(snapshot, rooms, records);
  return (name) => ({
    due: due.get(name) ?? 0,
    waiting: counts.get(name)?.waiting ?? 0,
    running: counts.get(name)?.running ?? 0,
    last_run: lastRuns.get(name) ?? null,
  });
}

/** From the notes on the newest changes, which tell of every machine's runs; else from what this one recorded. */
async function lastRunsOf(
  snapshot: Snapshot,
  { results, newestChanges }: Rooms,
  records: RunStatusTools['records'],
): Promise<ReadonlyMap<string, LastRun>> {
  const watched = watchedIn(snapshot);
  const newest = new Map(watched.map(({ name, branch }) => [name, newestChanges.of(branch)?.commit ?? null]));
  const commits = [...newest.values()].filter((commit) => commit !== null);
  const noted = await results.of(snapshot.listing, commits);
  const found = new Map<string, LastRun>();
  for (const [name, commit] of newest) {
    const result = noted.get(commit ?? '')?.findLast(isFinal);
    const last = result === undefined ? await lastRecorded(name, records) : describe(result);
    if (last !== null) found.set(name, last);
  }
  return found;
}

async function lastRecorded(name: string, records: RunStatusTools['records']): Promise<LastRun | null> {
  const [run] = (await records?.list({ names: [name], limit: 1 })) ?? [];
  const { status } = run ?? {};
  return run === undefined || status === undefined || status === 'waiting' || !isFinished(status)
    ? null
    : describe({ ...run, status, run: run.id });
}

function describe(ended: {
  readonly status: LastRun['status'];
  readonly run: string;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
}): LastRun {
  const { status, run, finishedAt, exitCode } = ended;
  return { status, run, finished_at: finishedAt === null ? null : formatInstant(finishedAt), exit_code: exitCode };
}
