// The first line of everything that `install` writes: whose it is, and what it was, so that nothing that somebody else
// wrote or changed is replaced or removed.
import { createHash } from 'node:crypto';

const MARK = /^# Written by spread-cron install ([0-9a-f]{12}): /;

/** Lines, each with its end, with the mark in front. */
export function withMark(lines: string): string {
  const meaning = 'replaced only with --force, removed by spread-cron uninstall.';
  return `# Written by spread-cron install ${digestOf(lines)}: ${meaning}\n${lines}`;
}

/**
 * What is there, compared with what is wanted (null: nothing). `installed` is as `install` wrote it, but for other
 * settings; `edited` was ours until somebody changed it; `foreign` never was.
 */
export type Standing = 'absent' | 'wanted' | 'installed' | 'edited' | 'foreign';

export function standingOf(existing: string | null, wanted: string | null): Standing {
  if (existing === wanted) return existing === null ? 'absent' : 'wanted';
  if (existing === null) return 'absent';
  const digest = MARK.exec(existing)?.[1];
  if (digest === undefined) return 'foreign';
  return digest === digestOf(existing.slice(existing.indexOf('\n') + 1)) ? 'installed' : 'edited';
}

/** Twelve hex digits that stand for a text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
