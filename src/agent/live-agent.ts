// A command's end of the conversation with the agent that is running: found by its socket, asked, listened to.
import { onAbort } from '../concurrency/on-abort.ts';
import { Failure } from '../core/failure.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { RunRecord } from '../core/run.ts';
import type { RoundResult, Selection } from '../pipeline/round.ts';
import type { OnRun, RunRequest } from '../pipeline/runs/run-verbs.ts';
import type { Clock } from '../system/clock.ts';
import { connectToSocket, type Line } from '../system/socket.ts';
import { greetingSchema, type Reply, replySchema, revive } from './messages.ts';
import type { Pulse } from './pulse.ts';

/** Milliseconds that an agent has to say who it is: one that is stopped must not hold up everybody. */
const GREETING_TIME = 5000;

/** What may be asked of an agent. */
export type ControlSelection = Exclude<Selection, { kind: 'scheduled' }>;

type RemoteReport = Pick<RoundResult, 'remoteFailure' | 'remoteFailures' | 'remoteIsBack'>;

/** What an agent says of itself. */
export interface LivePulse extends Pulse {
  readonly pid: number;
  readonly running: number;
  readonly waiting: number;
}

export interface LiveAgent {
  readonly pid: number;
  /** Has the agent run a round; resolves to what it met at the remote. */
  check(select: ControlSelection, onOutcome: (outcome: CheckOutcome) => void): Promise<RemoteReport>;
  /** Has the agent carry out a run; resolves when it has finished. */
  run(request: RunRequest, onRun: OnRun): Promise<RunRecord>;
  retry(id: string, user: string, onRun: OnRun): Promise<RunRecord>;
  cancel(id: string): Promise<RunRecord>;
  ping(): Promise<LivePulse>;
  close(): void;
}

/** A connection to the agent of this repository; null where there is none. Ends when the signal is aborted. */
export async function reachAgent(
  { path, url, clock }: { readonly path: string; readonly url: string; readonly clock: Clock },
  signal: AbortSignal,
): Promise<LiveAgent | null> {
  const connected = await connectToSocket(path);
  if (connected === null) return null;
  const leave = onAbort(signal, () => connected.close());
  const line: Line = {
    ...connected,
    close() {
      leave();
      connected.close();
    },
  };
  if (signal.aborted) line.close();
  const received = line.received[Symbol.asyncIterator]();
  const greeting = greetingSchema.safeParse(await greetingOf(received, line, clock));
  if (!greeting.success || greeting.data.repository !== url) {
    line.close();
    throw greeting.success
      ? new Failure('locked', 'the socket belongs to the agent of another repository', { path })
      : new Failure('locked', 'the agent does not answer: look at it, or stop it', { path });
  }
  const ask = (request: object, hear: (reply: Reply) => void) => converse(line, received, request, hear);
  const askForRun = async (request: object, onRun: OnRun) => {
    const end = await ask(request, (reply) => 'run' in reply && onRun(reply.run));
    if ('finished' in end) return end.finished;
    throw nonsense();
  };
  return {
    pid: greeting.data.pid,
    async check(select, onOutcome) {
      const end = await ask({ check: select }, (reply) => 'outcome' in reply && onOutcome(reply.outcome));
      if (!('end' in end)) throw nonsense();
      const { remote_failure: failure, remote_failures: remoteFailures, remote_is_back: remoteIsBack } = end.end;
      return { remoteFailure: failure === null ? null : revive(failure), remoteFailures, remoteIsBack };
    },
    run: (request, onRun) => askForRun({ run: request }, onRun),
    retry: (id, user, onRun) => askForRun({ retry: id, user }, onRun),
    cancel: (id) => askForRun({ cancel: id }, () => {}),
    async ping() {
      const end = await ask({ ping: true }, () => {});
      if (!('pulse' in end)) throw nonsense();
      const { last_round_at: lastRoundAt, remote_failure: failure, ...rest } = end.pulse;
      const remoteFailure = failure === null ? null : revive(failure);
      return { pid: greeting.data.pid, lastRoundAt, remoteFailure, ...rest };
    },
    close: () => line.close(),
  };
}

async function greetingOf(received: AsyncIterator<unknown>, line: Line, clock: Clock): Promise<unknown> {
  const answered = clock.after(GREETING_TIME, () => line.close());
  try {
    return (await received.next()).value;
  } finally {
    answered();
  }
}

/** Sends a request and hears the replies up to the one that ends it. Throws the Failure that the agent tells. */
async function converse(
  line: Line,
  received: AsyncIterator<unknown>,
  request: object,
  hear: (reply: Reply) => void,
): Promise<Reply> {
  line.send(request);
  try {
    for (let next = await received.next(); next.done !== true; next = await received.next()) {
      const reply = replySchema.parse(next.value);
      if ('failure' in reply) throw revive(reply.failure);
      if ('end' in reply || 'finished' in reply || 'pulse' in reply) return reply;
      hear(reply);
    }
  } finally {
    line.close();
  }
  throw new Failure('cancelled', 'the agent stopped before the end: a run that it accepted is kept for its next start');
}

function nonsense(): Failure {
  return new Failure('internal', 'the agent answered something else than was asked: is it of another version?');
}
