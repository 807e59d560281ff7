// Runs as the forge shows them: a status on the change commit, pending while the run is under way.
import { createKeyedMutex } from '../../concurrency/keyed-limit.ts';
import { describeFailure, toFailure } from '../../core/failure.ts';
import type { RunRecord, RunStatus } from '../../core/run.ts';
import type { CommitStatus, Forge } from '../../forge/forge.ts';
import type { Environment } from '../../system/environment.ts';
import type { Log } from '../../system/log.ts';

/** Shows how a run stands. Of one change one after the other, so that an end is never followed by what was before it.
 * Never rejects. */
export type ShowStatus = (run: RunRecord) => Promise<void>;

/** Where statuses are not wanted. */
export const SHOWS_NOTHING: ShowStatus = async () => {};

const STATES: Readonly<Record<RunStatus, CommitStatus['state']>> = {
  waiting: 'pending',
  running: 'pending',
  success: 'success',
  failed: 'failure',
  'timed-out': 'failure',
  lost: 'error',
  cancelled: 'error',
  superseded: 'error',
};

export function createShowStatus(tools: {
  /** Null where the repository's host is no forge that is known. */
  forge(): Promise<Forge | null>;
  readonly log: Pick<Log, 'warn'>;
  /** A page on which the run can be watched; null where there is none. */
  readonly page: string | null;
}): ShowStatus {
  const inTurn = createKeyedMutex();
  return async (run) => {
    const { change } = run;
    if (change === null) return;
    try {
      const forge = await tools.forge();
      const status = commitStatus(run, change.commit, tools.page);
      await inTurn(change.commit, async () => forge?.setStatus(status, new AbortController().signal));
    } catch (error) {
      const why = describeFailure(toFailure(error));
      tools.log.warn(`warning: run ${run.id} (${run.resource}) is not shown on its commit: ${why}`);
    }
  };
}

function commitStatus(run: RunRecord, commit: string, url: string | null): CommitStatus {
  const { status, exitCode, attempt } = run;
  const code = exitCode === null || exitCode === 0 ? '' : ` with ${exitCode}`;
  const again = attempt === 1 ? '' : `, attempt ${attempt}`;
  return {
    commit,
    state: STATES[status],
    context: `spread-cron/${run.resource}`,
    description: `${status}${code}${again}`,
    url,
  };
}

/** The page of the job of GitHub Actions that this process is a step of; null elsewhere. */
export function jobPage(environment: Environment): string | null {
  const {
    GITHUB_ACTIONS: actions,
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: name,
    GITHUB_RUN_ID: id,
  } = environment;
  if (actions !== 'true' || server === undefined || name === undefined || id === undefined) return null;
  return `${server}/${name}/actions/runs/${id}`;
}
