// How a task that is cancelled or out of time is ended: SIGINT, after half the grace SIGTERM, after all of it SIGKILL.
import { onAbort } from '../../concurrency/on-abort.ts';
import type { Clock } from '../../system/clock.ts';

/** Milliseconds after the kill in which a task must have gone; what hangs in the kernel is not waited for. */
const PATIENCE = 5000;

export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGKILL';

export interface TaskEnding {
  /** Why it is being ended; null where it is not. */
  readonly reason: 'cancelled' | 'timed-out' | null;
  /** Resolves when not even the kill has ended it. */
  readonly givenUp: Promise<void>;
  /** It has ended: nothing is sent any more. */
  over(): void;
}

/** Watches over a running task; `send` signals all of it. */
export function watchTask(options: {
  readonly signal: AbortSignal;
  /** Milliseconds; null for none. */
  readonly timeout: number | null;
  /** Milliseconds. */
  readonly grace: number;
  readonly clock: Clock;
  readonly send: (signal: EndingSignal) => void;
}): TaskEnding {
  const { signal, timeout, grace, clock, send } = options;
  const over = new AbortController();
  let reason: TaskEnding['reason'] = null;
  let giveUp: () => void = () => {};
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });

  /** True where that time passed and the task still runs. */
  const passes = async (milliseconds: number): Promise<boolean> => {
    try {
      await clock.sleep(milliseconds, over.signal);
      return !over.signal.aborted;
    } catch {
      // it has ended in the meantime
      return false;
    }
  };
  const end = async (why: 'cancelled' | 'timed-out') => {
    if (reason !== null || over.signal.aborted) return;
    reason = why;
    if (grace > 0) {
      send('SIGINT');
      if (!(await passes(grace / 2))) return;
      send('SIGTERM');
      if (!(await passes(grace - grace / 2))) return;
    }
    send('SIGKILL');
    if (await passes(PATIENCE)) giveUp();
  };

  const stay = onAbort(signal, () => void end('cancelled'));
  if (signal.aborted) void end('cancelled');
  else if (timeout !== null) void passes(timeout).then((late) => (late ? end('timed-out') : undefined));
  return {
    get reason() {
      return reason;
    },
    givenUp,
    over() {
      // with a reason of its own, for Node would make an error with a trace
      over.abort('over');
      stay();
    },
  };
}
