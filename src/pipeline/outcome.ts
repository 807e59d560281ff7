// From a verdict and what became of the push to the outcome that is shown, and to what is remembered of it.
import type { RecordedChange, Verdict } from '../core/decide.ts';
import { describeFailure, Failure } from '../core/failure.ts';
import { type ErrorReport, type Failing, nextHealth } from '../core/health.ts';
import { formatInstant } from '../core/instant.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Resource, Watched } from '../core/resource.ts';
import type { Memory } from '../state/memory.ts';
import type { Recorded } from '../state/record.ts';
import type { Clock } from '../system/clock.ts';

/** What counting health needs. */
export interface HealthTools {
  readonly memory: Memory;
  readonly clock: Clock;
  /** Failures in a row until somebody is told. */
  readonly tellAfter: number;
}

/** The outcome of one check, before health is counted. */
export function describeOutcome(input: {
  readonly resource: Watched;
  readonly verdict: Verdict;
  readonly newest: RecordedChange | null;
  readonly recorded: Recorded | null;
  /** Milliseconds. */
  readonly duration: number;
}): CheckOutcome {
  const { resource, verdict, newest, recorded } = input;
  const base = {
    ...noOutcome(resource, input.duration),
    message: resource.definition.message,
    previous: newest?.value ?? null,
    commit: newest?.commit ?? null,
  };
  switch (verdict.kind) {
    case 'nothing':
      return { ...base, outcome: 'nothing', why: verdict.why };
    case 'failed':
      return { ...base, outcome: 'failed', error: reportFailure(verdict.failure, verdict.step) };
    case 'unchanged': {
      const pending = verdict.pending === null ? {} : { pending: verdict.pending.value };
      return { ...base, outcome: 'unchanged', value: newest?.value ?? null, ...pending };
    }
    case 'new':
    case 'changed':
      return {
        ...base,
        outcome: verdict.kind,
        value: verdict.value,
        commit: recorded?.kind === 'recorded' ? recorded.commit : null,
        pushed: recorded?.kind === 'recorded',
        error: pushError(recorded),
        ...(verdict.kind === 'changed' && verdict.rebaselined ? { rebaselined: true as const } : {}),
      };
    default:
      return verdict satisfies never;
  }
}

/** What every outcome has, before anything is known. `duration` in milliseconds. */
export function noOutcome(
  resource: Pick<Resource, 'name' | 'branch'>,
  duration: number,
): Omit<CheckOutcome, 'outcome'> {
  return {
    resource: resource.name,
    branch: resource.branch,
    message: null,
    value: null,
    previous: null,
    commit: null,
    pushed: false,
    error: null,
    failing_since: null,
    duration_ms: Math.round(duration),
  };
}

/** The outcome of a resource that was passed over. */
export function skipped(resource: Pick<Resource, 'name' | 'branch'>, why: string, duration: number): CheckOutcome {
  return { ...noOutcome(resource, duration), outcome: 'skipped', why };
}

/** Counts health, remembers what the next round needs, and completes the outcome with it. */
export function settle(
  checked: {
    readonly outcome: CheckOutcome;
    readonly verdict: Verdict;
    readonly resource: Watched;
    readonly newest: RecordedChange | null;
    /** When the extraction began, milliseconds since the epoch. */
    readonly observedAt: number;
  },
  tools: HealthTools,
): CheckOutcome {
  const { outcome, verdict, resource, newest, observedAt } = checked;
  const { definition } = resource;
  const before = tools.memory.resource(resource.name);
  // a push that did not arrive is the remote's failure, counted for the remote; a refused ref is the resource's own
  const error = outcome.error?.reason === 'push-refused' || outcome.outcome === 'failed' ? outcome.error : null;
  const unpushed = outcome.error !== null && outcome.outcome !== 'failed' ? outcome.value : null;
  const { failing, told } = countHealth(resource.name, error, tools);
  tools.memory.remember(resource.name, {
    failing,
    pending: verdict.kind === 'unchanged' ? verdict.pending : verdict.kind === 'failed' ? before.pending : null,
    vouched: vouchedFor(verdict, newest, definition.fingerprint) ?? before.vouched,
    unpushed,
    // what could not be pushed stays due; instants that pass during a check are not its own
    checkedAt: definition.timing.kind === 'interval' ? null : unpushed === null ? observedAt : before.checkedAt,
  });
  return { ...outcome, ...told };
}

/** One more outcome of a resource: its consecutive failures, and what an outcome tells of them. */
export function countHealth(
  name: string,
  error: ErrorReport | null,
  { memory, clock, tellAfter }: HealthTools,
): {
  readonly failing: Failing | null;
  readonly told: Pick<CheckOutcome, 'failing_since' | 'failures' | 'transition'>;
} {
  const before = memory.resource(name).failing;
  const { failing, transition } = nextHealth({ failing: before, error, now: clock.now(), tellAfter });
  return {
    failing,
    told: {
      failing_since: failing === null ? null : formatInstant(failing.since),
      ...(failing === null ? {} : { failures: failing.times }),
      ...(transition === null ? {} : { transition }),
    },
  };
}

/** What is remembered where steps gave the value of a commit that other steps recorded. */
export function voucher(newest: RecordedChange, fingerprint: string): string {
  return `${newest.commit} ${fingerprint}`;
}

/** Null where this check says nothing about it. */
function vouchedFor(verdict: Verdict, newest: RecordedChange | null, fingerprint: string): string | null {
  if (verdict.kind !== 'unchanged' || verdict.pending !== null || newest === null) return null;
  return newest.extractor === null || newest.extractor === fingerprint ? null : voucher(newest, fingerprint);
}

/** A Failure as plain data, details folded into the message. */
export function reportFailure(failure: Failure, step: string | null): ErrorReport {
  return { reason: failure.reason, message: describeFailure(failure), step };
}

function pushError(recorded: Recorded | null): ErrorReport | null {
  switch (recorded?.kind) {
    case 'refused':
      return reportFailure(
        new Failure('push-refused', 'the remote refused the push', { said: recorded.message }),
        null,
      );
    case 'unsent':
      return reportFailure(recorded.failure, null);
    default:
      return null;
  }
}
