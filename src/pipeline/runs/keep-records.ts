// Keeping the records of runs while the database cannot be written for a time: nothing stops for it, it is told once for
// each run, and what could not be kept is kept with the next record that can be.
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import type { Log } from '../../system/log.ts';

/** Keeps a run as it is now, or soon; resolves when that was tried. Never rejects. */
export function keepRecords(
  records: Pick<Records, 'save'>,
  log: Pick<Log, 'warn' | 'info'>,
): (run: RunRecord, when?: 'now' | 'soon') => Promise<void> {
  /** The newest of each run that is not known to be kept. */
  const unsaved = new Map<string, RunRecord>();
  /** Runs of which it was told that they could not be kept. */
  const told = new Set<string>();

  async function save(run: RunRecord, when: 'now' | 'soon'): Promise<'saved' | 'not-saved'> {
    const { id } = run;
    try {
      await records.save(run, when);
    } catch (error) {
      const why = describeFailure(toFailure(error));
      if (!told.has(id)) log.warn(`warning: the record of run ${id} could not be written, the run goes on: ${why}`);
      told.add(id);
      return 'not-saved';
    }
    if (unsaved.get(id) === run) {
      unsaved.delete(id);
      if (told.delete(id)) log.info(`the record of run ${id} is written now`);
    }
    return 'saved';
  }

  return async (run, when = 'now') => {
    unsaved.set(run.id, run);
    if ((await save(run, when)) === 'not-saved') return;
    for (const id of [...told]) {
      const late = unsaved.get(id);
      if (late !== undefined && (await save(late, 'now')) === 'not-saved') return;
    }
  };
}
