// `-n COUNT` of commands that list: a number, or `all`.
import { Failure } from '../core/failure.ts';

/** How many a terminal shows where nothing is said. */
export const SCREEN = 30;

export function readCount(written: string | undefined, otherwise: number): number {
  if (written === undefined) return otherwise;
  if (written === 'all') return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(written)) throw new Failure('usage', '-n takes a number or "all"', { found: written });
  return Number(written);
}
