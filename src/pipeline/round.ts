// A round: one pass over many resources. Look at the repository once, check what is due within bounds, send what is
// ready together.
import { Failure, toFailure } from '../core/failure.ts';
import { nextHealth, type Transition } from '../core/health.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Resource, Watched } from '../core/resource.ts';
import type { Memory } from '../state/memory.ts';
import type { Recorder } from '../state/record.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Clock } from '../system/clock.ts';
import { type CheckTools, check } from './check.ts';
import type { Dispatcher } from './dispatch.ts';
import { type LookTools, lookForWriting } from './look.ts';
import { matchNames } from './match-names.ts';
import { countHealth, noOutcome, reportFailure, skipped } from './outcome.ts';

export interface RoundTools extends LookTools {
  readonly recorder: Recorder;
  observe: CheckTools['observe'];
  /** Why a resource is not due now, or null where it is. */
  notDue(resource: Watched, now: number): Promise<string | null>;
  /** Runs work within the bound for its kind (requests, shells). */
  bounded(resource: Watched, work: () => Promise<void>): Promise<void>;
  readonly memory: Memory;
  /** Tells CI of what was recorded, where it does not begin by itself. */
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly tellAfter: number;
}

/** Which resources a round is about. */
export type Selection =
  /** Everything whose time has come; resources without a schedule of their own always. */
  | { readonly kind: 'due' }
  /** Only resources with a schedule of their own whose time has come. */
  | { readonly kind: 'scheduled' }
  /** Everything, whatever the schedules say. */
  | { readonly kind: 'all' }
  /** These names and globs, whatever their schedules say. */
  | { readonly kind: 'named'; readonly patterns: readonly string[] };

export interface RoundRequest {
  readonly select: Selection;
  /** Told as each check ends. */
  readonly onOutcome: (outcome: CheckOutcome) => void;
  /** Told how many checks there will be, once that is known. */
  readonly onPlan?: (snapshot: Snapshot, checks: number) => void;
}

export interface RoundResult {
  readonly outcomes: readonly CheckOutcome[];
  /** Null where the remote could not be looked at; then there are no outcomes either. */
  readonly snapshot: Snapshot | null;
  /** Why the remote could not be reached, a push did not arrive, or CI could not be told of it. */
  readonly remoteFailure: Failure | null;
  /** The moment when somebody is told about the remote. */
  readonly transition: Transition;
  /** Rounds in a row that met a failure of the remote, this one included. */
  readonly remoteFailures: number;
  /** The first round that met none after some that did. */
  readonly remoteIsBack: boolean;
}

/** Throws a Failure `not-found` where a name matches nothing; what the remote or a resource does wrong is in the result. */
export async function runRound(request: RoundRequest, tools: RoundTools, signal: AbortSignal): Promise<RoundResult> {
  const looked = await look(tools, signal);
  if (looked instanceof Failure) return finish([], null, signal.aborted ? STOPPED : looked, tools);
  const { select } = request;
  const names = select.kind === 'named' ? matchNames(select.patterns, looked.resources) : null;
  const planned = await Promise.all(looked.resources.map((resource) => planFor(resource, { select, names }, tools)));
  const plan = planned.filter((one) => one !== null);
  const checks = plan.filter(({ kind }) => kind === 'check');
  request.onPlan?.(looked, checks.length);

  const outcomes: CheckOutcome[] = [];
  const tell = (outcome: CheckOutcome) => {
    outcomes.push(outcome);
    tools.dispatcher.changed(outcome, looked);
    request.onOutcome(outcome);
  };
  let extracting = checks.length;
  const extracted = () => {
    extracting -= 1;
    if (extracting === 0) tools.recorder.flush();
  };
  const refreshed = sharedLook(tools);
  await Promise.all(
    plan.map(async (planned) => {
      if (planned.kind === 'told') return tell(planned.outcome);
      const { resource } = planned;
      const forThis = checkTools(resource, tools, refreshed, extracted);
      tell(await check(resource, forThis, signal).catch((error) => brokenOff(resource, error, tools, signal)));
    }),
  );
  tools.memory.keepOnly(new Set(looked.resources.map(({ name }) => name)));
  const unsent = outcomes.find(
    ({ error, outcome }) => outcome !== 'failed' && error !== null && error.reason !== 'push-refused',
  );
  const untold = await tools.dispatcher.finish(looked, signal);
  const failure = unsent?.error == null ? untold : new Failure(unsent.error.reason, unsent.error.message);
  return finish(outcomes, looked, failure, tools);
}

/** What a round meets that is told to stop. */
const STOPPED = new Failure('cancelled', 'stopped');

type Planned =
  | { readonly kind: 'check'; readonly resource: Watched }
  | { readonly kind: 'told'; readonly outcome: CheckOutcome };

