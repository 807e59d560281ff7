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
  expect(remedyFor(new Failure(reason, 'message'), '2 json')).toMatch(/^[a-z].{10,150}[^.]$/);
});

it('there is nothing to do about a cancelled one', () => {
  expect(remedyFor(new Failure('cancelled', 'cancelled'), null)).toBeUndefined();
});

it('speaks of expressions and documents only where a step has such', () => {
  const failure = new Failure('no-match', 'message');
  expect(remedyFor(failure, '2 json')).toContain('correct the expression');
  expect(remedyFor(failure, '1 npm')).toContain('what the step asks for');
  const status = new Failure('http-status', 'message');
  expect(remedyFor(status, '1 http')).toContain('accept_status');
  expect(remedyFor(status, '1 image')).not.toContain('accept_status');
});
