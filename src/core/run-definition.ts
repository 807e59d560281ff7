// The `run` part of a definition, completely decided: what is cloned, laid over and carried out, and how it queues.

/** The repository that a run clones into `target/`. */
export interface TargetDefinition {
  readonly repository: string;
  /** Branch, tag or oid as written, `${value}` not yet replaced; null: the remote's HEAD. */
  readonly ref: string | null;
  /** Commits to clone; null: all. */
  readonly depth: number | null;
  /** `blob:none`, or null. */
  readonly filter: string | null;
  /** Paths of a sparse checkout; empty: everything. */
  readonly sparse: readonly string[];
  readonly submodules: boolean;
  readonly lfs: boolean;
}

/** `success`: runs after its dependencies succeeded (or were allowed to fail); `failure`: only when something failed. */
export type When = 'success' | 'failure' | 'always';

export interface TaskDefinition {
  readonly name: string;
  /** Shell lines; none: it only joins others. */
  readonly script: readonly string[];
  readonly dependsOn: readonly string[];
  readonly allowFailure: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds; null: only the run's own. */
  readonly timeout: number | null;
  /** How often it is tried again after a failure. */
  readonly retries: number;
  readonly when: When;
}

export type QueueStrategy = 'append' | 'replace' | 'partitioned_replace';

export interface QueueSettings {
  /** Runs of this resource at a time. */
  readonly concurrency: number;
  /** A run needs a free slot in any one of these; none: no group. */
  readonly groups: readonly string[];
  /** Places for waiting runs; null: as many as come. 0: a run starts at once or is refused. */
  readonly limit: number | null;
  readonly strategy: QueueStrategy;
  /** Places per partition; only with `partitioned_replace`. */
  readonly partitionLimit: number | null;
  /** Milliseconds that a run waits at least, so that later ones can replace it. */
  readonly startDelay: number;
  /** Longest wait in milliseconds that replacements may cause: the first of a steady stream is run then; null: none. */
  readonly startWithin: number | null;
}

export interface RunDefinition {
  readonly target: TargetDefinition | null;
  /** May hold `${secret:NAME}`. */
  readonly env: Readonly<Record<string, string>>;
  readonly publicVariables: readonly string[];
  /** Directory below the definition's laid over the target; null: `custom` where there is one. */
  readonly overlay: string | null;
  readonly patches: readonly string[];
  readonly actions: readonly string[];
  /** Secrets written as files before, removed after; by path below the definition's directory. */
  readonly files: Readonly<Record<string, { readonly secret: string; readonly mode: number }>>;
  readonly queue: QueueSettings;
  readonly retention: { readonly period: number | null; readonly count: number | null };
  /** Milliseconds for the whole run; null: the agent's. */
  readonly timeout: number | null;
  /** Tasks at a time; null: as many as are ready. */
  readonly parallel: number | null;
  /** No fail-fast: what does not depend on the failed task goes on. */
  readonly continueAfterFailure: boolean;
  /** When the workspace is removed. */
  readonly removeWorkspace: 'always' | 'on-success' | 'never';
  /** How often a run that was lost is started again. */
  readonly retriesWhenLost: number;
  /** Null: as the agent says. */
  readonly sandbox: 'none' | 'bubblewrap' | null;
  /** Variables of Jenkins too (BUILD_NUMBER, JOB_NAME, …). */
  readonly jenkins: boolean;
  /** In the order they are written; empty: the classic run. */
  readonly tasks: readonly TaskDefinition[];
  readonly onError: { readonly script: readonly string[]; readonly env: Readonly<Record<string, string>> } | null;
}
