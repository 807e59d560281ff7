// How a task that is cancelled or out of time is ended: SIGINT, after half the grace SIGTERM, after all of it SIGKILL.
import { onAbort } from '../../concurrency/on-abort.ts';
import type { Clock } from '../../system/clock.ts';

/** Milliseconds after the kill in which a task must have gone; what hangs in the kernel is not waited for. */
const PATIENCE = 5000;

export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGKILL';

export interface TaskEnding {
  /** Why it is being ended; null where it is not. */
  readonly reason: 'cancelled' | 'timed-out' | null;
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
  /** Called when not even the kill has ended it. */
  readonly giveUp: () => void;
}): TaskEnding {
  const { signal, timeout, grace, clock, send, giveUp } = options;
  let reason: TaskEnding['reason'] = null;
  let over = false;
  let stopTimer = () => {};

  const later = (milliseconds: number, act: () => void) => {
    stopTimer = clock.after(milliseconds, act);
  };
  const kill = () => {
    send('SIGKILL');
    later(PATIENCE, giveUp);
  };
  const terminate = () => {
    send('SIGTERM');
    later(grace - grace / 2, kill);
  };
  const end = (why: 'cancelled' | 'timed-out') => {
    if (reason !== null || over) return;
    reason = why;
    stopTimer();
    if (grace <= 0) return kill();
    send('SIGINT');
    later(grace / 2, terminate);
  };

  const stay = onAbort(signal, () => end('cancelled'));
  if (signal.aborted) end('cancelled');
  else if (timeout !== null) later(timeout, () => end('timed-out'));
  return {
    get reason() {
      return reason;
    },
    over() {
      over = true;
      stopTimer();
      stay();
    },
  };
}
