// What identifies a way of getting a value: a different fingerprint with a different value is a re-baseline, not a change.
import { createHash } from 'node:crypto';

/** Of the extract steps as written (secrets stay references, no defaults applied), keys sorted: 16 hex digits. */
export function stepsFingerprint(steps: unknown): string {
  return textFingerprint(canonicalJson(steps));
}

/** Of a text as written: 16 hex digits of its SHA-256. */
export function textFingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** JSON with the keys of every map sorted, so that the order in which they are written means nothing. */
function canonicalJson(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
