// One observation of one resource: its steps, its classic extractor, or the scheduled instant.
import { Failure, toFailure } from '../core/failure.ts';
import { formatInstant } from '../core/instant.ts';
import type { Observation } from '../core/observation.ts';
import { concludeText } from '../extract/conclude.ts';
import { type ExtractContext, extract, type StepReport } from '../extract/extract.ts';
import { latestDue } from '../schedule/timing.ts';
import type { WorkPlace } from '../state/work-trees.ts';
import type { Observed } from './observed.ts';
import { assertTrusted, type Doors, type Once, stepContext } from './step-context.ts';

export interface ObserveOptions {
  /** Where the definition runs; asked for only when something does. */
  readonly place: () => Promise<WorkPlace>;
  readonly once: Once;
  /** Told of every extract step. */
  readonly onStep?: ((report: StepReport) => void) | undefined;
}

/** Never rejects: what goes wrong is an observation. No secret is in it: it goes to commits, pages and events. */
export function observe(
  observed: Observed,
  options: ObserveOptions,
  doors: Doors,
  signal: AbortSignal,
): Promise<Observation> {
  const { extraction, accept, valueLimit, digest } = observed.definition;
  const context = stepContext({ doors, observed, place: options.place, once: options.once, signal });
  const observing =
    extraction.kind === 'steps'
      ? extract({ steps: extraction.steps, accept, valueLimit, digest }, context, options.onStep)
      : observeWithoutSteps(observed, options, doors, context);
  return observing.then((observation) => withoutSecrets(observation, doors.redact));
}

async function observeWithoutSteps(
  observed: Observed,
  options: ObserveOptions,
  doors: Doors,
  context: ExtractContext,
): Promise<Observation> {
  const { definition } = observed;
  try {
    switch (definition.extraction.kind) {
      case 'instant':
        return await observeInstant(observed, doors);
      case 'classic': {
        assertTrusted(doors.policy, 'classic definitions');
        const seen = await doors.classic(definition.extraction.file, await options.place(), context.signal);
        return seen.kind === 'value' ? await concludeText(seen.value, definition, context) : seen;
      }
      default:
        throw new Failure('internal', 'there are steps after all');
    }
  } catch (error) {
    return { kind: 'failure', failure: toFailure(error), step: null };
  }
}

async function observeInstant({ name, definition }: Observed, doors: Doors): Promise<Observation> {
  const instant = await latestDue({ timing: definition.timing, name }, doors.clock.now());
  if (instant === null) throw new Failure('definition', 'no extract step and no schedule: there is nothing to watch');
  return { kind: 'value', value: formatInstant(instant).replace(/:00\.000Z$/, 'Z') };
}

/** A value that holds a secret is refused, for a masked one would be a guess; in failures secrets are masked. */
function withoutSecrets(observation: Observation, redact: (text: string) => string): Observation {
  switch (observation.kind) {
    case 'nothing':
      return observation;
    case 'value': {
      const shown = observation.full ?? observation.value;
      if (redact(shown) === shown) return observation;
      const failure = new Failure('bad-value', 'the value holds a secret: values are public');
      return { kind: 'failure', failure, step: null };
    }
    case 'failure': {
      const { reason, message, details } = observation.failure;
      const masked = Object.fromEntries(
        Object.entries(details).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value]),
      );
      return { ...observation, failure: new Failure(reason, message, masked, { cause: observation.failure }) };
    }
    default:
      return observation satisfies never;
  }
}
