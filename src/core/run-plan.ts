// What a run will do, as a value that can be printed and compared: `run NAME --plan`. Nothing in it has happened yet, and
// no secret is in it: `${secret:NAME}` stands as written.
import type { RunChange, RunReason } from './run.ts';
import type { QueueSettings, TargetDefinition, TaskDefinition } from './run-definition.ts';

/** Where the files beside the definition come from. */
export type DefinitionFiles =
  /** A checkout of a commit of the resources repository, without `.git`; `directory` is the definition's below its root. */
  | { readonly kind: 'commit'; readonly commit: string; readonly directory: string }
  /** A directory of this machine, used where it is: a file that somebody asked to run. */
  | { readonly kind: 'directory'; readonly directory: string };

export interface PlannedTarget extends TargetDefinition {
  /** `${value}` replaced and checked. */
  readonly ref: string | null;
}

/** One thing that is done before the tasks, in this order. Paths are below the definition's directory. */
export type PrepareStep =
  | { readonly kind: 'clone'; readonly target: PlannedTarget }
  | { readonly kind: 'overlay'; readonly directory: string; readonly except: readonly string[] }
  | { readonly kind: 'patch'; readonly file: string }
  | { readonly kind: 'action'; readonly script: string };

export interface RunPlan {
  readonly resource: string;
  readonly change: RunChange | null;
  readonly attempt: number;
  readonly reason: RunReason;
  readonly files: DefinitionFiles;
  readonly prepare: readonly PrepareStep[];
  /** A shell file that every action and task sources first (`custom/env.sh`), below the definition's directory. */
  readonly source: string | null;
  /** Secrets written as files, by path below the definition's directory. */
  readonly secretFiles: Readonly<Record<string, { readonly secret: string; readonly mode: number }>>;
  /** The definition's variables of every action and task; may hold `${secret:NAME}`. A task's own win over them. */
  readonly env: Readonly<Record<string, string>>;
  /** Run variables; they win over those of the definition and of tasks. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the program itself says (`SC_VALUE`, `CI`, …), less what depends on the workspace and the task. It wins over
   * everything, and never holds a placeholder that means something: values are other people's text. */
  readonly automatic: Readonly<Record<string, string>>;
  /** Where tasks begin: in the definition's directory (classic), or in `target/` where there is one. */
  readonly directory: 'definition' | 'target';
  /** Dependencies first; of those that are ready together, by name. */
  readonly tasks: readonly TaskDefinition[];
  readonly onError: { readonly script: readonly string[]; readonly env: Readonly<Record<string, string>> } | null;
  readonly parallel: number | null;
  readonly continueAfterFailure: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly grace: number;
  readonly sandbox: 'none' | 'bubblewrap';
  /** The variables of Jenkins too. */
  readonly jenkins: boolean;
  readonly removeWorkspace: 'always' | 'on-success' | 'never';
  readonly queue: QueueSettings;
}
