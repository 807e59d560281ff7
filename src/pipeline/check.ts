// The program's first sentence: observe a resource, decide what that means, record a change. One resource, one check.
import { decide, type RecordedChange, type Verdict } from '../core/decide.ts';
import { Failure } from '../core/failure.ts';
import { formatInstant } from '../core/instant.ts';
import type { Observation } from '../core/observation.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Watched } from '../core/resource.ts';
import type { Change, Recorded } from '../state/record.ts';
import { describeOutcome, type HealthTools, settle, skipped, voucher } from './outcome.ts';

/** What a check does its work with; app.ts joins the rooms behind these. */
export interface CheckTools extends HealthTools {
  /** Extracts the value now; `attempt` above 1 must not be answered from what this round already fetched. */
  observe(resource: Watched, attempt: number, signal: AbortSignal): Promise<Observation>;
  newest(resource: Watched): RecordedChange | null;
  record(change: Change): Promise<Recorded>;
  /** Lists the remote again and finds the resource in it; null where it has gone or can no longer be polled. */
  refresh(resource: Watched, signal: AbortSignal): Promise<Watched | null>;
}

/** How often an observation is made again within one round because somebody else moved the branch. */
const ATTEMPTS = 4;

export async function check(resource: Watched, tools: CheckTools, signal: AbortSignal): Promise<CheckOutcome> {
  const { clock } = tools;
  const started = clock.monotonic();
  let current: Watched | null = resource;
  for (let attempt = 1; attempt <= ATTEMPTS && current !== null; attempt++) {
    const newest = tools.newest(current);
    const { verdict, observation, observedAt } = await observeAndDecide(current, newest, attempt, tools, signal);
    if (verdict.kind === 'failed' && signal.aborted) return skipped(current, 'stopped', clock.monotonic() - started);
    const recorded = await recordIfChanged(current, verdict, observation, newest, observedAt, tools, signal);
    if (recorded?.kind !== 'stale') {
      const outcome = describeOutcome({
        resource: current,
        verdict,
        newest,
        recorded,
        duration: clock.monotonic() - started,
      });
      return settle({ outcome, verdict, resource: current, newest, observedAt }, tools);
    }
    current = await tools.refresh(current, signal);
  }
  const why =
    current === null
      ? 'the branch or its definition has gone'
      : 'others keep moving the branch: the next round looks again';
  return skipped(resource, why, clock.monotonic() - started);
}

interface Decided {
  readonly verdict: Verdict;
  readonly observation: Observation;
  readonly observedAt: number;
}

/**
 * One observation and what it means. Where nothing was remembered at the start (cron, CI) a sighting that awaits
 * confirmation could never be confirmed by a later round, so the same round looks again, as often as confirm asks.
 */
async function observeAndDecide(
  resource: Watched,
  newest: RecordedChange | null,
  attempt: number,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Decided> {
  const { confirm, confirmAfter, fingerprint } = resource.definition;
  const remembered = tools.memory.resource(resource.name);
  const vouched = newest !== null && remembered.vouched === voucher(newest, fingerprint);
  let { pending } = remembered;
  for (let look = 1; ; look++) {
    const observedAt = tools.clock.now();
    const observation = await tools.observe(resource, attempt + look - 1, signal);
    const verdict = decide({ observation, newest, fingerprint, confirm, pending, vouched });
    const sighted = verdict.kind === 'unchanged' ? verdict.pending : null;
    if (sighted === null || look >= confirm || !tools.memory.isEmpty()) return { verdict, observation, observedAt };
    pending = sighted;
    await tools.clock.sleep(confirmAfter, signal);
  }
}

async function recordIfChanged(
  resource: Watched,
  verdict: Verdict,
  observation: Observation,
  newest: RecordedChange | null,
  observedAt: number,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Recorded | null> {
  if (verdict.kind !== 'new' && verdict.kind !== 'changed') return null;
  if (signal.aborted) return { kind: 'unsent', failure: new Failure('cancelled', 'stopped before the push') };
  return tools.record({
    branch: resource.branch,
    tip: resource.tip,
    tree: resource.tree,
    message: resource.definition.message,
    value: verdict.value,
    full: observation.kind === 'value' ? observation.full : undefined,
    observedAt,
    skipCi: verdict.kind === 'changed' && verdict.rebaselined,
    trailers: {
      previous: newest?.commit,
      observed: formatInstant(observedAt),
      extractor: resource.definition.fingerprint,
      agent: tools.memory.agentId,
    },
  });
}
