// The line at the bottom of the terminal while a run is shown: what runs, for how long, and the line that it has begun.
import { formatDuration } from '../../core/duration.ts';
import { isFinished, type RunRecord } from '../../core/run.ts';
import type { Clock } from '../../system/clock.ts';
import { keepDrawing } from '../terminal/keep-drawing.ts';
import type { Output } from '../terminal/output.ts';
import type { TaskLines } from './task-lines.ts';

export interface RunProgress {
  readonly draw: () => void;
  /** Takes the line away. */
  readonly close: () => void;
}

/** Tasks that are named; of the others only how many there are. */
const NAMED = 3;

export function createRunProgress(
  output: Output,
  clock: Clock,
  { latest, lines }: { readonly latest: () => RunRecord | null; readonly lines: TaskLines },
): RunProgress {
  const closed = new AbortController();
  let shown: string | null = null;

  function draw(): void {
    const run = latest();
    if (closed.signal.aborted || !output.watched) return;
    const text = run === null ? 'looking at what to run' : progressText(run, clock.now(), lines);
    // what prints a lot must not wait for a line that says the same
    if (text !== shown) output.progress(text);
    shown = text;
  }

  keepDrawing(draw, output, clock, closed.signal);
  return {
    draw,
    close() {
      closed.abort();
      output.progress(null);
    },
  };
}

/** `build 12s, test 3s and 4 more: 45 % of …`. */
function progressText(run: RunRecord, now: number, lines: TaskLines): string | null {
  if (isFinished(run.status)) return null;
  const since = (instant: number | null) => (instant === null ? '' : ` ${elapsed(now - instant)}`);
  if (run.status === 'waiting') return `waiting${since(run.createdAt)}`;
  const running = run.tasks.filter(({ status }) => status === 'running');
  if (running.length === 0) return `running${since(run.startedAt)}`;
  const named = running.slice(0, NAMED).map(({ name, startedAt }) => `${name}${since(startedAt)}`);
  const more = running.length > NAMED ? ` and ${running.length - NAMED} more` : '';
  const begun = running.map(({ name }) => lines.begun(name)).find((text) => text.trim() !== '');
  return `${named.join(', ')}${more}${begun === undefined ? '' : `: ${begun}`}`;
}

function elapsed(milliseconds: number): string {
  return formatDuration(Math.max(0, Math.floor(milliseconds / 1000) * 1000)).replace(/^0ms$/, '0s');
}
