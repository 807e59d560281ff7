// The line at the bottom of the terminal while a round runs: how far it is, how many fail, and what has been running for
// longest.
import { formatDuration } from '../../core/duration.ts';
import type { CheckOutcome } from '../../core/outcome.ts';
import type { Clock } from '../../system/clock.ts';
import { keepDrawing } from './keep-drawing.ts';
import type { Output } from './output.ts';

export interface Progress {
  /** The round knows how many checks there will be. */
  readonly planned: (checks: number) => void;
  /** The extraction of a resource begins. */
  readonly started: (resource: string) => void;
  readonly ended: (outcome: CheckOutcome) => void;
  /** Takes the line away. */
  readonly close: () => void;
}

export function createProgress(output: Output, clock: Clock): Progress {
  const started = clock.monotonic();
  const closed = new AbortController();
  let total: number | null = null;
  let done = 0;
  let failing = 0;
  /** When each began that has not ended, in this order. */
  const running = new Map<string, number>();

  function draw(): void {
    if (closed.signal.aborted) return;
    const counts = total === null ? 'looking at the repository' : `checked ${done}/${total}`;
    const failed = failing === 0 ? '' : `, ${failing} failing`;
    const now = clock.monotonic();
    const [longest] = running;
    const waiting = longest === undefined ? '' : `, ${longest[0]} running${spanOf(now - longest[1])}`;
    output.progress(`${counts}${failed}${waiting === '' ? spanOf(now - started) : waiting}`);
  }

  keepDrawing(draw, output, clock, closed.signal);

  return {
    planned(checks) {
      total = checks;
      draw();
    },
    started(resource) {
      if (!running.has(resource)) running.set(resource, clock.monotonic());
      draw();
    },
    ended(outcome) {
      running.delete(outcome.resource);
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

/** Whole seconds with a blank before them; nothing below one. */
function spanOf(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return seconds === 0 ? '' : ` ${formatDuration(seconds * 1000)}`;
}
