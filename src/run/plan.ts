// What a run will do, decided from the definition and the names of the files beside it; nothing is read or done.
import { Failure } from '../core/failure.ts';
import type { RunChange, RunReason } from '../core/run.ts';
import type { RunDefinition } from '../core/run-definition.ts';
import type { DefinitionFiles, RunPlan } from '../core/run-plan.ts';

export interface PlanInput {
  /** Name of the resource, or of the file that was asked for. */
  readonly resource: string;
  readonly definition: RunDefinition | null;
  /** `classic`: a shell file; `steps`: a `resource.yaml`; `file`: a definition that somebody asked for by its path. */
  readonly kind: 'classic' | 'steps' | 'file';
  readonly change: RunChange | null;
  readonly attempt: number;
  readonly reason: RunReason;
  readonly files: DefinitionFiles;
  /** Every file below the definition's directory by its path there, with its mode as git writes it (`100755`, `100644`,
   * `120000`). What is below `target/` may be left out. */
  readonly beside: ReadonlyMap<string, string>;
  readonly variables: Readonly<Record<string, string>>;
  /** The agent's; milliseconds. */
  readonly defaults: {
    readonly timeout: number;
    readonly grace: number;
    readonly sandbox: 'none' | 'bubblewrap';
  };
}

/** The plan of a run. Failures: `definition` (nothing to run, files that are missing or not executable), `refused` (a
 * value that cannot be a ref), `usage` (variables that nobody may set). */
export function planRun(input: PlanInput): RunPlan {
  throw new Failure('internal', 'not built yet', { resource: input.resource });
}
