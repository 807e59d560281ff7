// The one error class of the program, with the closed set of reasons and what each of them means for whoever waits.

/** What is done about a failure: `retry` says whether trying the same thing again soon can help, `exitCode` is the
 * process's exit status when the failure ends a command (see README, "Exit status"). */
interface Policy {
  readonly retry: boolean;
  readonly exitCode: 1 | 2 | 5;
}

/** Every reason a thing can go wrong for. A new reason does not compile before its policy is decided here. */
const POLICIES = {
  // what users wrote
  usage: { retry: false, exitCode: 2 },
  configuration: { retry: false, exitCode: 2 },
  definition: { retry: false, exitCode: 2 },
  'not-found': { retry: false, exitCode: 2 },
  refused: { retry: false, exitCode: 2 },
  // what an extraction can meet
  unreachable: { retry: true, exitCode: 1 },
  'http-status': { retry: false, exitCode: 1 },
  'rate-limited': { retry: true, exitCode: 1 },
  'timed-out': { retry: true, exitCode: 1 },
  'too-large': { retry: false, exitCode: 1 },
  'not-parsable': { retry: false, exitCode: 1 },
  'no-match': { retry: false, exitCode: 1 },
  'several-matches': { retry: false, exitCode: 1 },
  'not-accepted': { retry: false, exitCode: 1 },
  'bad-value': { retry: false, exitCode: 1 },
  'command-failed': { retry: false, exitCode: 1 },
  cancelled: { retry: false, exitCode: 1 },
  // the resources repository
  'remote-unreachable': { retry: true, exitCode: 5 },
  'authentication-failed': { retry: false, exitCode: 5 },
  'push-refused': { retry: false, exitCode: 5 },
  'tip-moved': { retry: true, exitCode: 5 },
  'mirror-damaged': { retry: true, exitCode: 1 },
  'not-writable': { retry: true, exitCode: 1 },
  locked: { retry: true, exitCode: 1 },
  // this program
  internal: { retry: false, exitCode: 1 },
} as const satisfies Record<string, Policy>;

export type FailureReason = keyof typeof POLICIES;

export type FailureDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A failure with a reason from the closed set, a constant message (lower case, no full stop, says what to do where it
 * can) and the variable parts as details, so that failures can be grouped and redacted. */
export class Failure extends Error {
  readonly reason: FailureReason;
  readonly details: FailureDetails;

  constructor(reason: FailureReason, message: string, details: FailureDetails = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Failure';
    this.reason = reason;
    this.details = details;
  }

  get retry(): boolean {
    return POLICIES[this.reason].retry;
  }

  get exitCode(): 1 | 2 | 5 {
    return POLICIES[this.reason].exitCode;
  }
}

/** One line for people: the message, then its details as `key value`, in the order they were given. */
export function describeFailure(failure: Failure): string {
  const details = Object.entries(failure.details)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${String(value)}`);
  return details.length === 0 ? failure.message : `${failure.message} (${details.join(', ')})`;
}

/** Whatever was thrown, as a Failure: unexpected errors become `internal` and keep their cause. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return new Failure('cancelled', 'cancelled', {}, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('internal', 'unexpected error, please report it', { error: message }, { cause: error });
}
