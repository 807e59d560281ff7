// What a result, read from the notes, still tells of a run whose record was lost.
import { isUnrun, type Result } from '../core/result.ts';
import { isFinished, type RunChange, type RunRecord } from '../core/run.ts';

/**
 * The record of a finished run as far as its result tells; null for a result that no finished run stands behind (none
 * ran, or it still runs somewhere). Variables are those that were public; times of tasks are not known.
 */
export function recordOfResult(
  result: Result,
  of: { readonly resource: string; readonly change: RunChange },
): RunRecord | null {
  const { status } = result;
  if (isUnrun(status) || !isFinished(status)) return null;
  return {
    id: result.run,
    resource: of.resource,
    change: of.change,
    attempt: result.attempt,
    reason: result.attempt === 1 ? 'change' : 'retry',
    user: null,
    note: result.remark,
    variables: result.variables,
    partition: '',
    status,
    createdAt: result.startedAt ?? result.finishedAt ?? of.change.observedAt,
    startedAt: result.startedAt,
    finishedAt: result.finishedAt,
    exitCode: result.exitCode,
    error: null,
    supersededBy: null,
    definition: result.definition,
    overlaid: {},
    agent: result.agent,
    process: null,
    workspace: null,
    tasks: Object.entries(result.tasks).map(([name, taskStatus]) => ({
      name,
      status: taskStatus,
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      tries: taskStatus === 'skipped' || taskStatus === 'waiting' ? 0 : 1,
      dependsOn: [],
      allowFailure: false,
      error: null,
    })),
  };
}
