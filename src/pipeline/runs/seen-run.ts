// A run as it is shown: one whose process was killed is lost, also as long as no agent has begun and recorded that.
import { Failure } from '../../core/failure.ts';
import type { ProcessMark, RunRecord } from '../../core/run.ts';
import type { Records } from '../../record/records.ts';
import { reportFailure } from '../outcome.ts';
import { endedRun } from './job.ts';

/** The run itself, or as it would be recorded: lost, ended when the last was heard of it. */
export async function seenRun(
  run: RunRecord,
  records: Pick<Records, 'get'>,
  lives: (process: ProcessMark) => Promise<boolean>,
): Promise<RunRecord> {
  const { process } = run;
  if (run.status !== 'running' || process === null || (await lives(process))) return run;
  // it may have ended well between the two looks
  const now = (await records.get(run.id)) ?? run;
  if (now.status !== 'running' || now.process?.pid !== process.pid) return now;
  const error = reportFailure(new Failure('cancelled', 'the process that carried it out was killed'), null);
  const heard = now.tasks.flatMap(({ startedAt, finishedAt }) => [startedAt ?? 0, finishedAt ?? 0]);
  return endedRun(now, { status: 'lost', error }, Math.max(now.startedAt ?? now.createdAt, ...heard));
}
