// A progress line that goes on counting the time while nothing else happens.
import type { Clock } from '../../system/clock.ts';
import type { Output } from './output.ts';

/** Milliseconds between two drawings. */
const REFRESH = 1000;

/** Draws at once and then every second, where somebody watches, until the signal is aborted. */
export function keepDrawing(
  draw: () => void,
  { watched }: Pick<Output, 'watched'>,
  clock: Clock,
  over: AbortSignal,
): void {
  async function keepTime(): Promise<void> {
    while (!over.aborted) {
      draw();
      await clock.sleep(REFRESH, over);
    }
  }
  if (!watched) return;
  keepTime().catch((error: unknown) => {
    if (!over.aborted) throw error;
  });
}
