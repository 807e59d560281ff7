// The variables of Jenkins, for suites that were written for it.
import type { RunChange } from '../../core/run.ts';

/** Names and meanings as Jenkins documents them, as far as a run has them; GIT_* only where there is a change. */
export function jenkinsVariables(input: {
  /** Id of the run. */
  readonly run: string;
  readonly place: { readonly root: string };
  readonly plan: { readonly resource: string; readonly change: RunChange | null };
}): Readonly<Record<string, string>> {
  const { run, place, plan } = input;
  const { resource, change } = plan;
  const directory = `file://${encodeURI(place.root)}/`;
  return {
    BUILD_NUMBER: run,
    BUILD_ID: run,
    BUILD_DISPLAY_NAME: `#${run}`,
    BUILD_TAG: `spread-cron-${resource.replaceAll('/', '-')}-${run}`,
    BUILD_URL: directory,
    JOB_NAME: resource,
    JOB_BASE_NAME: resource.slice(resource.lastIndexOf('/') + 1),
    JENKINS_URL: directory,
    NODE_NAME: 'built-in',
    EXECUTOR_NUMBER: '0',
    WORKSPACE: place.root,
    ...(change === null ? {} : { GIT_COMMIT: change.commit, GIT_BRANCH: change.branch, BRANCH_NAME: change.branch }),
  };
}
