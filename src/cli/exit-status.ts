// The exit status of a command from what happened, as the README's table has it.
import type { CheckOutcome } from '../core/outcome.ts';

export type ExitStatus = 0 | 1 | 2 | 3 | 4 | 5;

/** What happened, as far as the exit status is concerned. */
export interface Happened {
  /** Usage or configuration: status 2. */
  readonly misused?: boolean | undefined;
  /** The remote could not be reached, or a change was not pushed: 5. */
  readonly notPushed?: boolean | undefined;
  /** The command failed: 1. */
  readonly failed?: boolean | undefined;
  /** Some check failed, and the user asked to be told by the status (`--failures`): 3. */
  readonly checkFailed?: boolean | undefined;
  /** Something changed, and the user asked to be told by the status (`--exit-status`): 4. */
  readonly changed?: boolean | undefined;
}

/** Where several apply the order is 2, 5, 1, 3, 4. */
const ORDER: readonly (readonly [keyof Happened, ExitStatus])[] = [
  ['misused', 2],
  ['notPushed', 5],
  ['failed', 1],
  ['checkFailed', 3],
  ['changed', 4],
];

export function exitStatus(happened: Happened): ExitStatus {
  return ORDER.find(([key]) => happened[key] === true)?.[1] ?? 0;
}

/** What a failure with this exit code says about the command that it ended. */
export function failedWith(exitCode: 1 | 2 | 5): Happened {
  return { misused: exitCode === 2, notPushed: exitCode === 5, failed: exitCode === 1 };
}

/** Several happenings as one. */
export function together(happenings: readonly Happened[]): Happened {
  return Object.fromEntries(
    ORDER.map(([key]) => [key, happenings.some((happened) => happened[key] === true)]),
  ) satisfies Happened;
}

/** True for a change that was decided but did not arrive at the remote; a dry run pushes nothing and has no error. */
export function isNotPushed(outcome: CheckOutcome): boolean {
  return isChange(outcome) && !outcome.pushed && outcome.error !== null;
}

export function isChange({ outcome }: Pick<CheckOutcome, 'outcome'>): boolean {
  return outcome === 'new' || outcome === 'changed';
}
