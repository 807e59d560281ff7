// What to do about a failed extraction.
import { expect, it } from 'vitest';
import { Failure, type FailureReason } from '../../src/core/failure.ts';
import { remedyFor } from '../../src/extract/remedy.ts';

const REASONS: readonly FailureReason[] = [
  'definition',
  'refused',
  'not-found',
  'unreachable',
  'http-status',
  'rate-limited',
  'timed-out',
  'too-large',
  'not-parsable',
  'no-match',
  'several-matches',
  'not-accepted',
  'bad-value',
  'command-failed',
  'internal',
];

it.each(REASONS)('there is something to do about %s', (reason) => {
  expect(remedyFor(new Failure(reason, 'message'))).toMatch(/^[a-z].{10,150}[^.]$/);
});

it('there is nothing to do about a cancelled one', () => {
  expect(remedyFor(new Failure('cancelled', 'cancelled'))).toBeUndefined();
});
