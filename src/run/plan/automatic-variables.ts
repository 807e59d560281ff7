// The variables that the program itself gives to every task, as far as they follow from what the run is for.
import type { RunChange, RunReason } from '../../core/run.ts';

/** `SC_…` of the run and its change, and those of GitHub Actions that suites look at. Without a change only the former. */
export function automaticVariables(run: {
  readonly resource: string;
  /** Of the resource; null for a file. */
  readonly branch: string | null;
  readonly change: RunChange | null;
  readonly attempt: number;
  readonly reason: RunReason;
}): Readonly<Record<string, string>> {
  const { change, branch } = run;
  return {
    CI: 'true',
    SPREAD_CRON: 'true',
    SC_RESOURCE: run.resource,
    SC_ATTEMPT: String(run.attempt),
    SC_REASON: run.reason,
    ...(branch === null ? {} : { SC_BRANCH: branch, GITHUB_REF: `refs/heads/${branch}` }),
    ...(change === null
      ? {}
      : {
          SC_MESSAGE: change.message,
          SC_VALUE: change.value,
          SC_COMMIT: change.commit,
          GITHUB_SHA: change.commit,
          ...(change.previous === null ? {} : { SC_PREVIOUS_VALUE: change.previous }),
        }),
  };
}
