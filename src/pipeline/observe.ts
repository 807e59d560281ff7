// One observation of one resource: its steps, its classic extractor, or the scheduled instant.
import { Failure, toFailure } from '../core/failure.ts';
import { formatInstant } from '../core/instant.ts';
import type { Observation } from '../core/observation.ts';
import type { Definition, DefinitionSource } from '../core/resource.ts';
import type { ClassicEvaluator } from '../extract/classic.ts';
import { concludeText } from '../extract/conclude.ts';
import { type ExtractContext, extract, type StepReport } from '../extract/extract.ts';
import type { WorkPlace } from '../state/work-trees.ts';

/** What is observed: a resource of the repository, or one that is about to be made. */
export interface Observed {
  readonly name: string;
  readonly definition: Definition;
  /** Null for a definition that is in no branch yet. */
  readonly source: DefinitionSource | null;
}

export interface ObserveTools {
  /** What steps may use, made for this resource; identical requests of one `generation` are sent once. */
  context(observed: Observed, place: () => Promise<WorkPlace>, signal: AbortSignal): ExtractContext;
  readonly classic: ClassicEvaluator;
  /** The latest scheduled instant of a resource without steps, milliseconds since the epoch. */
  latestInstant(observed: Observed): Promise<number | null>;
  /** Complete environment of classic extractors. */
  readonly environment: Readonly<Record<string, string>>;
  readonly shellTimeout: number;
  readonly shellOutput: number;
}

/** Never rejects: what goes wrong is an observation. `onStep` is told of every extract step. */
export async function observe(
  observed: Observed,
  place: () => Promise<WorkPlace>,
  tools: ObserveTools,
  signal: AbortSignal,
  onStep?: (report: StepReport) => void,
): Promise<Observation> {
  const { definition } = observed;
  const context = tools.context(observed, place, signal);
  try {
    switch (definition.extraction.kind) {
      case 'steps':
        return await extract({ ...definition, steps: definition.extraction.steps }, context, onStep);
      case 'instant':
        return await observeInstant(observed, tools);
      case 'classic':
        return await observeClassic(definition, definition.extraction.file, await place(), context, tools);
      default:
        return definition.extraction satisfies never;
    }
  } catch (error) {
    return { kind: 'failure', failure: toFailure(error), step: null };
  }
}

async function observeInstant(observed: Observed, tools: ObserveTools): Promise<Observation> {
  const instant = await tools.latestInstant(observed);
  if (instant === null) throw new Failure('definition', 'no extract step and no schedule: there is nothing to watch');
  return { kind: 'value', value: formatInstant(instant).replace(/:00\.000Z$/, 'Z') };
}

async function observeClassic(
  definition: Definition,
  file: 'options' | 'trigger',
  place: WorkPlace,
  context: ExtractContext,
  tools: ObserveTools,
): Promise<Observation> {
  const seen = await tools.classic.evaluate(
    {
      file,
      directory: place.directory,
      commonDirectory: place.common,
      env: tools.environment,
      timeout: tools.shellTimeout,
      maxOutput: tools.shellOutput,
    },
    context.signal,
  );
  if (seen.kind !== 'value') return seen;
  return concludeText(seen.value, definition, context);
}