/** What a round does about a resource; null where it says nothing about it. */
async function planFor(
  resource: Resource,
  { select, names }: { readonly select: Selection; readonly names: ReadonlySet<string> | null },
  tools: RoundTools,
): Promise<Planned | null> {
  if (names?.has(resource.name) === false) return null;
  if (
    select.kind === 'scheduled' &&
    !(resource.state === 'watched' && resource.definition.timing.kind !== 'interval')
  ) {
    return null;
  }
  const pass = (why: string): Planned => ({ kind: 'told', outcome: skipped(resource, why, 0) });
  switch (resource.state) {
    case 'no-definition':
      return names === null ? null : pass('the branch holds no definition');
    case 'not-started':
      return pass(`not started: spread-cron start ${resource.name} makes its branch`);
    case 'broken':
      return { kind: 'told', outcome: failedOutcome(resource, resource.failure, tools) };
    case 'watched': {
      if (resource.definition.manual) return pass('manual');
      const bySchedule = select.kind === 'due' || select.kind === 'scheduled';
      const timed = resource.definition.timing.kind !== 'interval';
      const notDue = bySchedule && timed ? await tools.notDue(resource, tools.clock.now()) : null;
      return notDue === null ? { kind: 'check', resource } : pass(notDue);
    }
    default:
      return resource satisfies never;
  }
}

/** The outcome of a resource that could not be checked at all. */
function failedOutcome(resource: Resource, failure: Failure, tools: RoundTools): CheckOutcome {
  const error = reportFailure(failure, null);
  const { failing, told } = countHealth(resource.name, error, tools);
  tools.memory.remember(resource.name, { ...tools.memory.resource(resource.name), failing });
  return { ...noOutcome(resource, 0), outcome: 'failed', error, ...told };
}

/** The outcome of a resource whose check was broken off: by whoever stops us, or because the remote went away. */
function brokenOff(resource: Resource, error: unknown, tools: RoundTools, signal: AbortSignal): CheckOutcome {
  if (signal.aborted) return skipped(resource, 'stopped', 0);
  const failure = toFailure(error);
  if (failure.exitCode !== 5) return failedOutcome(resource, failure, tools);
  const why = 'the remote could not be asked again: the next round looks again';
  return { ...skipped(resource, why, 0), error: reportFailure(failure, null) };
}

function checkTools(
  resource: Watched,
  tools: RoundTools,
  refreshed: (resource: Watched, signal: AbortSignal) => Promise<Watched | null>,
  extracted: () => void,
): CheckTools {
  return {
    async observe(current, attempt, signal) {
      let observation: Awaited<ReturnType<CheckTools['observe']>> | undefined;
      await tools.bounded(resource, async () => {
        observation = await tools.observe(current, attempt, signal);
      });
      if (attempt === 1) queueMicrotask(extracted);
      if (observation === undefined) throw new Failure('internal', 'a check ended without an observation');
      return observation;
    },
    newest: (current) => tools.newestChanges.of(current.branch),
    record: tools.recorder.record,
    refresh: refreshed,
    memory: tools.memory,
    clock: tools.clock,
    tellAfter: tools.tellAfter,
  };
}

async function look(tools: RoundTools, signal: AbortSignal): Promise<Snapshot | Failure> {
  try {
    return await lookForWriting(tools, signal);
  } catch (error) {
    return toFailure(error);
  }
}

/** After refused pushes many checks want to look again: those that ask while a look is under way wait for the next one. */
function sharedLook(tools: RoundTools): (resource: Watched, signal: AbortSignal) => Promise<Watched | null> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Snapshot | Failure> | null = null;
  return async (resource, signal) => {
    next ??= running.then(() => {
      const looking = look(tools, signal);
      running = looking;
      next = null;
      return looking;
    });
    const looked = await next;
    if (looked instanceof Failure) throw looked;
    const found = looked.byBranch.get(resource.branch);
    return found?.state === 'watched' && !found.definition.manual ? found : null;
  };
}

async function finish(
  outcomes: readonly CheckOutcome[],
  snapshot: Snapshot | null,
  met: Failure | null,
  tools: RoundTools,
): Promise<RoundResult> {
  const { memory } = tools;
  const before = memory.remote.get();
  if (met?.reason === 'cancelled') {
    // being stopped says nothing about the remote
    await memory.save();
    const remoteFailures = before?.times ?? 0;
    return { outcomes, snapshot, remoteFailure: null, transition: null, remoteFailures, remoteIsBack: false };
  }
  const { failing, transition } = nextHealth({
    failing: before,
    error: met === null ? null : reportFailure(met, null),
    now: tools.clock.now(),
    tellAfter: tools.tellAfter,
  });
  memory.remote.set(failing);
  await memory.save();
  const remoteFailures = failing?.times ?? 0;
  const remoteIsBack = before !== null && failing === null;
  return { outcomes, snapshot, remoteFailure: met, transition, remoteFailures, remoteIsBack };
}
