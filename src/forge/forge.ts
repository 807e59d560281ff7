// The contract of a forge: the service that hosts the resources repository, as far as more is asked of it than git.

/** How a change stands, shown beside its commit. */
export interface CommitStatus {
  /** Oid of the change commit. */
  readonly commit: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** What tells it from the statuses of others, such as `spread-cron/core-beta`. */
  readonly context: string;
  readonly description: string;
  /** A page that says more; null where there is none. */
  readonly url: string | null;
}

/** A workflow that is to begin. It is read from the default branch, and learns of the change through its inputs. */
export interface Dispatch {
  /** Name of the workflow's file, or null for an event that workflows listen to by its name. */
  readonly workflow: string | null;
  /** Name of the event where there is no workflow. */
  readonly event: string;
  /** Branch whose workflow begins. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** What the forge says of the repository, as whoever asks may see it. */
export interface HostedRepository {
  readonly defaultBranch: string;
  readonly visibility: 'public' | 'private';
  /** Whether the token may push; null where the forge does not say. */
  readonly mayPush: boolean | null;
  /** Rights of a token that has a list of them; null where it has none. */
  readonly scopes: readonly string[] | null;
}

/** A workflow as the forge knows it. */
export interface HostedWorkflow {
  /** Path in the repository, such as `.github/workflows/changes.yml`. */
  readonly path: string;
  /** Why it does not run; null where it does. */
  readonly disabled: string | null;
}

/**
 * All throw Failures: `authentication-failed` (no token, a wrong one, or one that may not do this: it says which right it
 * needs), `not-found`, `rate-limited`, `unreachable`, `configuration` (the workflow cannot be begun so), `http-status`.
 */
export interface Forge {
  /** For messages, such as `GitHub`. */
  readonly name: string;
  setStatus(status: CommitStatus, signal: AbortSignal): Promise<void>;
  dispatch(dispatch: Dispatch, signal: AbortSignal): Promise<void>;
  repository(signal: AbortSignal): Promise<HostedRepository>;
  workflows(signal: AbortSignal): Promise<readonly HostedWorkflow[]>;
}
