// What one check of one resource came to: the objects of `check --json`. Fields are added, never renamed.
import type { ErrorReport } from './health.ts';

export interface CheckOutcome {
  readonly resource: string;
  readonly branch: string;
  readonly outcome: 'new' | 'changed' | 'unchanged' | 'nothing' | 'failed' | 'skipped';
  readonly message: string | null;
  /** The value that was seen now; null where none was. */
  readonly value: string | null;
  /** The newest recorded value before this check. */
  readonly previous: string | null;
  /** Oid of the change commit, once the push was accepted (or the newest one where nothing changed). */
  readonly commit: string | null;
  readonly pushed: boolean;
  readonly error: ErrorReport | null;
  /** RFC 3339 UTC of the first of the consecutive failures. */
  readonly failing_since: string | null;
  readonly duration_ms: number;
  /** A new value that awaits confirmation. */
  readonly pending?: string;
  /** Why nothing was extracted or the resource was skipped. */
  readonly why?: string;
  /** The extract steps changed together with the value: recorded, but nothing is due. */
  readonly rebaselined?: true;
  /** The moment when somebody is told: enough failures in a row, or the first success after them. */
  readonly transition?: 'failing' | 'recovered';
  /** Consecutive failures, this one included. */
  readonly failures?: number;
}
