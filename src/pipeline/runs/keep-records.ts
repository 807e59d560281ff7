// Keeping the records of runs while the database cannot be written for a time: nothing stops for it, it is told once for
// each run, and what could not be kept is kept with the next record that can be.
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import type { Log } from '../../system/log.ts';

/** Keeps a run as it is now; resolves when that was tried. Never rejects. */
export function keepRecords(
  records: Pick<Records, 'save'>,
  log: Pick<Log, 'warn' | 'info'>,
): (run: RunRecord) => Promise<void> {
  /** What was said last of runs whose records are not as they should be. */
  const late = new Map<string, RunRecord>();

  async function save(run: RunRecord): Promise<'saved' | 'not-saved'> {
    try {
      await records.save(run);
      return 'saved';
    } catch (error) {
      if (!late.has(run.id)) {
        const why = describeFailure(toFailure(error));
        log.warn(`warning: the record of run ${run.id} could not be written, the run goes on: ${why}`);
      }
      // what was said of the run meanwhile is newer
      if (!late.has(run.id) || late.get(run.id) === run) late.set(run.id, run);
      return 'not-saved';
    }
  }

  return async (run) => {
    if (late.has(run.id)) late.set(run.id, run);
    if ((await save(run)) === 'not-saved') return;
    for (const waiting of [...late.values()]) {
      if (waiting.id !== run.id && (await save(waiting)) === 'not-saved') return;
      // what came in while it was written is told by whoever brought it
      if (late.get(waiting.id) === waiting) {
        late.delete(waiting.id);
        log.info(`the record of run ${waiting.id} is written now`);
      }
    }
  };
}
