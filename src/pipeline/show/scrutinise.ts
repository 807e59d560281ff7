// What can be told about a definition without running it, beyond what reading it tells: whether bash can parse it.
import { Failure } from '../../core/failure.ts';
import type { Definition } from '../../core/resource.ts';
import { shellSyntaxProblem } from '../../extract/shell/syntax.ts';
import type { Processes } from '../../system/process.ts';

export interface ScrutinyTools {
  readonly processes: Processes;
  /** What children see. */
  readonly env: Readonly<Record<string, string>>;
}

/** Why a definition that could be read cannot work; null where nothing speaks against it. */
export async function scrutinise(
  { extraction }: Definition,
  path: string,
  tools: ScrutinyTools,
  signal: AbortSignal,
): Promise<Failure | null> {
  if (extraction.kind !== 'classic') return null;
  const said = await shellSyntaxProblem(extraction.text, tools, signal);
  return said === null ? null : new Failure('definition', 'bash cannot parse the definition', { file: path, said });
}
