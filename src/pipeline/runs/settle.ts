// How a run ended, told to the world: the note on its change commit, whoever asked to be told, the resources that watch
// its result.
import { describeFailure, Failure, toFailure } from '../../core/failure.ts';
import type { Result } from '../../core/result.ts';
import type { RunRecord, RunStatus } from '../../core/run.ts';
import { formatSubject } from '../../core/subject.ts';
import type { Records } from '../../record/records.ts';
import type { Results } from '../../state/results.ts';
import type { Log } from '../../system/log.ts';
import type { Job } from './job.ts';

export interface SettleTools {
  /** Null where there is no repository: nobody's change is run. */
  readonly results: Pick<Results, 'write'> | null;
  readonly records: Pick<Records, 'list'>;
  /** True where the run was claimed before it began. */
  readonly claims: boolean;
  readonly log: Log;
  /** Tells subscribers; never rejects. */
  tell(run: RunRecord, before: { readonly status: RunStatus } | null): Promise<void>;
  /** Told once the result of a resource is on the remote. */
  resultWritten(resource: string): void;
}

/** Never rejects: a result that does not arrive is told, kept in the records and written again by the next agent. */
export async function settle({ publicVariables }: Job, run: RunRecord, tools: SettleTools): Promise<void> {
  const told = tellOthers(run, tools);
  if (run.change !== null && tools.results !== null) {
    const { commit } = run.change;
    try {
      await tools.results.write({ commit, result: resultOf(run, publicVariables), releases: tools.claims });
      tools.resultWritten(run.resource);
    } catch (error) {
      const why = describeFailure(toFailure(error));
      tools.log.warn(`warning: the result of run ${run.id} (${run.resource}) is not on the remote yet: ${why}`);
    }
  }
  await told;
}

/** What a note says of a run. */
export function resultOf(
  run: RunRecord,
  publicVariables: readonly string[] = [],
  remark: string | null = null,
): Result {
  const { change, status } = run;
  if (status === 'waiting') throw new Failure('internal', 'a run that waits has no result', { run: run.id });
  const isPublic = new Set(publicVariables);
  return {
    run: run.id,
    attempt: run.attempt,
    status,
    agent: run.agent,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    exitCode: run.exitCode,
    definition: run.definition,
    tasks: Object.fromEntries(run.tasks.map(({ name, status: ended }) => [name, ended])),
    variables: Object.fromEntries(Object.entries(run.variables).filter(([name]) => isPublic.has(name))),
    change:
      change === null ? null : { subject: formatSubject(change.message, change.value), observedAt: change.observedAt },
    remark,
  };
}

async function tellOthers(run: RunRecord, tools: SettleTools): Promise<void> {
  try {
    const { resource, id } = run;
    const statuses = ['success', 'failed', 'timed-out', 'lost'] as const;
    const [before] = await tools.records.list({ names: [resource], statuses, before: id, limit: 1 });
    await tools.tell(run, before ?? null);
  } catch (error) {
    tools.log.warn(`warning: nobody was told of run ${run.id}: ${describeFailure(toFailure(error))}`);
  }
}
