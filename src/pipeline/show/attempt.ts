// `try`: extracts without writing anything, shows what every step gave, and says what a check would do.
import { decide } from '../../core/decide.ts';
import type { Observation } from '../../core/observation.ts';
import type { CheckOutcome } from '../../core/outcome.ts';
import { formatSubject } from '../../core/subject.ts';
import type { StepReport } from '../../extract/extract.ts';
import type { HistoryEntry } from '../../state/history.ts';
import type { Observed } from '../observed.ts';

export interface Attempt {
  readonly resource: string;
  readonly message: string;
  readonly observation: Observation;
  /** The newest recorded value; null where there is none or the target is a file. */
  readonly newest: HistoryEntry | null;
  /** What a check would do now. */
  readonly would: CheckOutcome['outcome'];
  /** The subject it would write; null where it would write none. */
  readonly subject: string | null;
}

/** Observes once and decides, for a resource that exists or one that is only a file so far (`newest` null). */
export async function attempt(
  observed: Observed,
  newest: HistoryEntry | null,
  observe: (observed: Observed, onStep: (report: StepReport) => void) => Promise<Observation>,
  onStep: (report: StepReport) => void,
): Promise<Attempt> {
  const { definition } = observed;
  const observation = await observe(observed, onStep);
  const verdict = decide({
    observation,
    newest,
    fingerprint: definition.fingerprint,
    confirm: 1,
    pending: null,
    vouched: false,
  });
  const writes = verdict.kind === 'new' || verdict.kind === 'changed';
  return {
    resource: observed.name,
    message: definition.message,
    observation,
    newest,
    would: verdict.kind,
    subject: writes ? formatSubject(definition.message, verdict.value) : null,
  };
}
