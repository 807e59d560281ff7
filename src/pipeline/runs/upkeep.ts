// Keeping the records in order: what retention no longer keeps goes, and records that were lost are put back from the
// notes.
import { basename } from 'node:path';
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { AgentConfig } from '../../definition/agent-config.ts';
import type { OpenedRecords } from '../../record/open-records.ts';
import { recordOfResult } from '../../record/recovered-record.ts';
import { applyRetention, type RetentionRules } from '../../record/retention.ts';
import { changesOf } from '../../state/history.ts';
import { watchedIn } from '../../state/snapshot.ts';
import { freeSpace } from '../../system/free-space.ts';
import type { Log } from '../../system/log.ts';
import { withResults } from '../chain.ts';
import { lookAtMirror } from '../look.ts';
import type { Rooms } from '../rooms.ts';
import type { Archive } from './archive.ts';
import { changeFrom } from './find-change.ts';

/** Changes of one resource whose results are put back. */
const REFILLED = 1000;

/** Removes what is kept no longer, of these resources or all; never rejects. */
export async function clearAway(
  { records, logs }: Pick<Archive, 'records' | 'logs'>,
  tools: {
    readonly config: AgentConfig;
    /** On the disk of logs and workspaces. */
    readonly directory: string;
    readonly now: number;
    readonly log: Log;
    rulesOf(resource: string): Partial<RetentionRules>;
    removeWorkspace(run: string): Promise<void>;
  },
  resources: readonly string[] | undefined,
): Promise<void> {
  const { config, log } = tools;
  const { retentionCount, retentionPeriod, keepFree } = config.runs;
  try {
    const removed = await applyRetention(
      {
        records,
        logs,
        rulesOf(resource) {
          const { count, period } = tools.rulesOf(resource);
          return { count: count ?? retentionCount, period: period ?? retentionPeriod };
        },
        keepFree,
        freeBytes: () => freeSpace(tools.directory),
        removeWorkspace: (path) => tools.removeWorkspace(basename(path)),
        now: tools.now,
      },
      new AbortController().signal,
      resources,
    );
    const { count, period, space } = removed;
    if (count + period > 0) log.debug(`${count + period} old runs are no longer kept`);
    if (space > 0) log.warn(`${space} old runs were removed: less than runs.keep_free of the disk is free`);
  } catch (error) {
    log.warn(`warning: old runs could not be removed: ${describeFailure(toFailure(error))}`);
  }
}

/** Puts back into records that were set aside what the notes know of runs. */
export async function refill(records: OpenedRecords, rooms: Rooms, log: Log): Promise<void> {
  const snapshot = await lookAtMirror(rooms);
  let count = 0;
  for (const resource of watchedIn(snapshot)) {
    let looked = 0;
    const changes = changesOf(rooms.repository, resource.tip, resource.definition);
    for await (const entry of withResults(changes, (commits) => rooms.results.of(snapshot.listing, commits))) {
      const change = changeFrom(entry, resource, null);
      const found = entry.results.map((result) => recordOfResult(result, { resource: resource.name, change }));
      const kept = found.filter((run) => run !== null);
      await Promise.all(kept.map((run) => records.save(run)));
      count += kept.length;
      if (++looked === REFILLED) break;
    }
  }
  await records.refilled();
  log.info(`${count} runs were put back into the records from the notes`);
}
