// Instants as people read them: how long ago or how soon, and exactly.
import { formatDuration } from '../../core/duration.ts';
import { formatInstant } from '../../core/instant.ts';

/** `2d 3h ago`, `in 5m`, `now`; both in milliseconds since the epoch. */
export function relativeTime(instant: number, now: number): string {
  const difference = instant - now;
  if (Math.abs(difference) < 1000) return 'now';
  const span = formatDuration(Math.abs(difference));
  return difference < 0 ? `${span} ago` : `in ${span}`;
}

/** `2026-11-21 18:05`, UTC, for an instant in milliseconds since the epoch. */
export function absoluteTime(instant: number): string {
  return formatInstant(instant).slice(0, 16).replace('T', ' ');
}
