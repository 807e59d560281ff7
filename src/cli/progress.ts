// The line at the bottom of the terminal while a round runs: how far it is, what failed, how long it takes.
import { formatDuration } from '../core/duration.ts';
import type { CheckOutcome } from '../core/outcome.ts';
import type { Clock } from '../system/clock.ts';
import type { Output } from './output.ts';

export interface Progress {
  /** The round knows how many checks there will be. */
  readonly planned: (checks: number) => void;
  readonly ended: (outcome: CheckOutcome) => void;
  /** Takes the line away. */
  readonly close: () => void;
}

/** How often the time on the line is brought up to date, in milliseconds. */
const REFRESH = 1000;

export function createProgress(output: Output, clock: Clock): Progress {
  const started = clock.monotonic();
  const closed = new AbortController();
  let total: number | null = null;
  let done = 0;
  let failing = 0;

  function draw(): void {
    if (closed.signal.aborted) return;
    const counts = total === null ? 'looking at the repository' : `checked ${done}/${total}`;
    const failed = failing === 0 ? '' : `, ${failing} failing`;
    const seconds = Math.floor((clock.monotonic() - started) / 1000);
    output.progress(`${counts}${failed}${seconds === 0 ? '' : `, ${formatDuration(seconds * 1000)}`}`);
  }

  async function keepTime(): Promise<void> {
    while (!closed.signal.aborted) {
      draw();
      await clock.sleep(REFRESH, closed.signal);
    }
  }
  if (output.watched) {
    keepTime().catch((error: unknown) => {
      if (!closed.signal.aborted) throw error;
    });
  }

  return {
    planned(checks) {
      total = checks;
      draw();
    },
    ended(outcome) {
      if (outcome.outcome !== 'skipped') done += 1;
      if (outcome.outcome === 'failed') failing += 1;
      draw();
    },
    close() {
      closed.abort();
      output.progress(null);
    },
  };
}
