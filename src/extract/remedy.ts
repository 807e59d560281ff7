// What to do about a failed extraction, in one line for people: the answer to "and now?" that `try` prints.
import type { Failure, FailureReason } from '../core/failure.ts';

/** By reason; what is not an extraction's has none. */
const REMEDIES: Partial<Record<FailureReason, string>> = {
  definition: 'correct the step in the definition',
  configuration: 'correct the configuration of the agent, which config show prints',
  refused: 'the agent does not allow this: change its policy, or use something that it allows',
  'not-found': 'check the name or path; it must be there where the agent runs',
  unreachable: 'check the address, and from where the agent runs that it answers; it is tried again',
  'http-status':
    'ask the same by hand, with the headers of the step; an http step takes the status as an answer with accept_status',
  'rate-limited': 'ask less often: set every, or min_delay on an http step',
  'timed-out': 'make the step quicker, or set its timeout',
  'too-large': 'ask for less, or set max_size on the source',
  'not-parsable': 'look at what came in: it is not what this step reads',
  'no-match': 'look at what came in and correct the expression; the document may have changed its form',
  'several-matches': 'narrow the expression, set pick: first, last or newest, or add a semver or sort step',
  'not-accepted': 'correct the steps so that they give what accept allows, or correct accept',
  'bad-value': 'narrow the value to one short line, or set digest: true in the definition',
  'command-failed': 'run the command by hand in the same directory and with the same environment',
  internal: 'please report it, with what came in',
};

/** What is otherwise where the source fails: nothing came in yet, and there is no expression to correct. `http` is left
 * out: its options are what the others speak of. */
const REMEDIES_OF_SOURCES: Partial<Record<FailureReason, string>> = {
  'http-status': 'check the address that is asked, and the login that the step gives',
  'rate-limited': 'ask less often: set every',
  'not-parsable': 'check the address that is asked: what answers there is something else',
  'no-match': 'compare what the step asks for with what is there, and where it looks',
  'several-matches': 'say more exactly which one is meant',
};

/** What to do about a failure; undefined where changing the definition or the configuration is no help. `step` is the one
 * that failed as extractions name it, such as `1 http`; null where it was none. */
export function remedyFor(failure: Failure, step: string | null): string | undefined {
  const isOfSource = step !== null && /^1 (?!http$)/.test(step);
  return (isOfSource ? REMEDIES_OF_SOURCES[failure.reason] : undefined) ?? REMEDIES[failure.reason];
}
