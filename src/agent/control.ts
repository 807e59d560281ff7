// The conversation between a command and the live agent: a greeting, one request, outcomes as they come, an end.
import * as z from 'zod';
import { describeFailure, Failure, type FailureReason, toFailure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { Clock } from '../system/clock.ts';
import { connectToSocket, type Line, listenOnSocket } from '../system/socket.ts';

/** What an agent says first, so that a command never talks to the agent of another repository. */
const greetingSchema = z.object({ spread_cron: z.literal(1), repository: z.string(), pid: z.number() });

const requestSchema = z.object({
  check: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('due') }),
    z.object({ kind: z.literal('all') }),
    z.object({ kind: z.literal('named'), patterns: z.array(z.string()) }),
  ]),
});

const failureSchema = z.object({ reason: z.string(), message: z.string() });

const replySchema = z.union([
  z.object({ outcome: z.custom<CheckOutcome>((value) => typeof value === 'object' && value !== null) }),
  z.object({
    end: z.object({
      remote_failure: failureSchema.nullable(),
      remote_failures: z.number(),
      remote_is_back: z.boolean(),
    }),
  }),
  z.object({ failure: failureSchema }),
]);

/** Serves rounds to commands. `round` runs after whatever round is under way. */
export function serveControl(options: {
  readonly path: string;
  readonly repository: string;
  readonly pid: number;
  round(select: Selection, onOutcome: (outcome: CheckOutcome) => void): Promise<RoundResult>;
}): Promise<{ close(): Promise<void> }> {
  return listenOnSocket(options.path, async (line) => {
    line.send({ spread_cron: 1, repository: options.repository, pid: options.pid });
    for await (const received of line.received) {
      const { check } = requestSchema.parse(received);
      try {
        const result = await options.round(check, (outcome) => line.send({ outcome }));
        const failure = result.remoteFailure === null ? null : plain(result.remoteFailure);
        const { remoteFailures: remote_failures, remoteIsBack: remote_is_back } = result;
        line.send({ end: { remote_failure: failure, remote_failures, remote_is_back } });
      } catch (error) {
        line.send({ failure: plain(toFailure(error)) });
      }
    }
  });
}

function plain(failure: Failure): z.infer<typeof failureSchema> {
  return { reason: failure.reason, message: describeFailure(failure) };
}

function revive(failure: z.infer<typeof failureSchema>): Failure {
  return new Failure(failure.reason as FailureReason, failure.message);
}

/** Milliseconds that an agent has to say who it is: one that is stopped must not hold up everybody. */
const GREETING_TIME = 5000;

/** A connection to the agent of this repository; null where there is none. Ends when the signal is aborted. */
export async function reachAgent(
  { path, url, clock }: { readonly path: string; readonly url: string; readonly clock: Clock },
  signal: AbortSignal,
): Promise<LiveAgent | null> {
  const line = await connectToSocket(path);
  if (line === null) return null;
  signal.addEventListener('abort', () => line.close(), { once: true });
  const received = line.received[Symbol.asyncIterator]();
  const greeting = greetingSchema.safeParse(await greetingOf(received, line, clock));
  if (!greeting.success || greeting.data.repository !== url) {
    line.close();
    throw greeting.success
      ? new Failure('locked', 'the socket belongs to the agent of another repository', { path })
      : new Failure('locked', 'the agent does not answer: look at it, or stop it', { path });
  }
  return { pid: greeting.data.pid, check: (select, onOutcome) => converse(line, received, select, onOutcome) };
}

async function greetingOf(received: AsyncIterator<unknown>, line: Line, clock: Clock): Promise<unknown> {
  const answered = new AbortController();
  clock.sleep(GREETING_TIME, answered.signal).then(
    () => line.close(),
    () => {
      // it answered in time
    },
  );
  try {
    return (await received.next()).value;
  } finally {
    answered.abort();
  }
}

/** What may be asked of an agent. */
export type ControlSelection = Exclude<Selection, { kind: 'scheduled' }>;

type RemoteReport = Pick<RoundResult, 'remoteFailure' | 'remoteFailures' | 'remoteIsBack'>;

export interface LiveAgent {
  readonly pid: number;
  /** Has the agent run a round; resolves to what it met at the remote. */
  check(select: ControlSelection, onOutcome: (outcome: CheckOutcome) => void): Promise<RemoteReport>;
}

async function converse(
  line: Line,
  received: AsyncIterator<unknown>,
  select: ControlSelection,
  onOutcome: (outcome: CheckOutcome) => void,
): Promise<RemoteReport> {
  line.send({ check: select });
  try {
    for (let next = await received.next(); next.done !== true; next = await received.next()) {
      const reply = replySchema.parse(next.value);
      if ('outcome' in reply) {
        onOutcome(reply.outcome);
        continue;
      }
      if ('failure' in reply) throw revive(reply.failure);
      const { remote_failure: failure, remote_failures: remoteFailures, remote_is_back: remoteIsBack } = reply.end;
      return { remoteFailure: failure === null ? null : revive(failure), remoteFailures, remoteIsBack };
    }
  } finally {
    line.close();
  }
  throw new Failure('cancelled', 'the agent stopped before the round ended: try again');
}
